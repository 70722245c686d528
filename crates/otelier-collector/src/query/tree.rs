//! A query as it is kept.

use super::term::Term;

/// Characters of a query.
pub(crate) const LONGEST: usize = 1000;
/// Terms of a query: as many as there are bits in a [`Mask`].
pub(super) const MOST_TERMS: usize = 64;
/// Groups and negations within each other.
pub(super) const DEEPEST: usize = 16;

/// Which terms hold, a bit each.
pub(super) type Mask = u64;

/// A query; the default holds for everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Query {
    pub(super) terms: Vec<Term>,
    pub(super) tree: Tree,
    /// How many groups of one record there are.
    pub(super) ones: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Tree {
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
