//! What a text does to what: `SELECT orders customers`.

use super::{
    expect::{Expect, Lead},
    keyword::Keyword,
    lexer::Kind,
    words::{is_one_of, name},
    written::Written,
};

/// Collects verbs and their targets.
#[derive(Debug)]
pub(super) struct Summary {
    written: Written,
    /// The current statement has begun.
    has_begun: bool,
    expect: Expect,
    lead: Lead,
    verb: Keyword,
    previous: Keyword,
    /// The last token, if it is no word.
    last_mark: u8,
    /// What stands before the last parenthesis that was opened.
    opened_by: Keyword,
    /// The last token is a part of a target.
    in_target: bool,
    after_dot: bool,
    skips_next: bool,
    depth: u32,
    /// By depth of parentheses: `FROM` leads to tables here.
    selects: u64,
    /// By depth of parentheses: a comma leads to another table here.
    lists: u64,
}

impl Summary {
    pub(super) fn new() -> Self {
        Self {
            written: Written::new(),
            has_begun: false,
            expect: Expect::Verb,
            lead: Lead::Verb,
            verb: Keyword::Other,
            previous: Keyword::Other,
            last_mark: 0,
            opened_by: Keyword::Other,
            in_target: false,
            after_dot: false,
            skips_next: false,
            depth: 0,
            selects: 0,
            lists: 0,
        }
    }

    #[inline]
    fn bit(&self) -> u64 {
        1u64.checked_shl(self.depth).unwrap_or(0)
    }

    /// Whether the name of another table must follow the comma that was the last
    /// token.
    pub(super) fn continues_list(&self) -> bool {
        self.last_mark == b',' && self.expect == Expect::Target
    }

    #[inline]
    pub(super) fn token(&mut self, kind: Kind, keyword: Keyword, text: &str) {
        let keyword = if self.last_mark == b'.' || self.is_alias(keyword) {
            Keyword::Other
        } else {
            keyword
        };
        match kind {
            Kind::Comment => return,
            Kind::Mark(mark) => {
                self.mark(mark);
                self.last_mark = mark;
                if self.expect == Expect::Target && mark == b'(' {
                    // As if it were not there.
                    return;
                }
            }
            // Where only a name can stand, it has become one.
            Kind::Literal | Kind::Placeholder | Kind::Unsure => {
                self.has_begun = true;
                self.in_target = false;
                self.after_dot = false;
                self.last_mark = 0;
                if self.expect == Expect::Target {
                    self.expect = Expect::Nothing;
                }
            }
            Kind::Word | Kind::Name => {
                self.has_begun = true;
                self.word(keyword, text);
                self.last_mark = 0;
            }
        }
        self.previous = keyword;
    }

    /// Whether the word can be a name alone, as after `AS`, unless that leads to
    /// what a table or view is made of.
    fn is_alias(&self, keyword: Keyword) -> bool {
        self.previous == Keyword::As
            && self.last_mark == 0
            && keyword != Keyword::Noise
            && (self.verb != Keyword::Ddl || self.selects != 0)
    }

    fn mark(&mut self, mark: u8) {
        let in_target = std::mem::take(&mut self.in_target);
        self.after_dot = mark == b'.' && in_target;
        match mark {
            b';' if self.expect != Expect::Body => self.end_statement(),
            b'(' => {
                self.opened_by = self.previous;
                self.depth += 1;
                self.selects &= !self.bit();
                self.lists &= !self.bit();
                // `FROM (a JOIN b)`, `JOIN (a, b)`
                if matches!(self.previous, Keyword::From | Keyword::Join) {
                    self.lists |= self.bit();
                    return;
                }
            }
            b')' => self.depth = self.depth.saturating_sub(1),
            b',' if self.expect == Expect::Nothing && self.lists & self.bit() != 0 => {
                self.expect_target(Lead::Table);
                return;
            }
            _ => {}
        }
        if self.expect == Expect::Target {
            self.expect = Expect::Nothing;
        }
    }

    fn word(&mut self, keyword: Keyword, text: &str) {
        let in_target = std::mem::take(&mut self.in_target);
        if std::mem::take(&mut self.after_dot) {
            self.written.push('.', name(text));
            self.in_target = true;
            return;
        }
        if std::mem::take(&mut self.skips_next) {
            return;
        }
        match self.expect {
            Expect::Verb => self.verb(keyword, text),
            Expect::Object => match keyword {
                Keyword::Object => {
                    self.written.push(' ', text);
                    self.expect_target(Lead::Object);
                }
                Keyword::Routine => {
                    self.written.push(' ', text);
                    self.verb = Keyword::Routine;
                    self.expect_target(Lead::Object);
                }
                _ => {}
            },
            Expect::Target => self.target(keyword, text),
            Expect::Tail if matches!(keyword, Keyword::Tail | Keyword::Plain) => {
                self.written.push(' ', text);
            }
            Expect::Tail => self.expect = Expect::End,
            // A name right after a name is an alias, whatever it reads like.
            Expect::Nothing if in_target && keyword == Keyword::Other => {}
            Expect::Nothing => self.inner(keyword, text),
            Expect::End | Expect::Body => {}
        }
    }

