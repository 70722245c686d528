//! What services asked of language models: conversations, and what was said in them.

mod list;
mod message;
mod one;
mod said;
mod step;
mod talk;
#[cfg(test)]
mod tests;

pub(super) use self::{list::answer as all, one::answer as one};
