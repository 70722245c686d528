//! Which attribute keys name a secret.

/// What stands in the place of a secret's value.
pub const REDACTED: &str = "[REDACTED]";

/// Words that make a key secret wherever they stand in it.
const SECRET: [&str; 17] = [
    "apikey",
    "apitoken",
    "authorization",
    "authtoken",
    "accesstoken",
    "bearer",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pwd",
    "secret",
    "secrets",
];

/// Words that make a key secret when `key` or `keys` follows.
const SECRET_KEY: [&str; 7] = [
    "access",
    "account",
    "api",
    "encryption",
    "private",
    "signing",
    "ssh",
];

/// Tells whether an attribute's key names a secret, such as `authorization`,
/// `db.password`, `x-api-key`, `apiKey` or `session_token`.
///
/// A key is read as words, cut at anything that is not a letter or digit and
/// where lower case meets upper case. `token` counts as the last word only, so
/// that `max_tokens`, `token_count` and `token.type` are left alone.
///
/// # Cost
/// One pass over the key, no allocation.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    let mut previous = "";
    for word in words(key) {
        let follows_secret = || SECRET_KEY.iter().any(|s| s.eq_ignore_ascii_case(previous));
        if SECRET.iter().any(|s| s.eq_ignore_ascii_case(word)) || (is_key(word) && follows_secret())
        {
            return true;
        }
        previous = word;
    }
    previous.eq_ignore_ascii_case("token")
}

fn is_key(word: &str) -> bool {
    word.eq_ignore_ascii_case("key") || word.eq_ignore_ascii_case("keys")
}

fn words(key: &str) -> impl Iterator<Item = &str> {
    key.split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(camel_words)
        .filter(|word| !word.is_empty())
}

/// Cuts `apiKeyID` into `api`, `Key`, `ID`; `APIKey` stays whole up to `Key`.
fn camel_words(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let bytes = rest.as_bytes();
        let boundary = (1..bytes.len()).find(|&at| {
            let (Some(before), Some(here)) = (bytes.get(at - 1), bytes.get(at)) else {
                return false;
            };
            let next_is_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            here.is_ascii_uppercase()
                && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next_is_lower))
        });
        let (word, tail) = match boundary {
            Some(at) => rest.split_at_checked(at)?,
            None if rest.is_empty() => return None,
            None => (rest, ""),
        };
        rest = tail;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn keys_that_name_a_secret_are_found() {
        for key in [
            "authorization",
            "Authorization",
            "http.request.header.authorization",
            "http.request.header.proxy-authorization",
            "http.request.header.set-cookie",
            "cookie",
            "api_key",
            "apikey",
            "apiKey",
            "APIKey",
            "x-api-key",
            "openai_api_key",
            "access_token",
            "refreshToken",
            "csrf-token",
            "token",
            "github.token",
            "db.password",
            "dbPassword",
            "client_secret",
            "secrets.stripe",
            "aws.secret_access_key",
            "private_key",
            "credential",
            "bearer",
        ] {
            assert!(is_secret(key), "{key} should be secret");
        }
    }

    #[test]
    fn keys_that_only_sound_like_one_are_left_alone() {
        for key in [
            "",
            "max_tokens",
            "token_count",
            "token.type",
            "token_usage",
            "gen_ai.usage.input_tokens",
            "tokenizer",
            "author",
            "key",
            "cache.key",
            "primary_key",
            "messaging.kafka.message.key",
            "secretary",
            "http.route",
            "db.query.text",
        ] {
            assert!(!is_secret(key), "{key} should not be secret");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_key_is_judged_without_a_panic(key in ".*") {
            let _ = is_secret(&key);
        }
    }
}
