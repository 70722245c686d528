//! What a text does to what: `SELECT orders customers`.

use super::{keyword::Keyword, lexer::Kind};

/// The conventions' bound, in bytes here.
const LIMIT: usize = 255;

/// What the next word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// The first word of a statement.
    Verb,
    /// `TABLE`, after `CREATE`.
    Object,
    /// A name.
    Target,
    /// What may follow `BEGIN` and its like.
    Tail,
    /// Nothing that stands in a summary, but a verb further on.
    Nothing,
    /// Nothing up to the end of the statement.
    End,
    /// Nothing up to the end of the text: bodies have statements of their own.
    Body,
}

/// Collects verbs and their targets.
#[derive(Debug)]
pub(super) struct Summary {
    /// Of the current statement.
    current: String,
    /// Of those before it.
    before: String,
    /// All statements before this one read the same.
    is_uniform: bool,
    /// Statements that are complete.
    count: usize,
    /// The current statement has begun.
    has_begun: bool,
    is_full: bool,
    expect: Expect,
    verb: Keyword,
    previous: Keyword,
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
            current: String::with_capacity(32),
            before: String::new(),
            is_uniform: true,
            count: 0,
            has_begun: false,
            is_full: false,
            expect: Expect::Verb,
            verb: Keyword::Other,
            previous: Keyword::Other,
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

    #[inline]
    pub(super) fn token(&mut self, kind: Kind, keyword: Keyword, text: &str) {
        match kind {
            Kind::Comment => return,
            Kind::Mark(mark) => {
                self.mark(mark);
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
                if self.expect == Expect::Target {
                    self.expect = Expect::Nothing;
                }
            }
            Kind::Word | Kind::Name => {
                self.has_begun = true;
                self.word(keyword, text);
            }
        }
        self.previous = keyword;
    }

