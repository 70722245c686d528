//! The layer that prints events, one line each.

mod digits;
mod escape;
#[cfg_attr(not(feature = "env-filter"), path = "no_expressions.rs")]
mod expressions;
mod filter;
mod format;
mod json;
mod layer;
mod panics;
#[cfg(all(test, feature = "env-filter"))]
#[path = "no_expressions.rs"]
mod plain;
mod text;
mod time;
mod values;
mod written;

pub use self::filter::{ConsoleDirectives, console_filter};
pub use self::format::{Color, Datadog, Format, UnknownFormat};
pub use self::layer::Console;
