use super::*;

/// Keys that name a secret; docs/security.md shows them.
pub(in crate::redact) const SECRET: [&str; 107] = [
    "authorization",
    "Authorization",
    "proxy-authorization",
    "http.request.header.authorization",
    "http.request.header.set-cookie",
    "cookie",
    "sessionCookie",
    "password",
    "PassWord",
    "PASSWORD",
    "password1",
    "newpassword",
    "userpassword",
    "db.password",
    "dbPassword",
    "password_hash",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "userPwd",
    "pw",
    "pass",
    "dbpass",
    "user_pass",
    "smtp.pass",
    "keypass",
    "secret",
    "secrets.stripe",
    "client_secret",
    "clientsecret",
    "appsecret",
    "SECRET_KEY",
    "secretkey",
    "secretKeyBase",
    "credential",
    "awscredentials",
    "api_key",
    "apikey",
    "apiKey",
    "APIKey",
    "APIKeyID",
    "x-api-key",
    "openai_api_key",
    "api_key_2",
    "aws.secret_access_key",
    "accesskey",
    "accessKeyId",
    "private_key",
    "privatekey",
    "signingKey",
    "encryptionkey",
    "ssh_key",
    "storageAccountKey",
    "sharedKey",
    "token",
    "tokens[0]token",
    "token2",
    "tokenv2",
    "tokenvalue",
    "token%5B0%5D",
    "TOKEN_PROD",
    "access_tokenv1",
    "pass_word",
    "pass-phrase",
    "dbpw",
    "jwt",
    "hmac_key",
    "sessionKey",
    "DB_PASS_PROD",
    "token_v1",
    "token_value",
    "github.token",
    "access_token",
    "access_token_v1",
    "accessTokens",
    "refreshToken",
    "refreshtoken",
    "sessiontoken",
    "session_token",
    "csrftoken",
    "csrf-token",
    "X-XSRF",
    "idtoken",
    "bearer",
    "sessionid",
    "JSESSIONID",
    "PHPSESSID",
    "client_assertion",
    "code_verifier",
    "github_pat",
    "id_token_hint",
    "jwt_key",
    "openai_key",
    "priv_key",
    "privKey",
    "pswd",
    "requirepass",
    "SharedAccessSignature",
    "stripe_key",
    "webhook_key",
    "otp",
    "totp",
    "card.cvc",
    "cvv2",
    "mnemonic",
    "x-functions-key",
];

/// Keys that only sound like one.
pub(in crate::redact) const HARMLESS: [&str; 62] = [
    "",
    "author",
    "authority",
    "bypass",
    "cache.key",
    "code",
    "compass",
    "cooked",
    "db.query.text",
    "gen_ai.token.type",
    "gen_ai.usage.input_tokens",
    "http.route",
    "input_tokens",
    "key",
    "key_id",
    "keyboard",
    "mcp.session.id",
    "max_tokens",
    "maxTokens",
    "messaging.kafka.message.key",
    "monkey",
    "monkeyKey",
    "partition_key",
    "pass_rate",
    "passed",
    "passenger",
    "passengers.count",
    "passive",
    "passwordless",
    "primary_key",
    "prompt_tokens",
    "public_key",
    "secretary",
    "secretion",
    "session",
    "session.id",
    "session_identity",
    "status_code",
    "surpass",
    "token.type",
    "token_count",
    "token_type",
    "token_usage",
    "tokenizer",
    "tokens",
    "total_tokens",
    "turkey",
    "zip_code",
    "api_key_count",
    "cookie_consent",
    "cookie_policy",
    "credentials_provider",
    "password_expired",
    "password_file",
    "password_length",
    "passwordPolicy",
    "private_key_path",
    "secret_version",
    "otp_enabled",
    "option",
    "footprint",
    "hotpath",
];

#[test]
fn keys_that_name_a_secret_are_found() {
    for key in SECRET {
        assert!(is_secret(key), "{key} should be secret");
        assert_eq!(treatment(key), Treatment::Hide);
    }
}

#[test]
fn keys_that_only_sound_like_one_are_left_alone() {
    for key in HARMLESS {
        assert!(!is_secret(key), "{key} should not be secret");
    }
}

/// The names of the conventions 1.44 that hold a word of the table.
const CONVENTIONS: [&str; 23] = [
    "aspnetcore.authentication.result",
    "aspnetcore.authentication.scheme",
    "aspnetcore.authorization.policy",
    "aspnetcore.authorization.result",
    "aspnetcore.identity.token_purpose",
    "aspnetcore.identity.token_verified",
    "aspnetcore.user.is_authenticated",
    "aws.s3.key",
    "aws.secretsmanager.secret.arn",
    "feature_flag.key",
    "gen_ai.request.max_tokens",
    "gen_ai.token.type",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.completion_tokens",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    "mcp.session.id",
    "messaging.kafka.message.key",
    "messaging.rocketmq.message.keys",
    "process.session_leader.pid",
    "session.previous_id",
];

#[test]
fn no_name_of_the_conventions_is_a_secret() {
    for key in CONVENTIONS {
        assert!(!is_secret(key), "{key} should not be secret");
    }
    assert!(names_secret(b"session.id"), "in a text it is one");
}

#[test]
fn the_documentation_shows_both_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/security.md");
    // The package alone has no documentation beside it.
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    let (_, keys) = text.split_once("### Keys").unwrap();
    let (secret, rest) = keys.split_once("These do not:").unwrap();
    let (harmless, _) = rest.split_once("### Texts").unwrap();
    for (shown, table) in [(secret, &SECRET[..]), (harmless, &HARMLESS)] {
        for key in table.iter().filter(|key| !key.is_empty()) {
            assert!(shown.contains(&format!("`{key}`")), "{key}");
        }
    }
}

#[test]
fn the_tables_are_in_order() {
    assert!(CLOSED.is_sorted() && CONVENTIONAL.is_sorted());
    for key in CLOSED {
        assert_eq!(treatment(key), Treatment::Keep, "{key}");
    }
    for stem in STEMS {
        assert!(is_stem_start(stem.text.as_bytes(), 0), "{}", stem.text);
    }
}

proptest::proptest! {
    #[test]
    fn any_key_is_judged_without_a_panic(key in ".*") {
        let _ = treatment(&key);
    }
}
