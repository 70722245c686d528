//! `"x"` in SQLite is a name where there is one, else a string.

use super::{keyword::Keyword, lexer::Kind};

/// Where in a statement the next token stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    before: Keyword,
    previous: Keyword,
    after_dot: bool,
    /// `INTO` leads to a table in this statement.
    inserts: bool,
    /// In the target of an `INSERT`, its columns included.
    target: Target,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Target {
    #[default]
    No,
    Name,
    Columns,
}

impl Place {
    /// Tells whether only a name can stand here.
    pub(super) fn is_name(self) -> bool {
        self.after_dot
            || self.target == Target::Columns
            || match self.previous {
                Keyword::As | Keyword::Exists | Keyword::Join | Keyword::Update => true,
                Keyword::From => self.before != Keyword::Distinct,
                // `VACUUM INTO "file"`
                Keyword::Into => self.inserts,
                // `ATTACH DATABASE "file"`
                Keyword::Object => self.before != Keyword::Plain,
                _ => false,
            }
    }

    pub(super) fn token(&mut self, kind: Kind, keyword: Keyword) {
        if kind == Kind::Comment {
            return;
        }
        match keyword {
            Keyword::Insert | Keyword::Replace => self.inserts = true,
            _ => self.inserts &= kind != Kind::Mark(b';'),
        }
        self.target = match (self.target, kind) {
            _ if keyword == Keyword::Into && self.inserts => Target::Name,
            (Target::Name, Kind::Name | Kind::Mark(b'.')) => Target::Name,
            (Target::Name, Kind::Word) if keyword == Keyword::Other => Target::Name,
            (Target::Name, Kind::Mark(b'('))
            | (Target::Columns, Kind::Name | Kind::Word | Kind::Mark(b',')) => Target::Columns,
            _ => Target::No,
        };
        self.after_dot = kind == Kind::Mark(b'.');
        self.before = self.previous;
        self.previous = keyword;
    }
}
