//! Numbers as text, without the machinery of `fmt`.

/// Writes characters of ASCII.
pub(super) fn push_ascii(text: &mut String, ascii: &[u8]) {
    text.push_str(str::from_utf8(ascii).unwrap_or_default());
}

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
pub(super) fn write_number(text: &mut String, mut number: u64) {
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
    push_ascii(text, digits.get(start..).unwrap_or_default());
}

/// Writes a number with its sign.
pub(super) fn write_signed(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    write_number(text, number.unsigned_abs());
}

fn last(number: u64) -> u8 {
    b'0' + u8::try_from(number % 10).unwrap_or(0)
}

/// Writes bytes as hexadecimal digits, in lower case.
pub(super) fn write_hex<const N: usize>(text: &mut String, bytes: [u8; N]) {
    let digit = |nibble: u8| match nibble {
        0..10 => b'0' + nibble,
        _ => b'a' - 10 + nibble,
    };
    let digits = bytes.map(|byte| [digit(byte >> 4), digit(byte & 0xf)]);
    push_ascii(text, digits.as_flattened());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_always() {
        let powers = (0..64).map(|power| 1_u64 << power);
        for number in powers.chain([0, 9, 10, 99, 100, u64::MAX]) {
            let mut text = String::new();
            write_number(&mut text, number);
            assert_eq!(text, number.to_string());
            assert_eq!(
                str::from_utf8(&digits::<20>(number)).unwrap(),
                format!("{number:020}")
            );
            for signed in [number.cast_signed(), number.cast_signed().wrapping_neg()] {
                let mut text = String::new();
                write_signed(&mut text, signed);
                assert_eq!(text, signed.to_string());
            }
            let mut text = String::new();
            write_hex(&mut text, number.to_be_bytes());
            assert_eq!(text, format!("{number:016x}"));
        }
    }
}