    /// The first word of a statement.
    fn verb(&mut self, keyword: Keyword, text: &str) {
        self.verb = keyword;
        self.lead = Lead::Verb;
        if is_one_of(text, &["ANALYZE", "DROP", "LOCK", "TRUNCATE", "VACUUM"]) {
            self.lists |= self.bit();
        }
        self.expect = match keyword {
            Keyword::With => Expect::Nothing,
            Keyword::Explain => {
                self.written.push(' ', text);
                Expect::Verb
            }
            // `EXPLAIN ANALYZE VERBOSE SELECT`
            Keyword::Named if !self.written.is_empty() && is_one_of(text, &["ANALYZE"]) => {
                self.written.push(' ', text);
                Expect::Verb
            }
            Keyword::Ddl if text.eq_ignore_ascii_case("truncate") => {
                self.written.push(' ', text);
                Expect::Target
            }
            Keyword::Ddl => {
                self.written.push(' ', text);
                Expect::Object
            }
            Keyword::Named | Keyword::Object | Keyword::Replace => {
                self.written.push(' ', text);
                if keyword == Keyword::Replace {
                    self.lead = Lead::Insert;
                }
                Expect::Target
            }
            Keyword::Plain | Keyword::Clause => {
                self.written.push(' ', text);
                Expect::Tail
            }
            Keyword::Do => {
                self.written.push(' ', text);
                Expect::Body
            }
            Keyword::Merge | Keyword::Values => {
                self.written.push(' ', text);
                Expect::Nothing
            }
            Keyword::Select | Keyword::Insert | Keyword::Update | Keyword::Delete => {
                self.action(keyword, text);
                return;
            }
            // `EXPLAIN QUERY PLAN SELECT`
            _ if !self.written.is_empty() => Expect::Verb,
            // Nothing that a database would take: its words are no labels.
            _ => Expect::End,
        };
    }

    fn expect_target(&mut self, lead: Lead) {
        self.expect = Expect::Target;
        self.lead = lead;
    }

    /// A name, or a word before it.
    fn target(&mut self, keyword: Keyword, text: &str) {
        let noise = self.lead.noise();
        match keyword {
            Keyword::Exists => {}
            Keyword::Noise if noise.is_none_or(|noise| is_one_of(text, noise)) => {}
            Keyword::Or if self.lead != Lead::Table => self.skips_next = true,
            Keyword::Object if matches!(self.previous, Keyword::Ddl | Keyword::Named) => {
                self.written.push(' ', text);
            }
            // `FROM (TABLE t)`
            Keyword::Object if self.lead == Lead::Table && is_one_of(text, &["TABLE"]) => {
                self.written.push(' ', text);
            }
            Keyword::Other
            | Keyword::Key
            | Keyword::Named
            | Keyword::Noise
            | Keyword::Object
            | Keyword::Plain
            | Keyword::Routine
            | Keyword::Tail => self.name(text),
            Keyword::Ddl
            | Keyword::Delete
            | Keyword::Insert
            | Keyword::Merge
            | Keyword::Replace
            | Keyword::Update
                if self.lead != Lead::Verb =>
            {
                self.name(text);
            }
            Keyword::Clause if self.lead != Lead::Verb && is_one_of(text, &["SET"]) => {
                self.name(text);
            }
            Keyword::Delete | Keyword::Insert | Keyword::Update => self.action(keyword, text),
            _ => {
                self.expect = Expect::Nothing;
                self.inner(keyword, text);
            }
        }
    }

    fn name(&mut self, text: &str) {
        self.written.push(' ', name(text));
        self.in_target = true;
        self.expect = if self.verb == Keyword::Routine {
            Expect::Body
        } else {
            Expect::Nothing
        };
    }

    /// A word in the midst of a statement.
    fn inner(&mut self, keyword: Keyword, text: &str) {
        match keyword {
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
                if self.selects & self.bit() != 0
                    && self.lists & self.bit() == 0
                    && !is_one_of(text, &["JOIN"]) => {}
            Keyword::Join => self.expect_target(Lead::Table),
            Keyword::From
                if self.selects & self.bit() != 0 && self.previous != Keyword::Distinct =>
            {
                self.lists |= self.bit();
                self.expect_target(Lead::Table);
            }
            Keyword::Using if matches!(self.verb, Keyword::Delete | Keyword::Merge) => {
                self.lists |= self.bit();
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
            Keyword::Clause | Keyword::Values => self.lists &= !self.bit(),
            _ => {}
        }
    }

    /// A verb that has its place here.
    fn action(&mut self, keyword: Keyword, text: &str) {
        self.written.push(' ', text);
        if self.verb == Keyword::With && self.depth == 0 {
            self.verb = keyword;
        }
        match keyword {
            // MySQL does without `INTO`.
            Keyword::Insert => self.expect_target(Lead::Insert),
            Keyword::Update => {
                self.selects |= self.bit();
                self.lists |= self.bit();
                self.expect_target(Lead::Update);
            }
            _ => {
                self.selects |= self.bit();
                self.lists &= !self.bit();
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
                    || (self.verb == Keyword::Named && self.depth == 1)
            }
            b')' => self.depth == 0 && matches!(self.verb, Keyword::With | Keyword::Named),
            _ => false,
        }
    }

    fn end_statement(&mut self) {
        if std::mem::take(&mut self.has_begun) {
            self.written.end_statement();
        } else {
            self.written.forget_statement();
        }
        self.expect = Expect::Verb;
        self.verb = Keyword::Other;
        self.depth = 0;
        self.selects = 0;
        self.lists = 0;
    }

    /// The summary, and how many statements there are.
    pub(super) fn finish(mut self) -> (String, usize) {
        self.end_statement();
        self.written.finish()
    }
}
