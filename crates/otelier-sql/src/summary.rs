//! What a text does to what: `SELECT orders customers`.

mod midst;

use super::{
    expect::{Expect, Lead},
    keyword::Keyword,
    lexer::Kind,
    nesting::Nesting,
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
    /// The statement is a `CREATE`, of what may have a body.
    creates: bool,
    /// The statement is a `COPY .. FROM STDIN`.
    reads_rows: bool,
    previous: Keyword,
    /// The last token, if it is no word.
    last_mark: u8,
    /// What stands before the last parenthesis that was opened.
    opened_by: Keyword,
    /// The last token is a part of a target.
    in_target: bool,
    after_dot: bool,
    skips_next: bool,
    nesting: Nesting,
}

impl Summary {
    pub(super) fn new() -> Self {
        Self {
            written: Written::new(),
            has_begun: false,
            expect: Expect::Verb,
            lead: Lead::Verb,
            verb: Keyword::Other,
            creates: false,
            reads_rows: false,
            previous: Keyword::Other,
            last_mark: 0,
            opened_by: Keyword::Other,
            in_target: false,
            after_dot: false,
            skips_next: false,
            nesting: Nesting::default(),
        }
    }

    /// Whether the name of a table must follow the comma or parenthesis that was the
    /// last token.
    pub(super) fn continues_list(&self) -> bool {
        match self.last_mark {
            b',' => self.expect == Expect::Target,
            b'(' => self.expect == Expect::Target && self.lead == Lead::Table,
            _ => false,
        }
    }

    /// Whether what follows the end of this statement is no SQL: rows for `COPY .. FROM
    /// STDIN`, as in a dump.
    pub(super) fn is_before_rows(&self) -> bool {
        self.reads_rows
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
            && (self.verb != Keyword::Ddl || self.nesting.has_select())
    }

    fn mark(&mut self, mark: u8) {
        let in_target = std::mem::take(&mut self.in_target);
        self.after_dot = mark == b'.' && in_target;
        match mark {
            b';' if self.expect != Expect::Body => self.end_statement(),
            b'(' => {
                self.opened_by = self.previous;
                self.nesting.open();
                if self.expect == Expect::Target {
                    // `FROM (a JOIN b)`, `JOIN (a, b)`, `FROM a, (b JOIN c)`
                    let is_table = matches!(self.lead, Lead::Table | Lead::Update);
                    if is_table && self.previous != Keyword::Using {
                        self.nesting.begin_list();
                        return;
                    }
                    // `VACUUM (FULL, ANALYZE) a`, but `COPY (SELECT ..)`
                    if self.previous == Keyword::Named && self.nesting.depth == 1 {
                        self.expect = Expect::Options;
                    }
                }
            }
            b')' => {
                self.nesting.close();
                if self.expect == Expect::Options && self.nesting.depth == 0 {
                    self.expect = Expect::Target;
                    return;
                }
            }
            b',' if self.expect == Expect::Nothing && self.nesting.is_list() => {
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
                    if self.creates {
                        self.verb = Keyword::Routine;
                    }
                    self.expect_target(Lead::Object);
                }
                // Of privileges and settings.
                Keyword::Other
                    if self.previous == Keyword::Ddl && is_one_of(text, &["DEFAULT", "SYSTEM"]) =>
                {
                    self.expect = Expect::End;
                }
                _ => {}
            },
            Expect::Target => self.target(keyword, text),
            Expect::Tail if matches!(keyword, Keyword::Tail | Keyword::Plain) => {
                self.written.push(' ', text);
            }
            Expect::Tail => self.expect = Expect::End,
            Expect::Options => self.option(keyword, text),
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
            self.nesting.begin_list();
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
                self.creates = text.eq_ignore_ascii_case("create");
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
            // `ANALYZE TABLE a`, `REINDEX (VERBOSE) TABLE a`
            Keyword::Object
                if matches!(self.previous, Keyword::Ddl | Keyword::Named)
                    || self.last_mark == b')' =>
            {
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
            | Keyword::Stdin
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
            Keyword::Clause if self.lead != Lead::Verb && is_one_of(text, &["OF", "SET"]) => {
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

    fn end_statement(&mut self) {
        if std::mem::take(&mut self.has_begun) {
            self.written.end_statement();
        } else {
            self.written.forget_statement();
        }
        self.expect = Expect::Verb;
        self.verb = Keyword::Other;
        self.creates = false;
        self.reads_rows = false;
        self.nesting = Nesting::default();
    }

    /// The summary, and how many statements there are.
    pub(super) fn finish(mut self) -> (String, usize) {
        self.end_statement();
        self.written.finish()
    }
}
