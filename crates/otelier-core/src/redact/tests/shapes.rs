//! Secrets in shapes that others write, plain and as `Debug` writes a text of them.

use super::{is_noticed, masks, redact_query, redact_text};

/// None of them may show `s3cr3t`, in small letters or capitals.
#[track_caller]
fn hides(texts: &[&str]) {
    for text in texts {
        is_noticed(text);
        for text in [(*text).to_owned(), format!("{text:?}")] {
            let redacted = redact_text(&text).to_lowercase();
            assert!(!redacted.contains("s3cr3t"), "{text} -> {redacted}");
        }
    }
}

#[test]
fn a_value_is_a_secret_where_its_name_is_one_of_a_secret() {
    masks(&[
        (
            r#"{"name":"password","value":"s3cr3t","x":"y"}"#,
            r#"{"name":"password","value":"[REDACTED]","x":"y"}"#,
        ),
        (
            r#"EnvVar { name: "API_KEY", value: Some("s3cr3t") }"#,
            r#"EnvVar { name: "API_KEY", value: [REDACTED] }"#,
        ),
        (
            r#"<add key="password" value="s3cr3t"/>"#,
            r#"<add key="password" value="[REDACTED]"/>"#,
        ),
        (
            "- name: TOKEN\n  value: s3cr3t\n- name: X\n  value: y",
            "- name: TOKEN\n  value: [REDACTED]\n- name: X\n  value: y",
        ),
    ]);
    hides(&[
        r#"{"Name":"DB_PASSWORD","Value":"s3cr3t"}"#,
        r#"{"headers":[{"name":"Cookie","value":"sid=s3cr3t"}]}"#,
        "name=DB_PASSWORD value=s3cr3t",
        r#"Header { name: "x-api-key", value: "s3cr3t" }"#,
        r#"KeyValue { key: Static("db.password"), value: String(Owned("s3cr3t")) }"#,
        r#"{\"name\":\"token\",\"value\":\"s3cr3t\"}"#,
        r#"<property name="password">s3cr3t</property>"#,
        "form-data; name=\"password\"\r\n\r\ns3cr3t\r\n--b",
        "form-data; name=\"token\"; filename=\"x\"\r\nContent-Type: text/plain\r\n\r\ns3cr3t\r\n--b",
    ]);
    for text in [
        r#"{"name":"token","type":"keyword"}"#,
        r#"{"name":"token_count","value":5}"#,
        "field: password, error: too short",
        r#"{"key":"color","value":"red"}"#,
        "form-data; name=\"email\"\n\nann",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn elements_may_have_attributes_lines_and_raw_text() {
    hides(&[
        "<wsse:Password Type=\"x\">s3cr3t</wsse:Password>",
        "<password type='text' b='c'>s3cr3t</password>",
        "<password><![CDATA[s3cr3t]]></password>",
        "<password>\n  s3cr3t\n</password>",
        "<a:token xmlns:a=\"x\">s3cr3t</a:token>",
    ]);
    for text in [
        "<password> is a tag",
        "usage: login <password> <host>",
        "usage: login <password>\noptions:\n  -h",
        "<a href=\"token\">x</a>",
        "Option<Password>",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn arguments_are_found_however_a_command_is_written() {
    masks(&[
        (
            r#""app" "--token" "s3cr3t" "-v""#,
            r#""app" "--token" "[REDACTED]" "-v""#,
        ),
        (
            r#""sshpass" "-p" "s3cr3t" "ssh""#,
            r#""sshpass" "-p" "[REDACTED]" "ssh""#,
        ),
        (
            r#"["curl","-u","ann:s3cr3t","https://h"]"#,
            r#"["curl","-u","[REDACTED]","https://h"]"#,
        ),
        (
            "curl --user=ann:s3cr3t https://h",
            "curl --user=[REDACTED] https://h",
        ),
        ("docker login -p=s3cr3t h", "docker login -p=[REDACTED] h"),
    ]);
    hides(&[
        r#""mysql" "-u" "root" "-ps3cr3t""#,
        r#""curl" "--user" "ann:s3cr3t" "https://h""#,
        "curl --proxy-user ann:s3cr3t https://h",
        "valkey-cli -a s3cr3t ping",
        "mongo -u ann -p s3cr3t",
        "helm registry login h -u ann -p s3cr3t",
    ]);
    for text in [
        "curl --user-agent x https://h",
        "mysql --user root",
        "\"mysql\" \"-p\" \"shop\"",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn an_argument_ends_where_something_is_said_of_the_call() {
    masks(&[
        (
            "cannot run: app --token s3cr3t: os error 2",
            "cannot run: app --token [REDACTED]: os error 2",
        ),
        (
            "app --token czNjcjN0s3cr3t== -v",
            "app --token [REDACTED] -v",
        ),
    ]);
    hides(&[
        "ran: mongo -u ann -p s3cr3t: exit code 1",
        "docker login -u ann --password s3cr3t: os error 5",
        "--token token: Some(\"s3cr3t\")",
        "no way in: secret=x,s3cr3t: os error 5",
        "no way in: secret=x&s3cr3t: os error 5",
    ]);
}

#[test]
fn a_value_of_a_query_is_looked_at_as_it_is_meant() {
    for (query, expected) in [
        (
            "q=ALTER%20USER%20ann%20WITH%20PASSWORD%20%27s3cr3t%27&page=2",
            "q=REDACTED&page=2",
        ),
        (
            "a=1&q=curl+--user+ann%3As3cr3t+https%3A%2F%2Fh#top",
            "a=1&q=REDACTED#top",
        ),
        (
            "q=%253Cpassword%253Es3cr3t%253C%252Fpassword%253E",
            "q=REDACTED",
        ),
        ("%3Ctoken%3Es3cr3t%3C/token%3E", "REDACTED"),
        ("q=%2F%2Fann%3As3cr3t%40h%2Fx", "q=REDACTED"),
        ("q=basic+english+grammar", "q=basic+english+grammar"),
        ("q=bearer+token+auth", "q=bearer+token+auth"),
        ("q=Bearer+s3cr3t+now", "q=Bearer+REDACTED+now"),
        (
            "q=what+is+a+password%3F&r=a%26b",
            "q=what+is+a+password%3F&r=a%26b",
        ),
        (
            "next=%2Fa%3Ftoken%3Ds3cr3t&x=1",
            "next=%2Fa%3Ftoken%3DREDACTED&x=1",
        ),
    ] {
        assert_eq!(redact_query(query), expected, "{query}");
        assert_eq!(redact_query(expected), expected, "a second time");
    }
}

#[test]
fn passwords_of_statements_are_masked() {
    masks(&[(
        "ALTER USER ann WITH PASSWORD 's3cr3t' VALID UNTIL 'x'",
        "ALTER USER ann WITH PASSWORD '[REDACTED]' VALID UNTIL 'x'",
    )]);
    hides(&[
        "ALTER USER 'ann'@'%' IDENTIFIED BY 's3cr3t'",
        "create user ann identified by \"s3cr3t\"",
        "IDENTIFIED WITH mysql_native_password BY 's3cr3t'",
        "password 's3cr3t' is wrong",
        "ALTER USER ann WITH PASSWORD 'x s3cr3t",
    ]);
    for text in [
        "user was identified by 'x'",
        "the field 'password' is missing",
        "UPDATE users SET password = :password, token = @token",
        "WHERE password = NULL",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn what_says_that_there_is_nothing_stays() {
    for text in [
        r#"{"password":null,"user":"ann"}"#,
        "Config { password: None, host: \"h\" }",
        r#"{"has_password":true}"#,
        "Access denied for user 'ann'@'h' (using password: YES)",
        "token: undefined",
        "password=no",
    ] {
        assert_eq!(redact_text(text), text);
    }
    masks(&[
        ("password: nonesuch", "password: [REDACTED]"),
        ("password: None!", "password: [REDACTED]"),
        ("password=null0", "password=[REDACTED]"),
    ]);
}

#[test]
fn types_may_hold_secrets_within_others() {
    hides(&[
        r#"Authorization(Basic { decoded: "ann:s3cr3t", colon_pos: 3 })"#,
        r#"TypedHeader(Authorization(Bearer("s3cr3t")))"#,
        r#"Password(Inner("s3cr3t"))"#,
        "[(b'authorization', b'Bearer s3cr3t'), (b'cookie', b'sid=s3cr3t')]",
        r#"token: &"s3cr3t""#,
        "Bearer \"s3cr3t\"",
    ]);
    masks(&[
        (
            "Some(Credentials(Pair { a: \"s3cr3t\" }), 7)",
            "Some(Credentials([REDACTED]), 7)",
        ),
        ("Token(Ident(\"foo\"))", "Token(Ident(\"foo\"))"),
        ("Credentials(None)", "Credentials(None)"),
        (
            "Static(\"db.password\"), value: 7",
            "Static(\"db.password\"), value: 7",
        ),
    ]);
}

#[test]
fn what_is_escaped_is_masked_to_its_end() {
    hides(&[
        "Authorization: Digest username=\"ann\", response=\"s3cr3t\"",
        "Cookie: a=\"x\"; session=s3cr3t",
        "password = \"\"\"x\ns3cr3t\"\"\"",
        "password: >-\n  x\n  s3cr3t\nnext: 1",
        "passwords:\n  - x\n  - s3cr3t",
        "secrets:\n  ann: x\n  bob: s3cr3t",
        "password: &a s3cr3t",
        "password: #s3cr3t",
        "x\n<password>s3cr3t</password>",
        "x\n&#34;password&#34;:&#34;s3cr3t&#34;\ny",
        "/cb?state=x&session_state=y&code=s3cr3t /cb?state=x&session_state=y&code=s3cr3t",
        "password: !!str s3cr3t",
        "Password:\ns3cr3t",
        "**password**: s3cr3t",
        "&quot;password&quot;:&quot;s3cr3t&quot;",
        "&#34;password&#34;:&#34;s3cr3t&#34;",
        "authorization=NTLM s3cr3t",
        "SharedAccessSignature=sv=1&sig=s3cr3t",
    ]);
    masks(&[(
        r#""Cookie: a=b; c=\"s3cr3t\"\r\nHost: h\r\n""#,
        r#""Cookie: [REDACTED]\r\nHost: h\r\n""#,
    )]);
    for text in [
        "password:\nnext: 1",
        "add basic `CursorMut` support",
        "fn log_in(password: &'a str, name: &str)",
        "Password:\nLogin successful",
        "it&#39;s &quot;x&quot;",
        "a*b=c",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn credentials_are_found_where_slashes_are_escaped_or_the_scheme_is_missing() {
    masks(&[
        (
            r#""url":"https:\/\/ann:s3cr3t@h\/p""#,
            r#""url":"https:\/\/REDACTED:REDACTED@h\/p""#,
        ),
        ("//ann:s3cr3t@h/x", "//REDACTED:REDACTED@h/x"),
        (
            "postgres://ann:s'3cr3t@h/d",
            "postgres://REDACTED:REDACTED@h/d",
        ),
    ]);
    for text in [
        "// TODO: mail ann@example.com",
        "a//b:c",
        "see //h:80/x@y",
        "'http://h:80','ann@example.com'",
    ] {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn a_code_is_masked_beside_whatever_it_is_traded_with() {
    for query in [
        "code=s3cr3t&session_state=x",
        "code=s3cr3t&redirect_uri=https%3A%2F%2Fh",
        "grant_type=authorization_code&redirect_uri=x&code=s3cr3t",
        "code=s3cr3t&code_verifier=s3cr3t",
    ] {
        let redacted = redact_query(query);
        assert!(!redacted.contains("s3cr3t"), "{query} -> {redacted}");
        hides(&[query]);
    }
    assert_eq!(redact_query("token+=s3cr3t"), "token+=REDACTED");
    let error = "code=404&redirect_uri=x";
    assert_eq!(redact_query(error), error);
}

#[test]
fn rows_that_databases_quote_in_brackets_are_masked() {
    masks(&[
        (
            "Failing row contains (1, s3cr3t)",
            "Failing row contains ([REDACTED])",
        ),
        (
            "DETAIL: Failing row contains (1, s3cr3t, (x)).",
            "DETAIL: Failing row contains ([REDACTED]).",
        ),
        (
            "index: email_1 dup key: { email: \"s3cr3t\" }",
            "index: email_1 dup key: {[REDACTED]}",
        ),
        (
            "in 'dbo.t'. The duplicate key value is (s3cr3t).",
            "in 'dbo.t'. The duplicate key value is ([REDACTED]).",
        ),
        (
            "db error: ERROR: malformed array literal: \"s3cr3t\"",
            "db error: ERROR: malformed array literal: \"[REDACTED]\"",
        ),
    ]);
}

#[test]
fn places_and_prose_are_no_secrets() {
    for text in [
        "secrets.yaml: permission denied",
        "password.txt: No such file or directory",
        "\"/run/secrets/token\": permission denied",
        "bearer of bad news",
        "basic HTTP/1.1 support",
        "password_length=12",
    ] {
        assert_eq!(redact_text(text), text);
    }
    hides(&[
        "secrets.yaml: s3cr3t",
        "{\"example.com/token\": \"s3cr3t\"}",
        "{\"/oauth/token\": Some(\"s3cr3t\")}",
    ]);
}

#[test]
fn what_is_too_long_to_be_looked_at_again_is_masked() {
    let comment = "why it is so ".repeat(30);
    let text = format!("password: # {comment}\n  s3cret\nuser: ann");
    assert_eq!(redact_text(&text), "password: [REDACTED]\nuser: ann");
    let text = format!("password: # {comment}");
    assert_eq!(redact_text(&text), "password: [REDACTED]");
    let short = "password: # why\n  s3cret\nuser: ann";
    let masked = "password: # why\n  [REDACTED]\nuser: ann";
    assert_eq!(redact_text(short), masked);

    let long = "x ".repeat(300);
    let text = format!("[\"token\", \"{long}\", \"b\"]");
    assert_eq!(redact_text(&text), "[\"token\", \"[REDACTED]\", \"b\"]");
    let text = format!("<token>\n{long}\n<host>");
    assert_eq!(redact_text(&text), "<token>\n[REDACTED]\n<host>");
}
