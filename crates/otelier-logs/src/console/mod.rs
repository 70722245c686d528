//! The layer that prints events, one line each.

mod digits;
mod escape;
mod filter;
mod format;
mod json;
mod layer;
mod panics;
mod text;
mod time;
mod values;
mod written;

pub use self::filter::console_filter;
pub use self::format::{Color, Datadog, Format, UnknownFormat};
pub use self::layer::Console;
