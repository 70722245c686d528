//! Characters as they are meant, however often they were escaped or encoded.

/// How a character is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// Behind backslashes, as `Debug` and JSON write it: `\n`, `\\\"`, `\u{1b}`, `\u001b`.
    Escaped,
    /// As URLs carry it: `%3D`, `%253D`.
    Encoded,
}

/// One character of a text, or one byte of one beyond ASCII.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) byte: u8,
    /// How many bytes of the text it takes.
    pub(super) len: usize,
    pub(super) form: Form,
}

/// How many blanks may stand behind a separator.
pub(super) const BLANKS: usize = usize::MAX;

/// How long a key is that ends a value.
pub(super) const KEY: usize = 64;

/// How many backslashes, and how many encodings of `%`, are read as one.
const DEEP: usize = 64;

/// The character at `at`, or `None` at the end.
///
/// Looks at some 200 bytes at most.
#[inline]
pub(super) fn unit(bytes: &[u8], at: usize) -> Option<Unit> {
    #[cfg(test)]
    looks::note(1);
    let byte = *bytes.get(at)?;
    Some(match byte {
        b'%' => encoded(bytes, at),
        b'\\' => escaped(bytes, at),
        b'&' => entity(bytes, at).unwrap_or(plain(byte)),
        ESCAPE => Unit {
            byte,
            len: 1 + sequence(bytes, at + 1),
            form: Form::Plain,
        },
        byte => plain(byte),
    })
}

/// Starts what colours text on a terminal, which is no part of it.
pub(super) const ESCAPE: u8 = 0x1b;

/// How long the rest of a sequence is that colours, such as `[31m`. Others may
/// end in the first letter of a key.
fn sequence(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(rest) = rest.strip_prefix(b"[") else {
        return 0;
    };
    let parameters = count(rest, 0, 32, |byte| byte.is_ascii_digit() || byte == b';');
    match rest.get(parameters) {
        Some(b'm') => parameters + 2,
        _ => 0,
    }
}

fn plain(byte: u8) -> Unit {
    Unit {
        byte,
        len: 1,
        form: Form::Plain,
    }
}

/// Quotes as HTML has them.
const ENTITIES: [(&[u8], u8); 6] = [
    (b"&quot;", b'"'),
    (b"&#34;", b'"'),
    (b"&#x22;", b'"'),
    (b"&apos;", b'\''),
    (b"&#39;", b'\''),
    (b"&#x27;", b'\''),
];

fn entity(bytes: &[u8], at: usize) -> Option<Unit> {
    let rest = bytes.get(at..)?;
    let mut entities = ENTITIES.iter();
    let (code, byte) = entities.find(|(code, _)| rest.starts_with(code))?;
    Some(Unit {
        byte: *byte,
        len: code.len(),
        form: Form::Escaped,
    })
}

fn encoded(bytes: &[u8], at: usize) -> Unit {
    let rest = bytes.get(at + 1..).unwrap_or_default();
    let (twos, _) = rest.as_chunks::<2>();
    let nested = twos.iter().take(DEEP).take_while(|pair| **pair == *b"25");
    let nested = 2 * nested.count();
    let digits = rest.get(nested..).and_then(|rest| rest.first_chunk());
    match digits.and_then(|[high, low]| hex(&[*high, *low])) {
        Some(code) => Unit {
            byte: code.to_le_bytes()[0],
            len: 3 + nested,
            form: Form::Encoded,
        },
        None if nested > 0 => Unit {
            byte: b'%',
            len: 1 + nested,
            form: Form::Encoded,
        },
        None => plain(b'%'),
    }
}

fn escaped(bytes: &[u8], at: usize) -> Unit {
    let rest = bytes.get(at..).unwrap_or_default();
    let slashes = rest.iter().take(DEEP).take_while(|byte| **byte == b'\\');
    let slashes = slashes.count();
    let code = rest.get(slashes..).unwrap_or_default();
    let (byte, len) = match code {
        [b'n', ..] => (b'\n', 1),
        [b'r', ..] => (b'\r', 1),
        [b't', ..] => (b'\t', 1),
        [quote @ (b'"' | b'\'' | b'`'), ..] => (*quote, 1),
        [b'/', ..] => (b'/', 1),
        [b'x', digits @ ..] => match digits.first_chunk::<2>().and_then(|two| hex(two)) {
            Some(code) => (low(code), 3),
            None => (b'\\', 0),
        },
        [b'u', b'{', digits @ ..] => {
            let digits = digits.get(..digits.len().min(7)).unwrap_or_default();
            let end = digits.iter().position(|byte| *byte == b'}');
            match end.and_then(|end| Some((end, hex(digits.get(..end)?)?))) {
                Some((end, code)) => (low(code), 3 + end),
                None => (b'\\', 0),
            }
        }
        [b'u', digits @ ..] => match digits.first_chunk::<4>().and_then(|four| hex(four)) {
            Some(code) => (low(code), 5),
            None => (b'\\', 0),
        },
        _ => (b'\\', 0),
    };
    let len = slashes + len;
    let len = match byte {
        ESCAPE => len + sequence(bytes, at + len),
        _ => len,
    };
    Unit {
        byte,
        len,
        form: Form::Escaped,
    }
}

