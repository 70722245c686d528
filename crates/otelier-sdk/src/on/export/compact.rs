//! Takes the white space out of JSON: opentelemetry-otlp indents its requests,
//! which doubles their size.

use bytes::Bytes;

/// The same JSON on one line.
pub(crate) fn compact(json: &[u8]) -> Bytes {
    let mut line = Vec::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for &byte in json {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte.is_ascii_whitespace() {
            continue;
        } else {
            in_string = byte == b'"';
        }
        line.push(byte);
    }
    line.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::compact;

    proptest! {
        #[test]
        fn only_white_space_goes(text in ".{0,40}", other in "[ \"\\\\\n]{0,20}", number: i64) {
            let value = json!({ text.as_str(): [number, { other.as_str(): text }], "b": other });
            let pretty = serde_json::to_vec_pretty(&value).unwrap();
            let line = compact(&pretty);
            prop_assert_eq!(line.as_ref(), serde_json::to_vec(&value).unwrap());
            prop_assert_eq!(serde_json::from_slice::<Value>(&line).unwrap(), value);
        }
    }
}
