//! What may be told of an SQL text: the text without its values, and a summary of
//! what it does; and spans of the statements that sqlx logs, whoever owns the pool.
//!
//! ```
//! use otelier_sql::{Dialect, Digest};
//!
//! let sql = "SELECT * FROM orders o JOIN customers c ON c.id = o.customer \
//!            WHERE c.name = 'Ada' AND o.id IN (1, 2, 3) -- hers";
//! let digest = Digest::of(sql, Dialect::Postgres);
//! assert_eq!(digest.summary(), "SELECT orders customers");
//! assert_eq!(
//!     digest.text(),
//!     "SELECT * FROM orders o JOIN customers c ON c.id = o.customer \
//!      WHERE c.name = ? AND o.id IN (?) ",
//! );
//! ```
//!
//! With the feature `layer`, a layer records what sqlx logs:
//!
//! ```
//! # #[cfg(feature = "layer")]
//! # {
//! use otelier_sql::Config;
//! use tracing_subscriber::layer::SubscriberExt as _;
//!
//! let config = Config::new().with_system("postgresql");
//! let subscriber = tracing_subscriber::registry().with(otelier_sql::layer(config));
//! # drop(subscriber);
//! # }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod any;
mod config;
mod dialect;
mod digest;
mod expect;
mod keyword;
#[cfg(feature = "layer")]
mod layer;
mod letter;
mod lexer;
mod nesting;
mod query_text;
mod reader;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
#[cfg(feature = "layer")]
mod record;
mod sanitizer;
mod summary;
#[cfg(test)]
mod tests;
mod texts;
mod unsure;
mod words;
mod written;

pub use self::config::Config;
pub use self::dialect::Dialect;
pub use self::digest::{Digest, MAX_TEXT};
#[cfg(feature = "layer")]
pub use self::layer::layer;
pub use self::query_text::QueryText;
pub use self::texts::Texts;
