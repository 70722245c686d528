//! How a pool is recorded.

use std::borrow::Cow;

use otelier_sql::QueryText;

/// How a pool is recorded; the default suits most.
///
/// ```
/// use otelier_sqlx::{Config, QueryText};
///
/// let config = Config::new().with_pool_name("orders").with_query_text(QueryText::Off);
/// // Pool::with_config(pool, config)
/// # let _ = config;
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct Config {
    /// See [`with_pool_name`](Self::with_pool_name).
    pub pool_name: Option<Cow<'static, str>>,
    /// See [`with_system_name`](Self::with_system_name).
    pub system_name: Option<Cow<'static, str>>,
    /// See [`with_query_text`](Self::with_query_text).
    pub query_text: QueryText,
    /// See [`with_comments`](Self::with_comments).
    pub comments: Comments,
}

/// Whether statements carry their trace to the database.
///
/// ```
/// use otelier_sqlx::{Comments, Config};
///
/// let config = Config::new().with_comments(Comments::TraceParent);
/// # let _ = config;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comments {
    /// The text that is sent is the text that was given, byte for byte.
    #[default]
    Off,
    /// `/*traceparent='..'*/` is appended ([SQLCommenter]), so that the database's
    /// own logs and views name the trace.
    ///
    /// Each statement then is a text of its own. It is not kept as a prepared
    /// statement, as the cache would fill with statements that never come
    /// again; so the database parses and plans every one of them anew. Statements that
    /// were prepared by the program, or hold a comment already, are sent as they are.
    ///
    /// [SQLCommenter]: https://google.github.io/sqlcommenter/
    TraceParent,
}

impl Config {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the pool in metrics. By default it is `address:port/database`.
    pub fn with_pool_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.pool_name = Some(name.into());
        self
    }

    /// Says which system it is that speaks the driver's protocol: `cockroachdb`, `tidb`. By
    /// default it is `postgresql`, `sqlite`, or what the server itself answers: `mysql` or
    /// `mariadb`.
    pub fn with_system_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.system_name = Some(name.into());
        self
    }

    /// Chooses what `db.query.text` holds.
    pub fn with_query_text(mut self, text: QueryText) -> Self {
        self.query_text = text;
        self
    }

    /// Chooses whether statements carry their trace to the database.
    pub fn with_comments(mut self, comments: Comments) -> Self {
        self.comments = comments;
        self
    }
}
