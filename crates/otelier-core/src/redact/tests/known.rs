//! Secrets that tell themselves, and what only looks like them.

use super::{is_noticed, masks, redact_text};
use crate::redact_query;

/// None of them may show `s3cr3t`, plain, as `Debug` writes it, or alone in a sentence.
#[track_caller]
fn hides(texts: &[&str]) {
    for text in texts {
        is_noticed(text);
        for text in [
            (*text).to_owned(),
            format!("{text:?}"),
            format!("cannot use {text}"),
        ] {
            let redacted = redact_text(&text).to_lowercase();
            assert!(!redacted.contains("s3cr3t"), "{text} -> {redacted}");
        }
    }
}

#[track_caller]
fn keeps(texts: &[&str]) {
    for text in texts {
        assert_eq!(redact_text(text), *text);
    }
}

#[test]
fn credentials_without_a_scheme_are_told_by_the_host_behind_them() {
    masks(&[
        (
            "open ann:s3cr3t@tcp(db:3306)/shop?parseTime=true",
            "open REDACTED:REDACTED@tcp(db:3306)/shop?parseTime=true",
        ),
        (
            "dsn=ann:s3/cr3t@unix(/run/x.sock)/shop",
            "dsn=REDACTED:REDACTED@unix(/run/x.sock)/shop",
        ),
        (
            "\"ann:s3cr3t@/shop\": refused",
            "\"REDACTED:REDACTED@/shop\": refused",
        ),
        ("root:s3cr3t@(db:3306)/", "REDACTED:REDACTED@(db:3306)/"),
        (
            "via ann:s3@cr3t@proxy.example:8080.",
            "via REDACTED:REDACTED@proxy.example:8080.",
        ),
        (
            "jdbc:oracle:thin:ann/s3cr3t@//db:1521/x",
            "REDACTED:REDACTED@//db:1521/x",
        ),
    ]);
    assert_eq!(
        redact_query("dsn=ann%3As3cr3t%40tcp%28db%3A3306%29%2Fshop&x=1"),
        "dsn=REDACTED&x=1"
    );
    keeps(&[
        "contact ann@example.com: 250 ok",
        "mailto:ann@example.com, from:ann@example.com:25",
        "sip:ann@10.0.0.1:5060 registered",
        "[12:00:01] ann@db:22 connected",
        "git@github.com:shop/api.git",
        "scp src/x ann@db:/tmp/x",
        "npm:lodash@4.17.21, foo@npm:1.2.3",
        "nginx:1.25@sha256:0a23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "import x from:\"@/components/x\"",
        "key:@tcp(127.0.0.1:3306)",
        "jdbc:oracle:thin:@db:1521:x",
        "a:b@c",
        "user=ann@example.com:25",
    ]);
}

