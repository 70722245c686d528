use std::borrow::Cow;

use proptest::prelude::*;

use super::{Marks, Scan, Within, redact, redact_text, search};

#[track_caller]
fn masks(pairs: &[(&str, &str)]) {
    for (text, expected) in pairs {
        assert_eq!(redact_text(text), *expected, "{text}");
        assert_eq!(redact_text(expected), *expected, "a second time");
    }
}

#[test]
fn values_of_secret_keys_are_masked() {
    masks(&[
        ("password=s3cret", "password=[REDACTED]"),
        (
            "login failed: password: s3cret.",
            "login failed: password: [REDACTED]",
        ),
        (
            "user=ann password=s3cret host=db",
            "user=ann password=[REDACTED] host=db",
        ),
        (
            "Server=db;Password=s3c;ret;User=ann",
            "Server=db;Password=[REDACTED];User=ann",
        ),
        (
            "api_key = s3cret, retries = 3",
            "api_key = [REDACTED], retries = 3",
        ),
        ("a=1&token=s3cret&page=2", "a=1&token=[REDACTED]&page=2"),
        ("(secret=s3cret)", "(secret=[REDACTED])"),
        ("pwd='s3 cret' x", "pwd='[REDACTED]' x"),
        (r#"pwd="s3\"cret" x"#, r#"pwd="[REDACTED]" x"#),
        (r#"pwd="s3cret\\" x"#, r#"pwd="[REDACTED]" x"#),
        (r#"pwd="s3cret and no end"#, r#"pwd="[REDACTED]"#),
        (
            r#"password => "apiKey": "s3cret""#,
            r#"password => "[REDACTED]": "[REDACTED]""#,
        ),
        ("refreshToken => s3cret", "refreshToken => [REDACTED]"),
        (
            "Key (token)=(s3cret) already exists.",
            "Key (token)=[REDACTED] already exists.",
        ),
        (
            r#"headers["x-api-key"] = "s3cret""#,
            r#"headers["x-api-key"] = "[REDACTED]""#,
        ),
        (
            "AWS_SECRET_ACCESS_KEY=abc/def+g=",
            "AWS_SECRET_ACCESS_KEY=[REDACTED]",
        ),
    ]);
}

#[test]
fn values_are_masked_in_what_machines_write() {
    masks(&[
        (
            r#"{"password":"s3cret","a":1}"#,
            r#"{"password":"[REDACTED]","a":1}"#,
        ),
        (
            r#"{"password" : "s3, cret" }"#,
            r#"{"password" : "[REDACTED]" }"#,
        ),
        (
            r#"{"pin_token":12345,"a":1}"#,
            r#"{"pin_token":[REDACTED],"a":1}"#,
        ),
        (
            r#"{"secrets":["a","b}"],"a":1}"#,
            r#"{"secrets":[REDACTED],"a":1}"#,
        ),
        (
            "{\"password\":\n  \"s3cret\"}",
            "{\"password\":\n  \"[REDACTED]\"}",
        ),
        (
            r#""{\"password\":\"s3\\\"cret\",\"a\":1}""#,
            r#""{\"password\":\"[REDACTED]\",\"a\":1}""#,
        ),
        (
            r#"Login { password: "s3cret", id: 7 }"#,
            r#"Login { password: "[REDACTED]", id: 7 }"#,
        ),
        (
            r#"Login { password: Some("s3 cret"), id: 7 }"#,
            "Login { password: [REDACTED], id: 7 }",
        ),
        (
            r#"Login { token: Token(b"s3 cret"), id: 7 }"#,
            "Login { token: [REDACTED], id: 7 }",
        ),
        (
            r#"[("x-api-key", "s3cret"), ("a", "b")]"#,
            r#"[("x-api-key", "[REDACTED]"), ("a", "b")]"#,
        ),
        (
            r#"{"authorization": "Custom s3cret", "a": "b"}"#,
            r#"{"authorization": "[REDACTED]", "a": "b"}"#,
        ),
        (
            r#"Url { username: "ann", password: Some("s3cret"), host: None }"#,
            r#"Url { username: "ann", password: [REDACTED], host: None }"#,
        ),
    ]);
}

#[test]
fn what_stands_in_headers_is_masked() {
    masks(&[
        ("Authorization: Bearer abc.def", "Authorization: [REDACTED]"),
        (
            "proxy-authorization: Custom a b c\nhost: x",
            "proxy-authorization: [REDACTED]\nhost: x",
        ),
        (
            "Set-Cookie: id=s3cret; Path=/; Secure",
            "Set-Cookie: [REDACTED]",
        ),
        (
            "authorization=Bearer abc retries=3",
            "authorization=[REDACTED] retries=3",
        ),
        ("got Bearer s3cret-token here", "got Bearer [REDACTED] here"),
        ("got bearer hunter", "got bearer [REDACTED]"),
        ("sent Basic YW5uOnMzY3JldA==", "sent Basic [REDACTED]"),
    ]);
}

#[test]
fn urls_lose_credentials_and_secret_queries() {
    masks(&[
        (
            "connect to postgres://ann:s3cret@db:5432/shop failed",
            "connect to postgres://REDACTED:REDACTED@db:5432/shop failed",
        ),
        ("redis://:s3@cret@db/0", "redis://REDACTED:REDACTED@db/0"),
        (
            "postgres://ann:s3/cret@db/shop",
            "postgres://REDACTED:REDACTED@db/shop",
        ),
        (
            "error sending request for url (https://h/p?a=1&token=s3cret)",
            "error sending request for url (https://h/p?a=1&token=REDACTED)",
        ),
        ("GET /p?sig=s3cret#top: 404", "GET /p?sig=REDACTED#top: 404"),
        (
            "https://h/?next=%2F%3Ftoken%3Ds3cret.",
            "https://h/?next=REDACTED.",
        ),
        (
            "https://h/?u=https://ann:s3@h/&sig=x",
            "https://h/?u=https://REDACTED:REDACTED@h/&sig=REDACTED",
        ),
    ]);
}

#[test]
fn databases_tell_names_but_no_values() {
    masks(&[
        (
            "error returned from database: Duplicate entry 's3'cret' for key 'users.email'",
            "error returned from database: Duplicate entry '[REDACTED]' for key 'users.email'",
        ),
        (
            r#"error returned from database: invalid input syntax for type integer: "s3cret""#,
            r#"error returned from database: invalid input syntax for type integer: "[REDACTED]""#,
        ),
        (
            r#"save: error returned from database: column "total" of relation "orders" doesn't fit"#,
            r#"save: error returned from database: column "total" of relation "orders" doesn't fit"#,
        ),
        (
            "error returned from database: (code: 1064) error near 'SET pw = 's3 cret' AND 1' at line 1\nnext",
            "error returned from database: (code: 1064) error near '[REDACTED]\nnext",
        ),
        (
            r#"Database(PgDatabaseError { code: "22P02", message: "bad date: \"s3cret\"", detail: Some("row (1, s3cret)"), table: Some("orders") })"#,
            r#"Database(PgDatabaseError { code: "22P02", message: "bad date: \"[REDACTED]\"", detail: [REDACTED], table: Some("orders") })"#,
        ),
        (
            r#"Database(SqliteError { code: 1, message: "near \"'s3 cret'\": syntax error" })"#,
            r#"Database(SqliteError { code: 1, message: "near \"[REDACTED]\": syntax error" })"#,
        ),
        (
            r#"MySqlDatabaseError { number: 1062, message: "Duplicate entry 's3cret' for key 'email'" }"#,
            r#"MySqlDatabaseError { number: 1062, message: "Duplicate entry '[REDACTED]' for key 'email'" }"#,
        ),
        (
            "Key (email, name)=(ann@shop.example, ann) already exists",
            "Key (email, name)=[REDACTED] already exists",
        ),
    ]);
}

#[test]
fn well_known_secrets_tell_themselves() {
    masks(&[
        (
            "bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.",
            "bad token [REDACTED].",
        ),
        ("key sk-proj-0123456789abcdef!", "key [REDACTED]!"),
        ("ghp_0123456789abcdef0123", "[REDACTED]"),
        ("use github_pat_0123456789abcdef_x", "use [REDACTED]"),
        ("id AKIAIOSFODNN7EXAMPLE,", "id [REDACTED],"),
        ("xoxb-1234567890-abc", "[REDACTED]"),
        (
            "key: -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest",
            "key: [REDACTED]\nrest",
        ),
        ("-----BEGIN PRIVATE KEY-----\\nMIIE", "[REDACTED]"),
    ]);
}

#[test]
fn other_text_is_left_alone_and_not_copied() {
    for text in [
        "",
        "connection refused (os error 111)",
        "invalid digit found in string: \"x\" at 12:34:56",
        "max_tokens=5, token_count: 7",
        "called `Option::unwrap()` on a `None` value",
        "https://shop.example/a@b?page=2",
        "http://[::1]:4318/v1/traces @ home",
        "https://shop.example:443/@scope/package",
        "secrets::load returned",
        "Basic authentication is needed; a Bearer token is not",
        "WWW-Authenticate: Bearer error=\"invalid\", Bearer realm=\"x\"",
        "sk-learn-needs-more-data-than-this",
        "task-0123456789abcdef0123",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "password=",
        "no password: ",
        "Passwörter: größer als é=1",
    ] {
        assert!(
            matches!(redact_text(text), Cow::Borrowed(same) if same == text),
            "{text}: {}",
            redact_text(text)
        );
    }
}

/// Pieces from which texts are put together that come close to a secret.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("password"),
        Just("token"),
        Just("Cookie"),
        Just("authorization"),
        Just("x"),
        Just("é"),
        Just("="),
        Just(":"),
        Just(": "),
        Just("::"),
        Just("=>"),
        Just(", "),
        Just("&"),
        Just(";"),
        Just("\""),
        Just("\\\""),
        Just("'"),
        Just("\\"),
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(" "),
        Just("\n"),
        Just("?"),
        Just("#"),
        Just("/"),
        Just("@"),
        Just("http://"),
        Just("https://a:b@c/"),
        Just("Bearer "),
        Just("basic "),
        Just("Zm9vOmJhcg=="),
        Just("eyJhbGciOiJIUzI1NiJ9."),
        Just("sk-"),
        Just("0123456789abcdef"),
        Just("AKIAIOSFODNN7EXAMPLE"),
        Just("-----BEGIN PRIVATE KEY-----"),
        Just("-----END "),
        Just("REDACTED"),
        Just("[REDACTED]"),
        Just("%3D"),
        Just("Some("),
        Just("sig"),
        Just("."),
        Just(","),
        Just("_"),
        Just("-"),
        Just("error returned from database"),
        Just("DatabaseError {"),
        Just("message"),
        Just("detail"),
        Just("near"),
        Just("key"),
        Just(")=("),
        Just("(\""),
        Just("\", "),
        Just("AIzaSyA0123456789abcdefghijklmnopqrstuvwxyz"),
        Just("ABCDEFGHIJKLMNOP"),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_redacted_in_bounds(text in prop_oneof![".{0,200}", pieces()]) {
        let redacted = redact_text(&text);
        prop_assert!(redacted.len() <= 5 * text.len() + 17, "{}", redacted);
    }

    #[test]
    fn no_mark_is_passed_over_that_a_secret_has(text in prop_oneof![".{0,200}", pieces()]) {
        let searched = search(Scan::new(&text, Marks::ALL, Within::Text));
        prop_assert_eq!(&*redact(&text, Within::Text), &*searched);
    }

    #[test]
    fn redacting_again_changes_nothing(text in prop_oneof![".{0,200}", pieces()]) {
        let once = redact_text(&text);
        let again = redact_text(&once);
        prop_assert_eq!(&*again, &*once);
    }

    #[test]
    fn a_marked_secret_survives_no_surroundings(before in pieces(), after in pieces()) {
        for marked in ["password=s3cretvalue", "\"apiKey\": \"s3cretvalue\"", "x://u:s3cretvalue@h"] {
            let text = format!("{before} {marked} {after}");
            prop_assert!(!redact_text(&text).contains("s3cretvalue"), "{}", text);
        }
    }
}
