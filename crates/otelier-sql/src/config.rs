//! How the statements of a log are recorded.

use std::borrow::Cow;

use crate::{dialect::Dialect, query_text::QueryText};

/// How the statements that sqlx logs are recorded; the default suits most.
///
/// ```
/// let config = otelier_sql::Config::new().with_system("postgresql");
/// # drop(config);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct Config {
    /// See [`with_system`](Self::with_system).
    pub system: Option<Cow<'static, str>>,
    /// See [`with_dialect`](Self::with_dialect).
    pub dialect: Option<Dialect>,
    /// See [`with_query_text`](Self::with_query_text).
    pub query_text: QueryText,
}

impl Config {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says which database it is, by its `db.system.name`: `postgresql`, `mysql`,
    /// `mariadb`, `cockroachdb`. sqlx does not log it, so without it is
    /// `other_sql`, and the text is read with the care of [`Digest::of_any`].
    /// Statements that come from the thread of a connection to SQLite are of
    /// `sqlite` whatever is said here.
    ///
    /// [`Digest::of_any`]: crate::Digest::of_any
    pub fn with_system(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.system = Some(name.into());
        self
    }

    /// Says by whose rules texts are read, where the system's name does not:
    /// `postgresql`, `cockroachdb`, `mysql`, `mariadb`, `tidb` and `sqlite` do.
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Chooses what `db.query.text` holds.
    pub fn with_query_text(mut self, text: QueryText) -> Self {
        self.query_text = text;
        self
    }
}