#[test]
fn keys_of_services_are_found_by_their_newer_prefixes_to_their_end() {
    hides(&[
        "AQ.Ab8RN6s3cr3tJxyzabcdefghijklmnopqrstuvwxyz0123456789ab",
        "ya29.a0AfB_s3cr3tbyC0123456789abcdefghijklmnopqrstuvwxyz",
        "ATATT3xFfGF0s3cr3t0123456789abcdef=S3CR3T01",
        "ATBBs3cr3t0123456789abcdefghijkl",
        "EAABs3cr3tsbCS1iHgBA0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOP",
        "GR1348941s3cr3t0123456789ab",
        "glpat-abcdefs3cr3tabcdefgh.01.0a1s3cr3t",
        "glft-s3cr3t0123456789abc",
        "ghs_123456_eyJhbGciOiJSUzI1NiJ9.s3cr3tyJpc3MiOiIxIn0.s3cr3t",
        "dckr_oat_s3cr3t0123456789abcdef",
        "nfp_s3cr3t0123456789abcdefghijklmnopqrstuvwx",
        "ops_eyJzaWduSW5BZGRyZXNzs3cr3tIjoibXkuMXBhc3N3b3JkLmNvbSJ9",
        "sb_secret_s3cr3t0123456789abcd_abcdefgh",
        "vercel_blob_rw_s3cr3t0123456789_abcdefghijkl",
        "v4.local.s3cr3tOMVcyVh0LBmnZH4pJEYgT6hGiZ6hhT8OKvPXF",
        "v4.public.s3cr3tyJzdWIiOiJqb2huIiwiaWF0IjoxNjcwNDAwMDB9.s3cr3t",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..s3cr3tabc.QR1Owv2ug2WyPBnb.s3cr3t",
        "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFs3cr3t+x/s3cr3t==",
        "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUVzs3cr3tLS0t",
        "client-key-data: LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCk1JSUVzs3cr3tLS0t",
        "$2b$12$s3cr3ts3cr3ts3cr3tuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu",
        "$argon2id$v=19$m=65536,t=3,p=4$s3cr3tsalt$s3cr3thash",
        "https://h/x?SAMLResponse=s3cr3t&auth=s3cr3t",
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3s3cr3t",
        "AKIAIOSFODNN7EXAMPLE:s3cr3t/K7MDENG+bPxRfiCYEXAMPLEKEY012",
        "123456789:AAs3cr3tx-xxxxxxxxxxxxxxxxxxxxxxxxx",
        "https://api.telegram.org/bot123456789:AAs3cr3tx-xxxxxxxxxxxxxxxxxxxxxxxxx/sendMessage",
        "https://hooks.slack.com/services/T00000000/B00000000/s3cr3t",
        "https://discord.com/api/webhooks/123456789012345678/s3cr3t",
        "https://h/x?x-oss-signature=s3cr3t&q-signature=s3cr3t&hmac=s3cr3t",
        "WWW-Authenticate: Negotiate oYG2MIGzoAMs3cr3tKAQ==",
    ]);
    keeps(&[
        "EAA level 2 conformance",
        "ATATT3x",
        "data:image/png;base64,x+EAAC2z2Rlc2MAAAAAAAAAFklFQyBodHRwOi8vd3d3LmllYy5jaAAAAAAAAAAAAAAAFklFQy+x",
        "AQ.short",
        &format!(
            "data:image/jpeg;base64,AAAA+EAAC2z2Rlc2M{}",
            "AAb3".repeat(60)
        ),
        "v4.local.example, v2.public.api",
        "ops_team_2024_budget_report_final",
        "vcp_window_size_1",
        "nfc_reader_2_is_ready",
        "jina_embeddings_v2_base_en",
        "sk-learn-needs-more-data-than-this",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUVz",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "tokio-1.48.0 (index.crates.io-1949cf8c6b5b557f)",
        "claude-sonnet-4-5-20250929, gpt-4o-mini, text-embedding-3-small",
        "id 123456789:AAB, mac 00:AA:bb:cc:dd:ee",
        "https://discord.com/channels/1/2",
        "hooks.slack.com: connection refused",
        "Negotiate failed, NTLM authentication required",
        "hmac mismatch",
        "costs $6$ or $5$, $1$ off",
        "$2b$short",
    ]);
}

#[test]
fn statements_give_no_password_away_without_quotes_either() {
    masks(&[
        ("PRAGMA key = s3cr3t", "PRAGMA key = [REDACTED]"),
        ("PRAGMA rekey='s3cr3t';", "PRAGMA rekey='[REDACTED]';"),
        (
            "ALTER USER ann IDENTIFIED BY s3cr3t ACCOUNT UNLOCK",
            "ALTER USER ann IDENTIFIED BY [REDACTED] ACCOUNT UNLOCK",
        ),
        (
            "SELECT crypt('s3cr3t', gen_salt('bf')), 'x'",
            "SELECT crypt([REDACTED]), 'x'",
        ),
    ]);
    hides(&[
        "PRAGMA hexkey(\"s3cr3t\")",
        "ATTACH DATABASE 'e.db' AS enc KEY 's3cr3t'",
        "CREATE USER IF NOT EXISTS ann IDENTIFIED BY s3cr3t",
        "CREATE USER ann IDENTIFIED BY PASSWORD '*s3cr3t'",
        "ALTER USER ann IDENTIFIED WITH caching_sha2_password AS '$A$005$s3cr3t'",
        "ALTER USER ann IDENTIFIED BY VALUES 'S:s3cr3t'",
        "ALTER USER ann IDENTIFIED BY 's3cr3t' REPLACE 's3cr3t'",
        "SET PASSWORD = s3cr3t",
        "SET LOCAL app.token TO s3cr3t",
        "SET PASSWORD FOR ann = 's3cr3t'",
        "SET PASSWORD FOR 'ann'@'%' = PASSWORD('s3cr3t')",
        "SET PASSWORD FOR ann TO 's3cr3t'",
        "ALTER USER ann WITH PASSWORD E's3cr3t'",
        "ALTER USER ann WITH PASSWORD $$s3cr3t$$",
        "SELECT pgp_sym_decrypt(secret_column, 's3cr3t')",
        "INSERT INTO users (name, password) VALUES ('ann', 's3cr3t'), ('bob', 's3cr3t')",
        "insert into users(token) values('s3cr3t')",
        "CONFIG SET requirepass s3cr3t",
        "bindpw=s3cr3t",
        "\"AUTH\" \"ann\" \"s3cr3t\"",
        "ACL SETUSER ann on >s3cr3t ~* +@all",
        "AUTH PLAIN AGFubgBzM2NyZXQs3cr3t=",
    ]);
    keeps(&[
        "PRAGMA foreign_keys = ON",
        "INSERT INTO users (name, password) VALUES ($1, $2)",
        "INSERT INTO orders (name) VALUES ('ann')",
        "ORDER BY key 'x', PRIMARY KEY: id",
        "create table t (key 'x')",
        "same as that key 'x'",
        "user ann identified by id 7",
        "user identified as 'ann'; redirect to '/home'",
        "SET PASSWORD for user",
        "SET LOCAL search_path TO app, public",
        "set token to expire soon",
        "AUTH failed: NOAUTH Authentication required.",
        "the option requirepass is not set",
        "could not decrypt (os error 5)",
        "bcrypt(cost=12) took 250 ms",
        "fn encrypt(text: &'a str)",
        "ACL SETUSER ann on nopass",
    ]);
}

