//! Traces as text for a terminal, and as a picture.

mod forest;
mod line;
mod picture;
mod text;
mod tree;

pub use self::text::Style;

#[cfg(test)]
mod tests;
