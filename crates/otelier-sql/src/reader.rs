//! Tells names from values, where that hangs on what stands before them.

use crate::{
    dialect::Dialect,
    keyword::Keyword,
    lexer::{Kind, Lexer, Token},
    summary::Summary,
    unsure::Place,
};

/// Reads a text by the rules of one dialect, and sums it up.
pub(crate) struct Reader<'a> {
    sql: &'a str,
    dialect: Dialect,
    lexer: Lexer<'a>,
    place: Place,
    summary: Summary,
    /// The end of a statement was read that rows follow.
    is_before_rows: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(sql: &'a str, dialect: Dialect) -> Self {
        Self {
            sql,
            dialect,
            lexer: Lexer::new(sql, dialect),
            place: Place::default(),
            summary: Summary::new(),
            is_before_rows: false,
        }
    }

    /// The next token, none at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(Token, Keyword)> {
        if std::mem::take(&mut self.is_before_rows) {
            return Some((self.lexer.rows(), Keyword::Other));
        }
        let mut token = self.lexer.token()?;
        let text = match token.kind {
            Kind::Word | Kind::Name | Kind::Unsure => {
                self.sql.get(token.start..token.end).unwrap_or_default()
            }
            _ => "",
        };
        let keyword = match token.kind {
            Kind::Word => Keyword::of(text.as_bytes()),
            _ => Keyword::Other,
        };
        if keyword == Keyword::Boolean {
            token.kind = Kind::Literal;
        }
        if self.dialect == Dialect::Sqlite {
            if token.kind == Kind::Unsure
                && (self.place.is_name()
                    || self.summary.continues_list()
                    || self.lexer.peek_significant() == b'.')
            {
                token.kind = Kind::Name;
            }
            self.place.token(token.kind, keyword);
        }
        if token.kind == Kind::Mark(b';') {
            self.is_before_rows = self.summary.is_before_rows();
        }
        self.summary.token(token.kind, keyword, text);
        Some((token, keyword))
    }

    /// The summary, and how many statements there were.
    pub(crate) fn finish(self) -> (String, usize) {
        self.summary.finish()
    }
}
