//! Traces as text for a terminal.

mod forest;
mod line;
mod text;
mod tree;

pub use self::text::Style;

#[cfg(test)]
mod tests;
