use proptest::{collection::vec, prelude::*};

use super::*;

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    assert!(length < 128);
    [&[number << 3 | 2, length], bytes].concat()
}

#[test]
fn partial_success_is_read_from_protobuf() {
    let partial = [&[1 << 3, 0xac, 0x02][..], &field(2, b"too old")].concat();
    assert_eq!(
        PartialSuccess::from_protobuf(&field(1, &partial)),
        PartialSuccess {
            rejected: 300,
            message: "too old".into(),
            status: None,
        }
    );
}

#[test]
fn unknown_fields_are_passed_over_and_the_last_of_a_kind_counts() {
    let partial = [
        &[9 << 3, 1][..],
        &[8 << 3 | 1, 0, 0, 0, 0, 0, 0, 0, 0],
        &[7 << 3 | 5, 0, 0, 0, 0],
        &[1 << 3, 1],
        &[1 << 3, 4],
    ]
    .concat();
    let body = [field(6, b"?"), field(1, &partial)].concat();
    assert_eq!(PartialSuccess::from_protobuf(&body).rejected, 4);
}

#[test]
fn malformed_protobuf_rejects_nothing() {
    let negative = [&[1 << 3][..], &[0xff; 9], &[1]].concat();
    for body in [&b""[..], b"ok", &[10, 200], &[10], &field(1, &negative)] {
        assert_eq!(PartialSuccess::from_protobuf(body).rejected, 0, "{body:?}");
    }
}

#[test]
fn partial_success_is_read_from_json() {
    for (body, rejected) in [
        (
            r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}"#,
            3,
        ),
        (
            r#"{"partialSuccess":{"rejectedDataPoints":4,"errorMessage":"no"}}"#,
            4,
        ),
        (
            r#"{"partialSuccess":{"rejectedLogRecords":"5","errorMessage":"no"}}"#,
            5,
        ),
        (
            r#"{"partial_success":{"rejected_spans":6,"error_message":"no"}}"#,
            6,
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":-1,"errorMessage":"no"}}"#,
            0,
        ),
    ] {
        let partial = PartialSuccess::from_json(body.as_bytes());
        assert_eq!(
            (partial.rejected, partial.message.as_str()),
            (rejected, "no")
        );
    }
    for odd in ["", "{}", "[]", "null", "{", r#"{"partialSuccess":7}"#] {
        assert_eq!(
            PartialSuccess::from_json(odd.as_bytes()),
            PartialSuccess::default()
        );
    }
}

