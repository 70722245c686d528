mod database;
mod known;
mod linear;
mod shapes;

use std::borrow::Cow;

use proptest::prelude::*;

use super::bare::Within;
use super::keys::tests::{HARMLESS, SECRET};
use super::scan::word::SIGNATURES;
use super::{MAX_TEXT, REDACTED, may_hold_secret, redact_query, redact_text, scan, shorten};

/// Where marks are there already, the first look has a word of everything that is found, also of
/// what of a text stands alone.
#[track_caller]
fn is_noticed(text: &str) {
    let places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    for part in places.flat_map(|at| <[&str; 2]>::from(text.split_at(at))) {
        let part = format!("a=b {part}");
        let is_found = scan::redact(&part, Within::Text).is_some();
        assert!(!is_found || may_hold_secret(part.as_bytes()), "{part}");
    }
}

#[track_caller]
fn masks(pairs: &[(&str, &str)]) {
    for (text, expected) in pairs {
        is_noticed(text);
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
            r#"{"secrets":["[REDACTED]"],"a":1}"#,
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
            "https://h/?next=%2F%3Ftoken%3DREDACTED.",
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
            "error returned from database: (code: 1064) error near '[REDACTED]' at line 1\nnext",
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

#[test]
fn what_is_escaped_is_read_as_it_is_meant() {
    let texts = [
        "first\npassword=s3cret\nlast",
        "first\r\ntoken: s3cret",
        "\tnpm_s3cret0123456789abcdef0123456789",
        "one\nghp_s3cret0123456789abcdef",
        "one\neyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cret",
        "one\nBearer s3cret",
        "one\nAKIAS3CRETODNN7EXAMP",
        "one\npostgres://u:s3cret@h/d",
        "password:\n  s3cret\nnext: 1",
        "{\"password\": \"s3cret\"}",
        "[(\"password\", \"s3cret\")]",
        "C:\\token=s3cret",
        "-----BEGIN EC PRIVATE KEY-----\ns3cret\n-----END EC PRIVATE KEY-----",
    ];
    for text in texts {
        let mut escaped = text.to_owned();
        for _ in 0..4 {
            let redacted = redact_text(&escaped).to_lowercase();
            assert!(!redacted.contains("s3cret"), "{escaped}: {redacted}");
            escaped = format!("{escaped:?}");
        }
    }
}

#[test]
fn what_is_percent_encoded_is_read_as_it_is_meant() {
    masks(&[
        ("password%3Ds3cret", "password%3D[REDACTED]"),
        (
            "password%3Ds3cret%26a%3D1 x",
            "password%3D[REDACTED]%26a%3D1 x",
        ),
        (
            "password%253Ds3cret%2526a%253D1",
            "password%253D[REDACTED]%2526a%253D1",
        ),
        ("%70assword=s3cret", "%70assword=[REDACTED]"),
        ("token%5B0%5D=s3cret", "token%5B0%5D=[REDACTED]"),
        (
            "url=postgres%3A%2F%2Fu%3As3%40cret%40h/d",
            "url=postgres%3A%2F%2FREDACTED:REDACTED%40h/d",
        ),
        (
            "authorization%3A%20Bearer%20s3cret",
            "authorization%3A%20[REDACTED]",
        ),
        ("next Bearer%20s3cret x", "next Bearer%20[REDACTED] x"),
    ]);
}

#[test]
fn secrets_of_configurations_and_commands_are_masked() {
    masks(&[
        (
            "password:\n  s3cret\nuser: ann",
            "password:\n  [REDACTED]\nuser: ann",
        ),
        (
            "db:\n  password: |\n    s3\n    cret\n  host: x",
            "db:\n  password: |\n    [REDACTED]\n  host: x",
        ),
        (
            "tokens_secret:\n- s3\n- cret\nnext: 1",
            "tokens_secret:\n[REDACTED]\nnext: 1",
        ),
        ("password:\nnext: 1", "password:\nnext: 1"),
        (
            "run --password s3cret --host x",
            "run --password [REDACTED] --host x",
        ),
        (
            "run --password=s3cret --host x",
            "run --password=[REDACTED] --host x",
        ),
        ("run --api-key 's3 cret' x", "run --api-key '[REDACTED]' x"),
        (
            r#"["run", "--password", "s3cret", "x"]"#,
            r#"["run", "--password", "[REDACTED]", "x"]"#,
        ),
        ("mysql -u root -ps3cret db", "mysql -u root -p[REDACTED] db"),
        (
            "/usr/bin/mysqldump -ps3cret!x db",
            "/usr/bin/mysqldump -p[REDACTED] db",
        ),
        ("sshpass -p s3cret ssh h", "sshpass -p [REDACTED] ssh h"),
        ("redis-cli -a s3cret ping", "redis-cli -a [REDACTED] ping"),
        (
            "curl -u ann:s3cret https://h",
            "curl -u [REDACTED] https://h",
        ),
        (
            "docker login -u ann -p s3cret h",
            "docker login -u ann -p [REDACTED] h",
        ),
        (
            "<password>s3cret</password>",
            "<password>[REDACTED]</password>",
        ),
        (
            r#"<db password="s3cret"/>"#,
            r#"<db password="[REDACTED]"/>"#,
        ),
    ]);
}

#[test]
fn debug_forms_of_tuples_maps_and_arrays_are_masked() {
    masks(&[
        (
            r#"[("password", "s3cret")]"#,
            r#"[("password", "[REDACTED]")]"#,
        ),
        (r#"["password", "s3cret"]"#, r#"["password", "[REDACTED]"]"#),
        (
            r#"{"password": "s3cret", "a": 1}"#,
            r#"{"password": "[REDACTED]", "a": 1}"#,
        ),
        (r#"Password("s3cret")"#, r#"Password("[REDACTED]")"#),
        (
            r#"{"tokens_secret": ["s3", "cret"]}"#,
            r#"{"tokens_secret": ["[REDACTED]"]}"#,
        ),
        ("secret: [115, 51]", r#"secret: ["[REDACTED]"]"#),
        (
            r#"{\"secrets\":[\"s3\",\"cret\"]}"#,
            r#"{\"secrets\":[\"[REDACTED]\"]}"#,
        ),
        ("user[password]=s3cret&a=1", "user[password]=[REDACTED]&a=1"),
        ("password[0]=s3cret", "password[0]=[REDACTED]"),
        (
            r#"missing ["password", "email", "name"]"#,
            r#"missing ["password", "email", "name"]"#,
        ),
    ]);
}

#[test]
fn an_oauth_code_is_masked_beside_its_state() {
    masks(&[
        (
            "https://h/cb?code=s3cret&state=x",
            "https://h/cb?code=REDACTED&state=x",
        ),
        (
            "https://h/cb?state=x&code=s3cret",
            "https://h/cb?state=x&code=REDACTED",
        ),
        (
            r#"Query { code: "4/0s3cret0123456", state: "x" }"#,
            r#"Query { code: "[REDACTED]", state: "x" }"#,
        ),
        ("exit code=1 state=failed", "exit code=1 state=failed"),
        (
            r#"{"code": "23505", "state": "x"}"#,
            r#"{"code": "23505", "state": "x"}"#,
        ),
        ("code=5&status=1", "code=5&status=1"),
    ]);
}

#[test]
fn well_known_secrets_of_more_kinds_tell_themselves() {
    masks(&[
        (
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQ\n-----END PGP PRIVATE KEY BLOCK-----\nrest",
            "[REDACTED]\nrest",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY----- rest",
            "[REDACTED] rest",
        ),
        ("a SG.0123456789abcdefghij.0123456789 b", "a [REDACTED] b"),
        ("pypi-AgEIcHlwaS5vcmc0123456789", "[REDACTED]"),
        ("/api/dop_v1_0123456789abcdef0123/x", "/api/[REDACTED]/x"),
        (
            "Mozilla/5.0 ghp_0123456789abcdef0123",
            "Mozilla/5.0 [REDACTED]",
        ),
    ]);
}

#[test]
fn parameters_of_statements_are_no_secrets() {
    for text in [
        "UPDATE users SET password = ?, token = $2 WHERE id = $3",
        "SELECT * FROM users WHERE password = %s",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn secret_values_of_a_query_are_replaced_wherever_they_stand() {
    for (query, expected) in [
        ("token=s3cret", "token=REDACTED"),
        ("a=1&token=s3cret&b=2", "a=1&token=REDACTED&b=2"),
        ("a=1;api_key=s3cret", "a=1;api_key=REDACTED"),
        ("%74oken=s3cret", "%74oken=REDACTED"),
        ("token=s3=cret", "token=REDACTED"),
        ("token=s3'cret, x", "token=REDACTED"),
        ("token[]=s3cret", "token[]=REDACTED"),
        ("token[0]=s3cret&a=1", "token[0]=REDACTED&a=1"),
        ("sig=s3cret", "sig=REDACTED"),
        ("X-Amz-Signature=s3cret&x=1", "X-Amz-Signature=REDACTED&x=1"),
        ("next=/a?token=s3cret", "next=/a?token=REDACTED"),
        (
            "next=%2Fa%3Ftoken%3Ds3cret&x=1",
            "next=%2Fa%3Ftoken%3DREDACTED&x=1",
        ),
        (
            "next=%252Fa%253Ftoken%253Ds3cret",
            "next=%252Fa%253Ftoken%253DREDACTED",
        ),
        (
            "next=https://u:s3cret@h/",
            "next=https://REDACTED:REDACTED@h/",
        ),
        (
            "url=postgres%3A%2F%2Fu%3As3cret%40h&a=1",
            "url=postgres%3A%2F%2FREDACTED:REDACTED%40h&a=1",
        ),
        ("q=ghp_0123456789abcdef0123", "q=REDACTED"),
        ("code=s3cret&state=x", "code=REDACTED&state=x"),
        ("code=s3cret&scope=email", "code=REDACTED&scope=email"),
        (
            "connect.sid=s3cret&openid.sig=x",
            "connect.sid=REDACTED&openid.sig=REDACTED",
        ),
        (
            "dsn=u:s3cret@tcp(h:1)/d",
            "dsn=REDACTED:REDACTED@tcp(h:1)/d",
        ),
        (
            "q={\"password\":\"s3cret\"}",
            "q={\"password\":\"REDACTED\"}",
        ),
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
        "status_code=404&zip_code=1",
        "next=/orders/7&sidebar=open&q=rust+async+token+bucket",
        "time=12:00&to=ann@example.com&signature_required=true",
        "code=404",
    ] {
        assert_eq!(redact_query(query), query);
    }
}

#[test]
fn what_is_secret_in_a_query_alone_is_found_in_that_of_a_text() {
    for name in SIGNATURES {
        for text in [
            format!("GET /cb?{name}=s3cr3t"),
            format!("/cb?a=1&{name}=s3cr3t&b=2"),
        ] {
            let redacted = redact_text(&text);
            assert!(!redacted.contains("s3cr3t"), "{text} -> {redacted}");
        }
    }
}

#[test]
fn the_keys_of_the_table_are_found_in_texts_and_queries() {
    for key in SECRET {
        let text = format!("{key}=s3cret-value");
        assert!(!redact_text(&text).contains("s3cret-value"), "{text}");
        assert!(!redact_query(&text).contains("s3cret-value"), "{text}");
    }
    for key in HARMLESS.iter().filter(|key| !key.contains("session.id")) {
        let text = format!("{key}=harmless");
        assert_eq!(redact_text(&text), text);
    }
}

#[test]
fn of_a_long_text_the_start_is_kept_and_no_half_of_a_secret() {
    for secret in [
        "ghp_s3cret0123456789abcdefs3crets3cret",
        "password=s3crets3crets3crets3crets3cret",
        "postgres://user:s3crets3crets3crets3cret@host/",
        "user:s3crets3crets3crets3cret@tcp(host:3306)/shop",
        "AQ.s3cret0123456789s3cret0123456789s3cret",
        "IDENTIFIED BY s3crets3crets3cret",
        "$2b$12$s3crets3crets3crets3crets3crets3cret",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxs3crets3cret.s3cret",
        "AKIAS3CRETODNN7EXAMP",
    ] {
        for filler in ["x ", "xy/"] {
            for (limit, step) in [(1024, 3), (MAX_TEXT, 11)] {
                for before in (0..secret.len()).step_by(step) {
                    let mut text = filler.repeat(limit / filler.len() + 1);
                    text.truncate(limit - before);
                    text.push(' ');
                    text.push_str(secret);
                    text.push(' ');
                    text.push_str(&"rest ".repeat(2000));
                    let short = shorten(&text, limit);
                    assert!(short.len() <= limit);
                    assert!(short.ends_with(&format!("original size: {} bytes)", text.len())));
                    assert!(
                        !short.to_lowercase().contains("s3cret"),
                        "{}",
                        &short[short.len() - 200..]
                    );
                }
            }
        }
    }
}

/// Pieces from which texts are put together that come close to a secret.
fn pieces() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..24).prop_map(|pieces| pieces.concat())
}

fn piece() -> impl Strategy<Value = &'static str> {
    prop_oneof![
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
        Just("name=token"),
        Just("value"),
        Just("//a:b@c"),
        Just("&quot;"),
        Just("<token"),
        Just("PASSWORD '"),
        Just("IDENTIFIED BY "),
        Just("\"--token\""),
        Just("curl -u "),
        Just("dup key: {"),
        Just("Failing row contains ("),
        Just("form-data"),
        Just("db error"),
        Just("*"),
    ]
}

proptest! {
    #[test]
    fn any_text_is_redacted_in_bounds(text in prop_oneof![".{0,200}", pieces()]) {
        let redacted = redact_text(&text);
        prop_assert!(redacted.len() <= 5 * text.len() + 17, "{}", redacted);
    }

    #[test]
    fn no_text_is_passed_over_that_holds_a_secret(text in prop_oneof![".{0,200}", pieces()]) {
        if scan::redact(&text, Within::Text).is_some() {
            prop_assert!(may_hold_secret(text.as_bytes()), "{}", text);
        }
    }

    #[test]
    fn no_secret_of_a_query_survives_between_any_neighbours(before in "[^&;?#]{0,20}[&;?#]", after in "[&#].{0,20}") {
        let query = format!("{before}token=s3cret-value{after}");
        let redacted = redact_query(&query);
        prop_assert!(!redacted.contains("s3cret-value"), "{}", redacted);
    }

    #[test]
    fn a_marked_secret_survives_no_surroundings(before in pieces(), after in pieces()) {
        for marked in ["password=s3cretvalue", "\"apiKey\": \"s3cretvalue\"", "x://u:s3cretvalue@h"] {
            let text = format!("{before} {marked} {after}");
            prop_assert!(!redact_text(&text).contains("s3cretvalue"), "{}", text);
            let text = format!("{text:?}");
            prop_assert!(!redact_text(&text).contains("s3cretvalue"), "{}", text);
        }
    }
}

#[test]
fn what_an_attacker_found_does_not_leak() {
    for text in [
        "password: Secret { value: \"s3cret\" }, id: 7",
        "{\"password\": Object {\"a\": String(\"s3cret\")}}",
        "{\"password\": Array [String(\"s3cret\")]}",
        "[\n    (\n        \"password\",\n        \"s3cret\",\n    ),\n]",
        "Password(\n    \"s3cret\",\n)",
        "Password(Some(\"s3cret\"))",
        "(b\"password\", b\"s3cret\")",
        "\u{1b}[3mtoken\u{1b}[0m\u{1b}[2m=\u{1b}[0ms3cret",
        "\u{1b}[1mpassword\u{1b}[0m: s3cret",
        "\u{1b}[31mghp_s3cret0123456789abcdef\u{1b}[0m",
        "password\\u003ds3cret",
        "password\\x3ds3cret",
        "Bearer\ts3cret",
        "AKIAIOSFODNN7EXAMPLE-----BEGIN PRIVATE KEY-----\ns3cret",
        "AKIAIOSFODNN7EXAMPLE-ghp_s3cret0123456789abc",
        "AKIAIOSFODNN7EXAMPLE--password=s3cret",
        "run --token Bearer s3cret",
        "Bearer  --password s3cret",
        "--token  token: Some(\"s3cret\")",
        "cookie=a=1; sid=s3cret",
        "authorization=Digest username=\"a\", nonce=\"x\", response=\"s3cret\"",
        "authorization=Hawk id=\"x\", mac=\"s3cret\"",
        "mysql -p's3 cret s3cret' db",
        "7z a x -p\"s3cret\"",
        "-----BEGIN%20PRIVATE%20KEY-----%0As3cret",
        "-----BEGIN+RSA+PRIVATE+KEY-----%0D%0As3cret",
        "-----BEGIN PRIVATE KEY-----\n-----END CERTIFICATE-----\ns3cret",
        "password=a\"!s3cret",
        "password=a)!s3cret",
        "password=a;!s3cret",
        "password=a\\!s3cret",
        "password='it''s s3cret'",
        "password=\"a\"s3cret",
        "password=\"\"s3cret\"\"",
        "[\"PASSWORD=a s3cret\", \"A=b\"]",
        "password: # comment\n  s3cret",
        "password: !vault |\n  s3cret",
        "password:\r\n\r\n  s3cret",
        "filter=%7B%22password%22%3A%22S3%20s3cret%22%7D",
        "%28%22password%22%2C%22s3cret%22%29",
        "?next=%252Fcb%253Fcode%253Ds3cret%2526state%253Dx",
        "secret key: s3cret",
        "api key: s3cret",
        "Secret Access Key: s3cret",
        "session id: s3cret",
        "tokenv2=s3cret",
        "pass_word=s3cret",
        "token=REDACTED-s3cret",
        "password=?,s3cret",
        &format!("password:{}s3cret", " ".repeat(300)),
        &format!("Bearer{}s3cret", " ".repeat(70)),
        &format!("password:{}\"s3cret\"", "\\".repeat(31)),
        "DatabaseError { message: \"x\", detail: Some(\"s3cret\") }",
    ] {
        let redacted = redact_text(text);
        assert!(!redacted.contains("s3cret"), "{text} -> {redacted}");
    }
    let long = format!(
        "PgDatabaseError {{ message: \"{}\", detail: Some(\"s3cret\") }}",
        "x".repeat(3000)
    );
    assert!(!redact_text(&long).contains("s3cret"));
}

#[test]
fn ordinary_lines_are_left_alone() {
    for text in [
        "panicked at src/secret.rs:10:5: index out of bounds",
        "at com.shop.Password.java:45",
        "INFO app::auth::token: started",
        "INFO shop::secrets: loaded count=3",
        "POST /oauth/token: 200",
        "docker run -p 8080:80 nginx",
        "docker login && docker run -p 8080:80 nginx",
        "systemctl restart mysql; mkdir -pv /x",
        "login failed: ssh -p 2222",
        "Error { code: \"ERR_CONNECTION_REFUSED\", state: \"closed\" }",
        "WWW-Authenticate: Basic realm=\"x\"",
        "missing bearer header",
        "basic JSON support",
        "ASIAPACIFICREGION1234",
    ] {
        assert_eq!(redact_text(text), text);
    }
    let text = "HeaderMap {\"authorization\": Sensitive, \"host\": \"h\", \"took_ms\": 5}";
    assert!(redact_text(text).ends_with(", \"host\": \"h\", \"took_ms\": 5}"));
    let text = "Request { authorization: None, path: \"/x\", status: 500 }";
    assert!(redact_text(text).ends_with(", path: \"/x\", status: 500 }"));
}

#[test]
fn a_sentence_in_which_a_key_is_only_a_word_is_left_alone() {
    for text in [
        "JWT: generated claims",
        "jwt: generated claims for ann, expiry in 300 s",
        "no credentials: kind: Some(NotFound)",
        "bad password: kind: Err(Elapsed), path: \"/x\"",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn what_only_resembles_a_sentence_is_masked() {
    masks(&[
        ("JWT: s3cret claims", "JWT: [REDACTED] claims"),
        ("JWT: generated", "JWT: [REDACTED]"),
        ("JWT: generated retries=3", "JWT: [REDACTED] retries=3"),
        ("jwt: generated # as it is", "jwt: [REDACTED] # as it is"),
        ("jwt=generated claims", "jwt=[REDACTED] claims"),
        ("app_jwt: generated claims", "app_jwt: [REDACTED] claims"),
        (
            "password: correct horse battery",
            "password: [REDACTED] horse battery",
        ),
        (
            "credentials: hunter: rejected",
            "credentials: [REDACTED] rejected",
        ),
        ("credentials: Some(\"s3cret\")", "credentials: [REDACTED]"),
        (
            "{\"jwt\": \"generated claims\"}",
            "{\"jwt\": \"[REDACTED]\"}",
        ),
    ]);
    let field = "no credentials: token: Some(\"s3cret\")";
    assert_eq!(redact_text(field), "no credentials: token: [REDACTED]");
}

#[test]
fn a_scheme_in_small_letters_is_found_at_every_place_of_a_text_of_any_length() {
    for before in 0..40 {
        for after in 0..40 {
            for scheme in ["bearer ", "basic "] {
                let start = "a ".repeat(20);
                let start = start.get(40 - before..).unwrap_or_default();
                let rest = " z".repeat(20);
                let rest = rest.get(..after).unwrap_or_default();
                let text = format!("{start}{scheme}s3cretvalue1{rest}");
                let masked = redact_text(&text);
                let is_word = before == 0 || start.ends_with(' ');
                assert_eq!(masked.contains("s3cret"), !is_word, "{text}");
            }
        }
    }
}
