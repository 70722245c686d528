//! That the time is linear in the text, whatever is in it: what is looked at is counted.

use proptest::prelude::*;

use super::*;
use crate::redact::unit::looks;

/// How often a byte is looked at on the average, at most. Where something was looked at
/// again and again, it was thousands of times.
const MOST: usize = 200;

/// So long that it would show.
const LONG: usize = 16 * 1024;

/// What came close, or was found by [`whatever_is_repeated_takes_linear_time`].
const PIECES: [&str; 138] = [
    ":%2F%2F",
    ":%2F%2Fa:b",
    "[\"token\",%27",
    "AKIAIOSFODNN7EXAMPLE-",
    "sk-",
    "SG.",
    "\u{1b}[31m",
    "key key ",
    "message:",
    "DatabaseError {message:\"",
    "error returned from database: '",
    "code=(",
    "[\"token\",(",
    ":token>",
    "token>",
    "eyJ-",
    "eyJaaaaaaaa-",
    "ghp_",
    "AIza-",
    "://a:b",
    "%3A%2F%2F",
    "x://u:",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY",
    "password=[REDACTED]",
    "pwd=\"",
    "(",
    "[",
    "a[",
    "\\",
    "%25",
    "&code=1&state=",
    "Bearer ",
    "token ",
    "--token ",
    "mysql -p ",
    "password:\n",
    " =",
    "state code=(",
    "column 'x",
    "near '",
    "near \"",
    "to use near '\n",
    "' in '",
    "Duplicate entry '",
    "Incorrect value: \"",
    "Caused by:\n '",
    "error returned from database: '\n",
    "name=token ",
    "name=\"token\",value=",
    "form-data; name=\"token\"\n",
    "//a:",
    "//a:b@",
    "http://a:x'",
    "identified by '",
    "password '",
    "Password(",
    "Password(x\"",
    "<token a='>",
    "<token>\n",
    "<token><![CDATA[",
    "\"--token\" ",
    "dup key: {",
    "&quot;",
    "password=\"\"",
    "password:\n ",
    "token: !a ",
    "a:token> ",
    "name=\"token\"> \"> \"> \"> \"> \"> \"> \"> ",
    "name=token> '> ",
    "x://u:1a'",
    "key=",
    "a:b@",
    "a:b@x(",
    "a:b@/",
    ":b@h:5432",
    "identified by ",
    "user x identified by ",
    "set password for ",
    "login a password ",
    "ATTACH x as y key ",
    "setuser a >",
    "AUTH \"",
    "requirepass\n",
    "crypt('",
    "crypt(",
    ":5432:a:b:",
    ":*:*:",
    "1234567890:AA",
    "hooks.slack.com/x",
    ";token=a ",
    "LS0tLS1CRUdJTiBQUkl-",
    "AQ.",
    "eyJaaaaaaaa..",
    "curl -aau ",
    "Negotiate ",
    "$2b$",
    "Secret { ",
    "(token) values ",
    "(token) VALUES ('",
    "values (",
    "(token) values (",
    "mysql args: ",
    "$6$a$6$ ",
    "password for a: 1 ",
    "for a: ",
    "ENV token ",
    "config set token ",
    "token IN ('",
    "token IN ('a', ",
    "token IN ",
    "token LIKE ",
    "not not ",
    "token != ",
    "token <> ",
    "{\"kty\":\"d\"",
    "\"d\":\"",
    "auth:aaaa",
    "Credentials(\"a\", ",
    "Some(\"a\"), ",
    "Credentials(Some(\"",
    "<password><value>",
    "<name>token</name>",
    "<value>",
    "connect.sid=",
    "value 'a",
    "got \"a",
    "string \"a\" for ",
    "value 'a' for key ",
    "token:: ",
    "path=/token,",
    "type=\"password\" ",
    "token: #",
    "token : !a # ",
    "token: # a \n",
    "cookie: \": \"%22",
    "token=\"[REDACTED]\"",
    "\ta:token> ",
];

/// What may stand before them.
const BEFORE: [&str; 4] = [
    "",
    "x://u:1111111111",
    "  DatabaseError { x: ",
    "error returned from database: ",
];

fn assert_linear(text: &str) {
    for (kind, redact) in [
        ("text", redact_text as fn(&str) -> Cow<'_, str>),
        ("query", redact_query),
    ] {
        looks::take();
        let _ = redact(text);
        let looks = looks::take();
        let start: String = text.chars().take(100).collect();
        assert!(
            looks <= MOST * text.len(),
            "{kind}: a byte {} times: {start:?}",
            looks / text.len()
        );
    }
}

#[test]
fn hostile_repetitions_take_linear_time() {
    for piece in PIECES {
        for before in BEFORE {
            let text = [before, &piece.repeat(LONG / piece.len())].concat();
            assert_linear(&text);
            assert_linear(&format!("{text:?}"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_repeated_takes_linear_time(
        before in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..2),
        piece in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
                piece().prop_map(str::to_owned),
            ],
            1..6,
        ),
    ) {
        let (before, piece) = (before.concat(), piece.concat());
        let text = [before, piece.repeat(2 * LONG / piece.len())].concat();
        assert_linear(&text);
    }
}