#[test]
fn lines_of_password_files_and_of_more_tools_are_masked() {
    masks(&[
        (
            "db.example:5432:shop:ann:s3cr3t",
            "db.example:5432:shop:ann:[REDACTED]",
        ),
        ("*:*:*:ann:s3cr3t", "*:*:*:ann:[REDACTED]"),
        (
            "machine h\n  login ann\n  password s3cr3t\n",
            "machine h\n  login ann\n  password [REDACTED]\n",
        ),
        (
            "Server=h;Password=a b s3cr3t;Database=d",
            "Server=h;Password=[REDACTED];Database=d",
        ),
        (
            r#"{"private_key":"-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n","x":1}"#,
            r#"{"private_key":"[REDACTED]","x":1}"#,
        ),
    ]);
    hides(&[
        "ENV API_TOKEN s3cr3t",
        "aws configure set aws_secret_access_key s3cr3t",
        "generated password for ann: s3cr3t",
        "Password for the elastic user: s3cr3t",
        "curl -sSu ann:s3cr3t https://h",
        r#"Command { program: "mysql", args: ["-u", "root", "-ps3cr3t"] }"#,
        r#"Secret { inner: "s3cr3t" }"#,
        r#"Cookie { name: "session", value: "s3cr3t" }"#,
        "curl --cert c.pem:s3cr3t https://h",
        "mysqlslap -ps3cr3t",
        "az login -u a -p s3cr3t",
        "smbclient //h/s -U ann%s3cr3t",
        "snmpwalk -v3 -u u -A s3cr3t h",
        "twine upload -u a -p s3cr3t",
    ]);
    keeps(&[
        "curl -fsSLO https://h",
        "wrong password for ann: retrying, attempt 3",
        "no token for host: skipped",
        "config set colour red",
        r#"Token { kind: Ident, value: "x" }"#,
        r#"Shop { name: "x", value: "y" }"#,
        "postgres:5432: connection refused",
        "main.rs:5432:7: error: x",
        "cron: *:*:0 runs",
        "openssl x509 -in c.pem",
        "a=1;b=2 c; d",
    ]);
}

#[test]
fn what_a_secret_is_compared_with_is_one() {
    masks(&[
        (
            "SELECT * FROM users WHERE token IN ('s3cr3t', 'it''s s3cr3t') AND id IN (1, 2)",
            "SELECT * FROM users WHERE token IN ([REDACTED]) AND id IN (1, 2)",
        ),
        (
            "WHERE u.password NOT LIKE 's3cr3t%' AND name LIKE 'a%'",
            "WHERE u.password NOT LIKE '[REDACTED]' AND name LIKE 'a%'",
        ),
        (
            "WHERE token <> 's3cr3t' AND name <> 'a'",
            "WHERE token <> '[REDACTED]' AND name <> 'a'",
        ),
        (
            "WHERE token != 's3cr3t' AND name != 'a'",
            "WHERE token != '[REDACTED]' AND name != 'a'",
        ),
    ]);
    hides(&[
        "WHERE \"password\" not in('s3cr3t')",
        "WHERE `api_key` ILIKE 's3cr3t'",
        "CREATE SECRET s (TYPE S3, KEY_ID 'a', SECRET 's3cr3t')",
        "assertion failed: token != s3cr3t",
    ]);
    keeps(&[
        "WHERE token IN (SELECT id FROM t)",
        "WHERE token IN ($1, $2)",
        "WHERE token <> ? AND password != $1",
        "WHERE name IN ('a', 'b') AND key LIKE 'a'",
        "a Vec<>, an Option<Token>",
        "left != right",
    ]);
}