/// What is beyond ASCII is told by any byte beyond it.
fn low(code: u32) -> u8 {
    u8::try_from(code).unwrap_or(0xff)
}

fn hex(digits: &[u8]) -> Option<u32> {
    let add = |code: u32, digit: &u8| Some(code << 4 | char::from(*digit).to_digit(16)?);
    match digits {
        [] => None,
        digits => digits.iter().try_fold(0, add),
    }
}

/// Part of a key, or of a word.
#[inline]
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || !byte.is_ascii()
}

/// Part of a word for people.
#[inline]
pub(super) fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

pub(super) fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// How many bytes from `at` on are such, at most `max`.
pub(super) fn count(bytes: &[u8], at: usize, max: usize, such: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default().iter();
    let count = rest.take(max).take_while(|byte| such(**byte)).count();
    #[cfg(test)]
    looks::note(count);
    count
}

/// Where the first unit from `at` on ends that is not such, at most `max` units on.
pub(super) fn over(bytes: &[u8], mut at: usize, max: usize, such: impl Fn(Unit) -> bool) -> usize {
    for _ in 0..max {
        match unit(bytes, at) {
            Some(unit) if such(unit) => at += unit.len,
            _ => break,
        }
    }
    at
}

/// The place of the quote that ends what one behind `escapes` backslashes
/// started, or the end of the text.
pub(super) fn closing(bytes: &[u8], start: usize, quote: u8, escapes: usize) -> usize {
    let mut backslashes = 0;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        #[cfg(test)]
        looks::note(1);
        match *byte {
            b'\\' => backslashes += 1,
            byte if byte == quote => {
                if backslashes <= escapes {
                    return at - backslashes;
                }
                // The backslashes before it stand for themselves.
                if escapes == 0 && backslashes % 2 == 0 {
                    return at;
                }
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
    }
    bytes.len()
}

/// How often tests saw something looked at.
#[cfg(test)]
pub(super) mod looks {
    use std::cell::Cell;

    thread_local! {
        static LOOKS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn note(looks: usize) {
        LOOKS.set(LOOKS.get() + looks);
    }

    pub(in crate::redact) fn take() -> usize {
        LOOKS.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_or_encoded_is_read_as_it_is_meant() {
        for (text, byte, len, form) in [
            ("a", b'a', 1, Form::Plain),
            ("%3D", b'=', 3, Form::Encoded),
            ("%25253d!", b'=', 7, Form::Encoded),
            ("%25", b'%', 3, Form::Encoded),
            ("%zz", b'%', 1, Form::Plain),
            ("%", b'%', 1, Form::Plain),
            (r"\n", b'\n', 2, Form::Escaped),
            (r"\\\\n", b'\n', 5, Form::Escaped),
            (r#"\\\"x"#, b'"', 4, Form::Escaped),
            (r"\u{3d}", b'=', 6, Form::Escaped),
            (r"\u{1f600}", 0xff, 9, Form::Escaped),
            (r"\u003D", b'=', 6, Form::Escaped),
            (r"\x3d", b'=', 4, Form::Escaped),
            (r"\u{", b'\\', 1, Form::Escaped),
            (r"\\", b'\\', 2, Form::Escaped),
            (r"\q", b'\\', 1, Form::Escaped),
            ("&quot;x", b'"', 6, Form::Escaped),
            ("&#39;", b'\'', 5, Form::Escaped),
            ("&quot", b'&', 1, Form::Plain),
        ] {
            let unit = unit(text.as_bytes(), 0).unwrap();
            assert_eq!(
                (unit.byte, unit.len, unit.form),
                (byte, len, form),
                "{text}"
            );
        }
        assert!(unit(b"", 0).is_none());
    }
}
