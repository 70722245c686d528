//! What gRPC itself says in metadata.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

static TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
static MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// How long the caller will wait, if it says so.
pub(super) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(&TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    // No more than eight, which fit into any of the units.
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// The message of a status, which is percent-encoded.
pub(super) fn message(trailers: &HeaderMap) -> Option<String> {
    let encoded = trailers.get(&MESSAGE)?.as_bytes();
    let mut text = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%'
            && let Some((digits, after)) = after.split_first_chunk::<2>()
            && let Some(byte) = hex(*digits)
        {
            text.push(byte);
            rest = after;
        } else {
            text.push(first);
        }
    }
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn hex(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_timeout_is_a_number_and_a_unit() {
        for (text, expected) in [
            ("1H", Some(3_600_000_000_000)),
            ("2M", Some(120_000_000_000)),
            ("3S", Some(3_000_000_000)),
            ("4m", Some(4_000_000)),
            ("5u", Some(5_000)),
            ("6n", Some(6)),
            ("99999999H", Some(359_999_996_400_000_000_000)),
            ("0S", Some(0)),
            ("123456789m", None),
            ("1x", None),
            ("-1S", None),
            ("+1S", None),
            ("S", None),
            ("", None),
        ] {
            let timeout = timeout(&with("grpc-timeout", text));
            assert_eq!(
                timeout.map(|timeout| timeout.as_nanos()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_message_is_decoded_as_far_as_it_can_be() {
        for (encoded, expected) in [
            ("no such price", "no such price"),
            ("%C3%A9t%C3%A9", "été"),
            ("100%", "100%"),
            ("%zz%2", "%zz%2"),
            ("%FF", "\u{fffd}"),
        ] {
            let message = message(&with("grpc-message", encoded));
            assert_eq!(message.as_deref(), Some(expected));
        }
    }
}
