//! Query strings without their secrets.

use std::borrow::Cow;

use crate::is_secret;

/// What the conventions put in the place of a secret value.
const REDACTED: &str = "REDACTED";

/// The signatures that the conventions name; their case counts.
const SIGNATURES: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Goog-Signature",
    "sig",
];

/// A URL may hold another one, and that one more; deeper ones are masked.
const MAX_DEPTH: usize = 3;

/// Replaces the values of secret keys, wherever in the query they stand: also
/// behind `;`, with an encoded key, and in a URL that is a value itself. Secret
/// are the signatures that the conventions name, and what [`is_secret`] finds.
///
/// # Cost
/// No allocation if nothing is secret and nothing encoded.
#[must_use]
pub fn redact_query(query: &str) -> Cow<'_, str> {
    if !holds_secret(query, MAX_DEPTH) {
        return query.into();
    }
    let mut redacted = String::with_capacity(query.len() + REDACTED.len());
    for (pair, separator) in pairs(query) {
        match pair.split_once('=') {
            Some((key, value)) if is_hidden(key, value, MAX_DEPTH) => {
                redacted.extend([key, "=", REDACTED]);
            }
            _ => redacted.push_str(pair),
        }
        redacted.push_str(separator);
    }
    redacted.into()
}

/// The pairs, each with what separates it from the next. A `?` starts the
/// query of a URL that was not encoded.
fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split_inclusive(['&', ';', '?', '#']).map(|piece| {
        match piece.strip_suffix(['&', ';', '?', '#']) {
            Some(pair) => (pair, piece.get(pair.len()..).unwrap_or_default()),
            None => (piece, ""),
        }
    })
}

fn holds_secret(query: &str, depth: usize) -> bool {
    pairs(query)
        .filter_map(|(pair, _)| pair.split_once('='))
        .any(|(key, value)| is_hidden(key, value, depth))
}

fn is_hidden(key: &str, value: &str, depth: usize) -> bool {
    let decoded = decode(key);
    SIGNATURES.contains(&&*decoded) || is_secret(&decoded) || nests_secret(value, depth)
}

fn nests_secret(value: &str, depth: usize) -> bool {
    if !value.contains(['%', '=']) {
        return false;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let decoded = decode(value);
    holds_secret(&decoded, depth) || (decoded != value && nests_secret(&decoded, depth))
}

/// Undoes percent-encoding; what is not UTF-8 after that is lost.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        match (
            byte,
            ahead.next().and_then(digit),
            ahead.next().and_then(digit),
        ) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                bytes = ahead;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned().into()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::redact_query;

    #[test]
    fn secret_values_are_replaced_wherever_they_stand() {
        for (query, expected) in [
            ("token=s3cret", "token=REDACTED"),
            ("a=1&token=s3cret&b=2", "a=1&token=REDACTED&b=2"),
            ("a=1;api_key=s3cret", "a=1;api_key=REDACTED"),
            ("%74oken=s3cret", "%74oken=REDACTED"),
            ("token=s3=cret", "token=REDACTED"),
            ("token[]=s3cret", "token[]=REDACTED"),
            ("sig=s3cret", "sig=REDACTED"),
            ("X-Amz-Signature=s3cret&x=1", "X-Amz-Signature=REDACTED&x=1"),
            ("next=/a?token=s3cret", "next=/a?token=REDACTED"),
            ("next=%2Fa%3Ftoken%3Ds3cret&x=1", "next=REDACTED&x=1"),
            ("next=%252Fa%253Ftoken%253Ds3cret", "next=REDACTED"),
            ("a=b=c&password=", "a=b=c&password=REDACTED"),
        ] {
            assert_eq!(redact_query(query), expected, "{query}");
        }
    }

    #[test]
    fn other_queries_are_left_alone() {
        for query in [
            "",
            "page=2&size=10",
            "q=caf%C3%A9",
            "token",
            "max_tokens=5",
            "Sig=1",
            "a==&&;",
            "q=100%",
        ] {
            assert_eq!(redact_query(query), query);
        }
    }

    proptest! {
        #[test]
        fn no_secret_survives_between_any_neighbours(before in "[^&;?#]{0,20}[&;?#]", after in "[&;?#].{0,20}") {
            let query = format!("{before}token=s3cret-value{after}");
            let redacted = redact_query(&query);
            prop_assert!(!redacted.contains("s3cret-value"), "{}", redacted);
        }

        #[test]
        fn any_text_is_redacted_without_a_panic(query in ".{0,200}") {
            let _ = redact_query(&query);
        }
    }
}
