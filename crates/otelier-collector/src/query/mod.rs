//! One language for whoever looks for something: the page, the view, the command line.
//!
//! A query is parsed into terms, each of which holds for a record or not, and a tree that joins
//! them. Looking is linear in the records; a query has no more than 64 terms.

mod matching;
mod needle;
mod parse;
mod print;
mod term;
mod tree;

pub(crate) use self::{
    matching::Record,
    needle::Needle,
    parse::BadQuery,
    tree::{LONGEST, Query},
};

#[cfg(test)]
mod tests;
