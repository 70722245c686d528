//! One language for whoever looks for something: the page, the view, the command line.
//!
//! A query is parsed into terms, each of which holds for a record or not, and a tree that joins
//! them. Looking is linear in the records; a query has no more than [`MOST_TERMS`] terms.

mod matching;
mod needle;
mod parse;
mod print;
mod term;

pub(crate) use self::{matching::Record, needle::Needle, parse::BadQuery};

use self::term::Term;

/// Characters of a query.
pub(crate) const LONGEST: usize = 1000;
/// Terms of a query: as many as there are bits in a [`Mask`].
const MOST_TERMS: usize = 64;
/// Groups and negations within each other.
const DEEPEST: usize = 16;

/// Which terms hold, a bit each.
type Mask = u64;

/// A query; the default holds for everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Query {
    terms: Vec<Term>,
    tree: Tree,
    /// How many groups of one record there are.
    ones: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
enum Tree {
    #[default]
    All,
    /// The place of a term.
    Term(usize),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    /// All of it in one record; the place among such groups.
    One(usize, Box<Self>),
}

impl Query {
    /// Whether it holds for everything.
    pub(crate) const fn is_all(&self) -> bool {
        matches!(self.tree, Tree::All)
    }
}

#[cfg(test)]
mod tests;