#[test]
fn parts_of_private_keys_of_the_web_are_masked() {
    masks(&[(
        r#"{"d":"s3cr3t","kid":"1","kty":"EC","x":"a","y":"b"}"#,
        r#"{"d":"[REDACTED]","kid":"1","kty":"EC","x":"a","y":"b"}"#,
    )]);
    hides(&[
        r#"{"kty":"oct","k":"s3cr3t"}"#,
        r#"{"kty":"RSA","n":"a","e":"AQAB","p":"s3cr3t","q":"s3cr3t","dp":"s3cr3t","dq":"s3cr3t","qi":"s3cr3t"}"#,
        r#"Jwk { "kty": "RSA", "d": "s3cr3t" }"#,
        r#""{\"kty\":\"RSA\",\"d\":\"s3cr3t\"}""#,
    ]);
    keeps(&[
        r#"{"d":"2026-11-30","k":"v","p":3,"q":"rust"}"#,
        r#"{"kty":"RSA","n":"abcdef","e":"AQAB","kid":"1","alg":"RS256","use":"sig"}"#,
    ]);
}

#[test]
fn logins_in_base64_and_in_calls_are_masked() {
    masks(&[
        (
            r#"{"auths":{"registry.example":{"auth":"YW5uOnMzY3IzdA=="}}}"#,
            r#"{"auths":{"registry.example":{"auth":"[REDACTED]"}}}"#,
        ),
        ("_auth=YW5uOnMzY3IzdA==", "_auth=[REDACTED]"),
        (
            r#"Credentials("ann", Some("s3cr3t")), id: "7""#,
            r#"Credentials("[REDACTED]", Some("[REDACTED]")), id: "7""#,
        ),
    ]);
    hides(&[
        r#"BasicAuth("ann", "s3cr3t")"#,
        r#"client.get(url).basic_auth("ann", Some("s3cr3t"))"#,
        r#"Login(Credentials(Some("ann"), Some("s3cr3t")))"#,
        r#"{"device_code":"s3cr3t"}"#,
        "saml: SAMLResponse=s3cr3t",
        "wpa_psk=s3cr3t",
        "openssl enc -aes-256-cbc -k s3cr3t -in f",
    ]);
    keeps(&[
        r#"{"auth":"required","auths":["OAuth2"]}"#,
        "auth: enabled, auth=oauth2, auth: AAAAAAAA",
        "basic_auth(user, password)",
        "openssl s_client -connect h:443 -check",
        "Signature: fn(a) -> b",
    ]);
}

#[test]
fn elements_in_elements_are_masked() {
    masks(&[
        (
            "<password><value>s3cr3t</value></password><id>7</id>",
            "<password><value>[REDACTED]</value></password><id>7</id>",
        ),
        (
            "<property><name>db.password</name><value>s3cr3t</value></property>",
            "<property><name>db.password</name><value>[REDACTED]</value></property>",
        ),
    ]);
    hides(&["<entry>\n<key>token</key>\n<value>s3cr3t</value>\n</entry>"]);
    keeps(&["<property><name>shop</name><value>3</value></property>"]);
}

#[test]
fn what_an_error_quotes_is_masked_where_it_says_what_it_was_for() {
    masks(&[
        (
            "error: invalid value 's3cr3t' for '--password <PASSWORD>': too short",
            "error: invalid value '[REDACTED]' for '--password <PASSWORD>': too short",
        ),
        (
            "invalid type: found string \"s3cr3t\", expected u16 for key \"default.password\"",
            "invalid type: found string \"[REDACTED]\", expected u16 for key \"default.password\"",
        ),
        (
            r#"{"op":"replace","path":"/password","value":"s3cr3t"}"#,
            r#"{"op":"replace","path":"/password","value":"[REDACTED]"}"#,
        ),
    ]);
    hides(&[
        r#"{"field":"password","message":"too short","input":"s3cr3t"}"#,
        r#"{"field":"password","old":"s3cr3t"}"#,
        r#"<input type="password" value="s3cr3t">"#,
        "userPassword:: czNjcjN0s3cr3t",
        "ssh-keygen -N s3cr3t -f k",
        "etcdctl --user ann:s3cr3t get a",
        "useradd -p s3cr3t ann",
    ]);
    keeps(&[
        "error: invalid value 'x' for '--port <PORT>': too short",
        "invalid type: found string \"x\", expected u16 for key \"default.port\"",
        "invalid type: string \"x\", expected u64 at line 1 column 30",
        r#"{"type":"token","value":"x"}"#,
        r#"{"op":"replace","path":"/name","value":"x"}"#,
        "shop::token::Kind, shop::secret:: is private",
    ]);
}