#[test]
fn error_messages_are_found_where_servers_put_them() {
    let status = [&[1 << 3, 3][..], &field(2, b"bad span")].concat();
    for (kind, body, message) in [
        ("application/x-protobuf", &status[..], "bad span"),
        (
            "application/json",
            br#"{"code":3,"message":"bad span"}"#,
            "bad span",
        ),
        ("application/json", br#"{"error":"bad span"}"#, "bad span"),
        (
            "application/json",
            br#"{"error":{"message":"bad span"}}"#,
            "bad span",
        ),
        (
            "application/json",
            br#"{"errors":["bad span"]}"#,
            "bad span",
        ),
        (
            "application/json",
            br#"{"errors":[{"message":"bad span","path":["x"]}]}"#,
            "bad span",
        ),
        (
            "application/problem+json",
            br#"{"title":"refused","detail":"bad span","status":400}"#,
            "bad span",
        ),
        (
            "application/problem+json",
            br#"{"type":"about:blank","title":"bad span"}"#,
            "bad span",
        ),
        ("application/json", br#"{"errors":[{"path":7}]}"#, ""),
        ("application/json", b"<html>", ""),
        ("text/plain", b"bad span", "bad span"),
        ("", b"bad span", "bad span"),
        ("text/html", b"<h1>bad span</h1>", ""),
    ] {
        assert_eq!(error_message(kind, body), message, "{kind}");
    }
}

fn details(seconds: &[u8]) -> String {
    let duration = [&[1 << 3][..], seconds, &[2 << 3, 5]].concat();
    let any = [
        field(1, b"type.googleapis.com/google.rpc.RetryInfo"),
        field(2, &field(1, &duration)),
    ]
    .concat();
    let other = field(1, b"type.googleapis.com/google.rpc.Help");
    let status = [vec![1 << 3, 8], field(3, &other), field(3, &any)].concat();
    base64::prelude::BASE64_STANDARD.encode(status)
}

#[test]
fn retry_info_is_read_with_and_without_padding() {
    let details = details(&[2]);
    let delay = Some(Duration::new(2, 5));
    assert_eq!(retry_info(details.as_bytes()), delay);
    assert_eq!(retry_info(details.trim_end_matches('=').as_bytes()), delay);
}

#[test]
fn a_negative_delay_is_none_at_all_and_missing_details_are_no_retry_info() {
    let negative = details(&[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    assert_eq!(
        retry_info(negative.as_bytes()),
        Some(Duration::from_nanos(5))
    );
    for odd in [&b""[..], b"!!", b"CAg"] {
        assert_eq!(retry_info(odd), None);
    }
}

#[test]
fn a_server_may_repeat_what_a_header_is_made_of() {
    for (value, secrets) in [
        (
            "Bearer hunter2-hunter2",
            &["Bearer hunter2-hunter2", "Bearer", "hunter2-hunter2"][..],
        ),
        (
            "basic YW5uOmh1bnRlcjI",
            &[
                "basic YW5uOmh1bnRlcjI",
                "YW5uOmh1bnRlcjI",
                "ann:hunter2",
                "hunter2",
            ],
        ),
        ("Basic ???", &["Basic ???"]),
        ("short", &[]),
    ] {
        assert_eq!(secrets_in(value), secrets, "{value}");
    }
}

#[test]
fn messages_are_shown_on_one_line_cut_and_without_secrets() {
    let shown = |message: &str| presentable(message, ["s3cr3t-token"]);
    assert_eq!(shown("  \r\n\u{7}"), None);
    assert_eq!(shown("a\r\n\tb\u{1b}[31mc").as_deref(), Some("a b [31mc"));
    assert_eq!(
        shown("bad token s3cr3t-token").as_deref(),
        Some("bad token [REDACTED]")
    );
    let long = shown(&"é".repeat(300)).unwrap();
    assert_eq!(long.chars().count(), 200);
    assert!(long.ends_with('…'));
}

proptest! {
    #[test]
    fn no_answer_panics(body: Vec<u8>) {
        PartialSuccess::from_protobuf(&body);
        PartialSuccess::from_json(&body);
        retry_info(&body);
        grpc_message(&body);
        for kind in ["application/x-protobuf", "application/json", "text/plain", "?"] {
            error_message(kind, &body);
        }
        retry_info(base64::prelude::BASE64_STANDARD.encode(&body).as_bytes());
    }

    #[test]
    fn fields_never_read_past_the_end(keys in vec((0_u8..40, 0_u8..20, any::<Vec<u8>>()), 0..8)) {
        let body: Vec<u8> = keys
            .iter()
            .flat_map(|(key, length, rest)| [&[*key, *length], &rest[..]].concat())
            .collect();
        let read: usize = Fields(&body)
            .map(|(_, value)| match value {
                Value::Bytes(bytes) => bytes.len(),
                _ => 1,
            })
            .sum();
        prop_assert!(read <= body.len());
    }

    #[test]
    fn every_partial_success_is_read_back(rejected in 0_u64..1 << 63, message in "[a-z ]{0,40}") {
        let mut partial = vec![1 << 3];
        let mut left = rejected;
        while left >= 0x80 {
            partial.push(u8::try_from(left & 0x7f).unwrap() | 0x80);
            left >>= 7;
        }
        partial.push(u8::try_from(left).unwrap());
        partial.extend(field(2, message.as_bytes()));
        prop_assert_eq!(
            PartialSuccess::from_protobuf(&field(1, &partial)),
            PartialSuccess { rejected, message, status: None }
        );
    }

    #[test]
    fn percent_encoding_is_undone(message in "\\PC*") {
        let encoded: String = message.bytes().map(|byte| format!("%{byte:02X}")).collect();
        prop_assert_eq!(grpc_message(encoded.as_bytes()), message);
    }

    #[test]
    fn shown_messages_are_short_and_hold_no_control_characters(message: String) {
        if let Some(shown) = presentable(&message, []) {
            prop_assert!(shown.chars().count() <= 200);
            prop_assert!(!shown.chars().any(char::is_control));
        }
    }
}
