//! Numbers as text, without the machinery of `fmt`.

use super::written::Written;

/// The last `N` digits.
pub(super) fn digits<const N: usize>(mut number: u64) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = last(number);
        number /= 10;
    }
    digits
}

/// Writes a number.
pub(super) fn write_number(text: &mut Written, mut number: u64) {
    const LONGEST: usize = 20;
    let mut digits = [b'0'; LONGEST];
    let mut start = LONGEST;
    for digit in digits.iter_mut().rev() {
        *digit = last(number);
        number /= 10;
        start -= 1;
        if number == 0 {
            break;
        }
    }
    text.push_ascii(digits.get(start..).unwrap_or_default());
}

/// Writes a number with its sign.
pub(super) fn write_signed(text: &mut Written, number: i64) {
    if number < 0 {
        text.push('-');
    }
    write_number(text, number.unsigned_abs());
}

fn last(number: u64) -> u8 {
    b'0' + u8::try_from(number % 10).unwrap_or(0)
}

/// Writes bytes as hexadecimal digits, in lower case.
pub(super) fn write_hex<const N: usize>(text: &mut Written, bytes: [u8; N]) {
    let digit = |nibble: u8| match nibble {
        0..10 => b'0' + nibble,
        _ => b'a' - 10 + nibble,
    };
    let digits = bytes.map(|byte| [digit(byte >> 4), digit(byte & 0xf)]);
    text.push_ascii(digits.as_flattened());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_always() {
        let powers = (0..64).map(|power| 1_u64 << power);
        for number in powers.chain([0, 9, 10, 99, 100, u64::MAX]) {
            let mut text = Written::new();
            write_number(&mut text, number);
            assert_eq!(text.as_bytes(), number.to_string().as_bytes());
            assert_eq!(
                str::from_utf8(&digits::<20>(number)).unwrap(),
                format!("{number:020}")
            );
            for signed in [number.cast_signed(), number.cast_signed().wrapping_neg()] {
                let mut text = Written::new();
                write_signed(&mut text, signed);
                assert_eq!(text.as_bytes(), signed.to_string().as_bytes());
            }
            let mut text = Written::new();
            write_hex(&mut text, number.to_be_bytes());
            assert_eq!(text.as_bytes(), format!("{number:016x}").as_bytes());
        }
    }
}