    fn mark(&mut self, mark: u8) {
        let in_target = std::mem::take(&mut self.in_target);
        self.after_dot = mark == b'.' && in_target;
        match mark {
            b';' if self.expect != Expect::Body => self.end_statement(),
            b'(' => {
                self.depth += 1;
                self.selects &= !self.bit();
                self.lists &= !self.bit();
                // `FROM (a JOIN b)`
                if matches!(self.previous, Keyword::From | Keyword::Join) {
                    return;
                }
            }
            b')' => self.depth = self.depth.saturating_sub(1),
            b',' if self.expect == Expect::Nothing && self.lists & self.bit() != 0 => {
                self.expect = Expect::Target;
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
            self.push('.', name(text));
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
                    self.push(' ', text);
                    self.expect = Expect::Target;
                }
                Keyword::Routine => {
                    self.push(' ', text);
                    self.verb = Keyword::Routine;
                    self.expect = Expect::Target;
                }
                _ => {}
            },
            Expect::Target => self.target(keyword, text),
            Expect::Tail if matches!(keyword, Keyword::Tail | Keyword::Plain) => {
                self.push(' ', text);
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
        self.expect = match keyword {
            Keyword::With => Expect::Nothing,
            Keyword::Explain => {
                self.push(' ', text);
                Expect::Verb
            }
            Keyword::Ddl if text.eq_ignore_ascii_case("truncate") => {
                self.push(' ', text);
                Expect::Target
            }
            Keyword::Ddl => {
                self.push(' ', text);
                Expect::Object
            }
            Keyword::Named | Keyword::Object | Keyword::Replace => {
                self.push(' ', text);
                Expect::Target
            }
            Keyword::Plain | Keyword::Clause => {
                self.push(' ', text);
                Expect::Tail
            }
            Keyword::Do => {
                self.push(' ', text);
                Expect::Body
            }
            Keyword::Merge | Keyword::Values => {
                self.push(' ', text);
                Expect::Nothing
            }
            Keyword::Select | Keyword::Insert | Keyword::Update | Keyword::Delete => {
                self.inner(keyword, text);
                return;
            }
            // `EXPLAIN QUERY PLAN SELECT`
            _ if !self.current.is_empty() => Expect::Verb,
            // Nothing that a database would take: its words are no labels.
            _ => Expect::End,
        };
    }

    /// A name, or a word before it.
    fn target(&mut self, keyword: Keyword, text: &str) {
        match keyword {
            Keyword::Exists | Keyword::Noise => {}
            Keyword::Or => self.skips_next = true,
            Keyword::Object if matches!(self.previous, Keyword::Ddl | Keyword::Named) => {
                self.push(' ', text);
            }
            Keyword::Other
            | Keyword::Key
            | Keyword::Named
            | Keyword::Object
            | Keyword::Plain
            | Keyword::Routine
            | Keyword::Tail => {
                self.push(' ', name(text));
                self.in_target = true;
                self.expect = if self.verb == Keyword::Routine {
                    Expect::Body
                } else {
                    Expect::Nothing
                };
            }
            _ => {
                self.expect = Expect::Nothing;
                self.inner(keyword, text);
            }
        }
    }

    /// A word in the midst of a statement.
    fn inner(&mut self, keyword: Keyword, text: &str) {
        match keyword {
            Keyword::Select | Keyword::Delete | Keyword::Insert | Keyword::Update
                if self.is_action() => {}
            Keyword::Select | Keyword::Delete => {
                self.push(' ', text);
                self.selects |= self.bit();
                self.lists &= !self.bit();
                self.expect = Expect::Nothing;
            }
            // MySQL does without `INTO`.
            Keyword::Insert => {
                self.push(' ', text);
                self.expect = Expect::Target;
            }
            Keyword::Update => {
                self.push(' ', text);
                self.lists |= self.bit();
                self.expect = Expect::Target;
            }
            Keyword::Into | Keyword::Join => self.expect = Expect::Target,
            Keyword::From
                if self.selects & self.bit() != 0 && self.previous != Keyword::Distinct =>
            {
                self.lists |= self.bit();
                self.expect = Expect::Target;
            }
            Keyword::From if self.verb == Keyword::Update && self.depth == 0 => {
                self.lists |= self.bit();
                self.expect = Expect::Target;
            }
            Keyword::Using if matches!(self.verb, Keyword::Delete | Keyword::Merge) => {
                self.lists |= self.bit();
                self.expect = Expect::Target;
            }
            Keyword::Clause => self.lists &= !self.bit(),
            _ => {}
        }
    }

    /// Whether a verb says what another is to do, as in `ON CONFLICT DO UPDATE`.
    fn is_action(&self) -> bool {
        self.verb == Keyword::Merge
            || matches!(
                self.previous,
                Keyword::On | Keyword::For | Keyword::Do | Keyword::Key
            )
    }

    /// Adds a word, unless it or one before it finds no room.
    fn push(&mut self, separator: char, word: &str) {
        let separator = (!self.current.is_empty()).then_some(separator);
        let length = separator.map_or(0, char::len_utf8) + word.len();
        if self.is_full || self.current.len() + length > LIMIT {
            self.is_full = true;
            return;
        }
        self.current.extend(separator);
        self.current.push_str(word);
    }

    fn end_statement(&mut self) {
        if self.has_begun {
            if self.count == 0 {
                self.before.clone_from(&self.current);
            } else if self.before != self.current || !self.is_uniform {
                self.is_uniform = false;
                append(&mut self.before, &self.current);
            }
            self.count += 1;
        }
        self.current.clear();
        self.has_begun = false;
        self.is_full = false;
        self.expect = Expect::Verb;
        self.depth = 0;
        self.selects = 0;
        self.lists = 0;
    }

    /// The summary, and how many statements there are.
    pub(super) fn finish(mut self) -> (String, usize) {
        self.end_statement();
        if self.count > 1 && self.is_uniform && !self.before.is_empty() {
            let mut batch = String::from("BATCH");
            append(&mut batch, &self.before);
            return (batch, self.count);
        }
        (self.before, self.count)
    }
}

/// Adds as many words as find room.
fn append(summary: &mut String, words: &str) {
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        if summary.len() + word.len() + 1 > LIMIT {
            return;
        }
        if !summary.is_empty() {
            summary.push(' ');
        }
        summary.push_str(word);
    }
}

/// A name without its quotes, if it is plain enough to do without.
fn name(text: &str) -> &str {
    let inner = text
        .strip_prefix(['"', '`', '['])
        .and_then(|text| text.strip_suffix(['"', '`', ']']));
    match inner {
        Some(inner)
            if !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || c == '_') =>
        {
            inner
        }
        _ => text,
    }
}
