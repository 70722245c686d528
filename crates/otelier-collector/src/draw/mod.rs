//! Traces as text for a terminal, and as a picture.

mod forest;
mod line;
mod picture;
mod text;
mod tree;

pub(crate) use self::text::clean;
pub use self::{text::Style, tree::Detail};

#[cfg(test)]
mod tests;
