//! Traces as text for a terminal, and as a picture.

pub(crate) mod forest;
mod line;
mod picture;
pub(crate) mod text;
pub(crate) mod tree;

pub use self::{text::Style, tree::Detail};

#[cfg(test)]
mod tests;
