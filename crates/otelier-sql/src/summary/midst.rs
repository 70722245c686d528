//! Words in the midst of a statement, where few of them mean anything.

use super::Summary;
use crate::{
    expect::{Expect, Lead},
    keyword::Keyword,
    words::is_one_of,
};

impl Summary {
    /// A word in the midst of a statement.
    pub(super) fn inner(&mut self, keyword: Keyword, text: &str) {
        match keyword {
            // `INDEX FOR JOIN (a)`, `POLICY a ON b FOR SELECT`
            Keyword::Join | Keyword::Clause | Keyword::Select if self.previous == Keyword::For => {}
            Keyword::Select => self.action(keyword, text),
            // Elsewhere they are names, functions, or what `ON CONFLICT DO` does.
            Keyword::Delete | Keyword::Insert | Keyword::Update if self.can_be_verb() => {
                self.action(keyword, text);
            }
            Keyword::Merge if self.can_be_verb() => {
                self.written.push(' ', text);
                self.verb = keyword;
            }
            Keyword::Replace if self.can_be_verb() => {
                self.written.push(' ', text);
                self.expect_target(Lead::Insert);
            }
            Keyword::Into if self.verb == Keyword::Select => self.expect_target(Lead::Into),
            Keyword::Into => self.expect_target(Lead::Insert),
            // Behind `SELECT` it is no join.
            Keyword::Join
                if self.nesting.is_select()
                    && !self.nesting.is_list()
                    && !is_one_of(text, &["JOIN"]) => {}
            Keyword::Join => self.expect_target(Lead::Table),
            Keyword::From if self.nesting.is_select() && self.previous != Keyword::Distinct => {
                self.nesting.begin_list();
                self.expect_target(Lead::Table);
            }
            Keyword::Using if matches!(self.verb, Keyword::Delete | Keyword::Merge) => {
                self.nesting.begin_list();
                self.expect_target(Lead::Table);
            }
            // `INSERT INTO t TABLE u`, `SELECT 1 UNION TABLE u`
            Keyword::Object if is_one_of(text, &["TABLE"]) && self.verb != Keyword::Ddl => {
                self.written.push(' ', text);
                self.expect_target(Lead::Table);
            }
            Keyword::Object if self.previous == Keyword::As && is_one_of(text, &["TABLE"]) => {
                self.written.push(' ', text);
                self.expect_target(Lead::Table);
            }
            // `ON DUPLICATE KEY UPDATE a = 1, b = 2`, `FOR UPDATE OF a, b`
            Keyword::Clause | Keyword::Update | Keyword::Values => self.nesting.end_list(),
            Keyword::Stdin if self.verb == Keyword::Named => {
                self.reads_rows |= self.previous == Keyword::From;
            }
            _ => {}
        }
    }

    /// A word in the parentheses behind a verb: of `VACUUM (FULL)` it is an option, but
    /// `COPY (SELECT ..)` has a statement there.
    pub(super) fn option(&mut self, keyword: Keyword, text: &str) {
        let is_statement = match keyword {
            Keyword::Object => is_one_of(text, &["TABLE"]),
            keyword => matches!(
                keyword,
                Keyword::Delete
                    | Keyword::Insert
                    | Keyword::Merge
                    | Keyword::Select
                    | Keyword::Update
                    | Keyword::Values
                    | Keyword::With
            ),
        };
        if is_statement && self.last_mark == b'(' {
            self.expect = Expect::Nothing;
            self.inner(keyword, text);
        }
    }

    /// A verb that has its place here.
    pub(super) fn action(&mut self, keyword: Keyword, text: &str) {
        self.written.push(' ', text);
        if self.verb == Keyword::With && self.nesting.depth == 0 {
            self.verb = keyword;
        }
        match keyword {
            // MySQL does without `INTO`.
            Keyword::Insert => self.expect_target(Lead::Insert),
            Keyword::Update => {
                self.nesting.begin_select();
                self.nesting.begin_list();
                self.expect_target(Lead::Update);
            }
            _ => {
                self.nesting.begin_select();
                self.nesting.end_list();
                self.expect = Expect::Nothing;
            }
        }
    }

    /// Whether `DELETE` and its like have their place here: at the beginning of
    /// what `WITH` names, `COPY` copies or `EXPLAIN` explains, and behind it.
    fn can_be_verb(&self) -> bool {
        match self.last_mark {
            b'(' => {
                matches!(self.opened_by, Keyword::As | Keyword::Noise)
                    || (self.verb == Keyword::Named && self.nesting.depth == 1)
            }
            b')' => self.nesting.depth == 0 && matches!(self.verb, Keyword::With | Keyword::Named),
            _ => false,
        }
    }
}
