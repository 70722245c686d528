//! The words that name secrets, and those that only sound so: one table.

/// What a stem may have in front of it, in the same run of letters.
#[derive(Clone, Copy)]
pub(super) enum Before {
    /// Anything: the stem is no part of another word.
    Any,
    /// Nothing, or one of these words.
    Start(&'static [&'static str]),
    /// One of these words, also as a word of its own.
    Word(&'static [&'static str]),
}

/// What may follow a stem.
#[derive(Clone, Copy)]
pub(super) enum After {
    Any,
    /// The end of its word, also in the plural.
    Word,
    /// The end of the key.
    Key,
    /// This word, also as a word of its own.
    Then(&'static str),
}

pub(super) struct Stem {
    pub(super) text: &'static str,
    pub(super) before: Before,
    pub(super) after: After,
}

const fn stem(text: &'static str, before: Before, after: After) -> Stem {
    Stem {
        text,
        before,
        after,
    }
}

/// Who may be asked for a `pass`.
const OWNERS: &[&str] = &[
    "admin", "auth", "bind", "client", "confirm", "current", "database", "db", "email", "ftp",
    "http", "imap", "key", "ldap", "login", "mail", "master", "my", "mysql", "new", "old", "pg",
    "postgres", "proxy", "redis", "repeat", "require", "root", "smtp", "ssh", "store", "sudo",
    "user", "wifi",
];

/// Whose `key` is a secret.
const LOCKS: &[&str] = &[
    "access",
    "account",
    "aes",
    "api",
    "app",
    "auth",
    "cipher",
    "consumer",
    "crypto",
    "decryption",
    "deploy",
    "encryption",
    "functions",
    "hmac",
    "instrumentation",
    "jwt",
    "license",
    "master",
    "openai",
    "pragma",
    "pragma hex",
    "pragma hexre",
    "pragma re",
    "priv",
    "private",
    "secret",
    "service",
    "session",
    "shared",
    "signing",
    "ssh",
    "storage",
    "stripe",
    "subscription",
    "symmetric",
    "webhook",
];

/// Whose `tokens` are no counts.
const DOORS: &[&str] = &[
    "access", "api", "auth", "bearer", "csrf", "device", "id", "oauth", "refresh", "reset",
    "secret", "security", "session", "xsrf",
];

pub(super) const STEMS: [Stem; 35] = [
    stem("assertion", Before::Word(&["client", "saml"]), After::Key),
    stem("authorization", Before::Any, After::Any),
    stem("bearer", Before::Any, After::Word),
    stem("cookie", Before::Any, After::Word),
    stem("credential", Before::Any, After::Any),
    stem("csrf", Before::Start(&[]), After::Key),
    stem("cvc", Before::Start(&[]), After::Key),
    stem("cvv", Before::Start(&[]), After::Key),
    stem("jwt", Before::Start(&[]), After::Key),
    stem("key", Before::Word(LOCKS), After::Word),
    stem("mnemonic", Before::Start(&[]), After::Key),
    stem("otp", Before::Start(&["h", "t"]), After::Key),
    stem("pass", Before::Start(OWNERS), After::Key),
    stem("pass", Before::Start(OWNERS), After::Then("code")),
    stem("pass", Before::Start(OWNERS), After::Then("phrase")),
    stem("pass", Before::Start(OWNERS), After::Then("word")),
    stem("passcode", Before::Any, After::Word),
    stem("passkey", Before::Start(&[]), After::Word),
    stem("passphrase", Before::Any, After::Any),
    stem("passwd", Before::Any, After::Any),
    stem("password", Before::Any, After::Any),
    stem(
        "pat",
        Before::Word(&["azure", "github", "gitlab"]),
        After::Key,
    ),
    stem("psk", Before::Start(&["wifi", "wpa"]), After::Key),
    stem("pswd", Before::Any, After::Word),
    stem("pw", Before::Start(OWNERS), After::Key),
    stem("pwd", Before::Any, After::Word),
    stem("secret", Before::Any, After::Word),
    stem("secret", Before::Any, After::Then("key")),
    stem("sessid", Before::Any, After::Word),
    stem("session", Before::Any, After::Then("id")),
    stem("signature", Before::Word(&["access"]), After::Key),
    stem("token", Before::Any, After::Key),
    stem("tokens", Before::Word(DOORS), After::Key),
    stem("verifier", Before::Word(&["code", "oauth"]), After::Key),
    stem("xsrf", Before::Start(&[]), After::Key),
];

/// Words that hold a stem and are none.
pub(super) const INNOCENT: [&str; 5] = [
    "betoken",
    "credentialed",
    "credentialless",
    "passwordless",
    "unbearer",
];

/// Last words of a key that tell something about a secret, which is none itself.
pub(super) const ABOUT: [&str; 17] = [
    "age", "banner", "changed", "consent", "count", "enabled", "endpoint", "expired", "expiry",
    "file", "length", "path", "policy", "provider", "required", "strength", "version",
];

/// Words at the end of a key that say nothing of what it names.
pub(super) const TRAILERS: [&str; 26] = [
    "b64",
    "base64",
    "current",
    "dev",
    "hash",
    "header",
    "hex",
    "hint",
    "live",
    "new",
    "old",
    "plain",
    "prod",
    "production",
    "raw",
    "ro",
    "rw",
    "stage",
    "staging",
    "str",
    "string",
    "test",
    "text",
    "val",
    "value",
    "values",
];

/// Names of the semantic conventions that sound like a secret and are none, as
/// keys of attributes.
pub(super) const CONVENTIONAL: [&str; 5] = [
    "aspnetcore.authorization.policy",
    "aspnetcore.authorization.result",
    "aws.secretsmanager.secret.arn",
    "mcp.session.id",
    "session.id",
];

/// Names of the semantic conventions whose values come from a closed set, or
/// from who wrote the program, so that nobody looks for a secret in them.
pub(super) const CLOSED: [&str; 22] = [
    "code.file.path",
    "code.function.name",
    "db.operation.name",
    "db.system.name",
    "error.type",
    "http.method",
    "http.request.method",
    "http.route",
    "http.scheme",
    "messaging.destination.name",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.system",
    "network.peer.address",
    "network.protocol.name",
    "network.protocol.version",
    "network.transport",
    "network.type",
    "otel.scope.name",
    "rpc.system.name",
    "thread.name",
    "url.scheme",
];
