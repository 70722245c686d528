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
    "admin", "auth", "client", "confirm", "current", "database", "db", "email", "ftp", "http",
    "imap", "key", "ldap", "login", "mail", "master", "my", "mysql", "new", "old", "pg",
    "postgres", "proxy", "redis", "repeat", "root", "smtp", "ssh", "store", "sudo", "user", "wifi",
];

/// Whose `key` is a secret.
const LOCKS: &[&str] = &[
    "access",
    "account",
    "aes",
    "api",
    "app",
    "auth",
    "consumer",
    "crypto",
    "decryption",
    "deploy",
    "encryption",
    "hmac",
    "license",
    "master",
    "private",
    "secret",
    "service",
    "session",
    "shared",
    "signing",
    "ssh",
    "storage",
    "subscription",
    "symmetric",
];

/// Whose `tokens` are no counts.
const DOORS: &[&str] = &[
    "access", "api", "auth", "bearer", "csrf", "device", "id", "oauth", "refresh", "reset",
    "secret", "security", "session", "xsrf",
];

pub(super) const STEMS: [Stem; 25] = [
    stem("authorization", Before::Any, After::Any),
    stem("bearer", Before::Any, After::Word),
    stem("cookie", Before::Any, After::Word),
    stem("credential", Before::Any, After::Any),
    stem("csrf", Before::Start(&[]), After::Key),
    stem("jwt", Before::Start(&[]), After::Key),
    stem("key", Before::Word(LOCKS), After::Word),
    stem("pass", Before::Start(OWNERS), After::Key),
    stem("pass", Before::Start(OWNERS), After::Then("code")),
    stem("pass", Before::Start(OWNERS), After::Then("phrase")),
    stem("pass", Before::Start(OWNERS), After::Then("word")),
    stem("passcode", Before::Any, After::Word),
    stem("passkey", Before::Start(&[]), After::Word),
    stem("passphrase", Before::Any, After::Any),
    stem("passwd", Before::Any, After::Any),
    stem("password", Before::Any, After::Any),
    stem("pw", Before::Start(OWNERS), After::Key),
    stem("pwd", Before::Any, After::Word),
    stem("secret", Before::Any, After::Word),
    stem("secret", Before::Any, After::Then("key")),
    stem("sessid", Before::Any, After::Word),
    stem("session", Before::Any, After::Then("id")),
    stem("token", Before::Any, After::Key),
    stem("tokens", Before::Word(DOORS), After::Key),
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

/// Words at the end of a key that say nothing of what it names.
pub(super) const TRAILERS: [&str; 25] = [
    "b64",
    "base64",
    "current",
    "dev",
    "hash",
    "header",
    "hex",
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
