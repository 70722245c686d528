//! Cuts a text into tokens, never more than it can be sure of.

use super::{Dialect, dialect::Escapes, letter::is_word};

/// What a token is, as far as the telling apart of names and values needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a plain name.
    Word,
    /// A name in quotes.
    Name,
    /// A name or a string, as the server likes (`"x"` in SQLite).
    Unsure,
    /// A value.
    Literal,
    /// `?`, `$1`, `:name`.
    Placeholder,
    /// A comment.
    Comment,
    /// Any other character.
    Mark(u8),
}

/// A piece of the text, between two byte offsets that are character boundaries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads tokens from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    escapes: Escapes,
    /// Takes for a value what is one by any settings of the server.
    is_wary: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(sql: &'a str, dialect: Dialect) -> Self {
        Self {
            bytes: sql.as_bytes(),
            at: 0,
            dialect,
            escapes: dialect.escapes(),
            is_wary: true,
        }
    }

    /// By these settings, and no other.
    pub(super) fn with(self, escapes: Escapes) -> Self {
        Self {
            escapes,
            is_wary: false,
            ..self
        }
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The next byte that is no space, 0 at the end.
    pub(super) fn peek_significant(&self) -> u8 {
        self.rest().iter().copied().find(|b| *b > b' ').unwrap_or(0)
    }

    #[inline]
    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        let rest = self.rest();
        let found = rest.iter().position(|byte| !test(*byte));
        self.at += found.unwrap_or(rest.len());
    }

    /// What cannot be told is a value, to the end.
    fn untold(&mut self) -> Kind {
        self.at = self.bytes.len();
        Kind::Literal
    }

    /// A name from a quote to its counterpart; a doubled one does not close.
    fn name(&mut self, close: u8) -> Kind {
        loop {
            self.at += 1;
            self.skip_while(|byte| byte != close);
            if self.at == self.bytes.len() {
                // A quote inside may have opened a value.
                return Kind::Literal;
            }
            self.at += 1;
            if self.peek(0) != close || close == b']' {
                return Kind::Name;
            }
        }
    }

    /// Goes from a quote behind its counterpart, and tells whether backslashes matter to where
    /// that is.
    fn quoted(&mut self, quote: u8, escapes: bool) -> bool {
        let mut is_doubtful = false;
        loop {
            self.at += 1;
            let rest = self.rest();
            let Some(length) = rest.iter().position(|byte| *byte == quote) else {
                self.at = self.bytes.len();
                return is_doubtful;
            };
            self.at += length;
            let before = rest.iter().take(length).rev();
            let is_escaped = before.take_while(|byte| **byte == b'\\').count() % 2 == 1;
            is_doubtful |= is_escaped;
            if is_escaped && escapes {
                continue;
            }
            self.at += 1;
            if self.peek(0) != quote {
                return is_doubtful;
            }
        }
    }

    fn string(&mut self, quote: u8) -> Kind {
        let start = self.at;
        let escapes = match quote {
            b'"' => self.escapes.double,
            _ => self.escapes.single,
        };
        if self.quoted(quote, escapes) && self.is_wary {
            self.at = start;
            self.skip_to_where_all_agree();
        }
        Kind::Literal
    }

    /// Reads on by all settings of a server, up to where none is within a value.
    fn skip_to_where_all_agree(&mut self) {
        let readings = self.dialect.readings().iter();
        let mut lexers: Vec<_> = readings.map(|escapes| self.with(*escapes)).collect();
        let mut furthest = self.at + 1;
        loop {
            let goal = furthest;
            for lexer in &mut lexers {
                while lexer.at < goal && lexer.token().is_some() {}
                furthest = furthest.max(lexer.at);
            }
            if furthest == goal {
                self.at = goal;
                return;
            }
        }
    }

    /// Rows of values up to a line of `\.`, or to the end.
    pub(super) fn rows(&mut self) -> Token {
        let start = self.at;
        let lines = self.rest().split_inclusive(|byte| *byte == b'\n');
        let is_end = |line: &[u8]| line.trim_ascii() == b"\\.";
        let read = lines.take_while(|line| !is_end(line)).map(<[u8]>::len);
        self.at += read.sum::<usize>();
        self.skip_while(|byte| byte != b'\n');
        Token {
            kind: Kind::Literal,
            start,
            end: self.at,
        }
    }

    /// `E'..'`, and what continues it: to PostgreSQL a string on the next line is a part of it.
    fn escape_string(&mut self) -> Kind {
        loop {
            self.quoted(b'\'', true);
            let mut ahead = *self;
            ahead.skip_while(|byte| matches!(byte, 1..=b' '));
            while ahead.peek(0) == b'-' && ahead.is_line_comment() {
                ahead.line_comment();
                ahead.skip_while(|byte| matches!(byte, 1..=b' '));
            }
            let mut between = self.rest().iter().take(ahead.at - self.at);
            if ahead.peek(0) != b'\'' || !between.any(|byte| matches!(byte, b'\n' | b'\r')) {
                return Kind::Literal;
            }
            self.at = ahead.at;
        }
    }

    /// A word, or the string that it introduces.
    #[inline]
    fn word(&mut self) -> Kind {
        let start = self.at;
        self.skip_while(is_word);
        match self.peek(0) {
            b'\'' | b'&' => self.prefixed(start),
            _ => Kind::Word,
        }
    }

    /// A word with a quote behind it, or perhaps after an ampersand.
    fn prefixed(&mut self, start: usize) -> Kind {
        let is_postgres = self.dialect == Dialect::Postgres;
        match self.bytes.get(start..).unwrap_or_default() {
            [b'e' | b'E', b'\'', ..] if is_postgres => self.escape_string(),
            [
                b'n' | b'N' | b'b' | b'B' | b'x' | b'X' | b'e' | b'E',
                b'\'',
                ..,
            ] => self.string(b'\''),
            [b'u' | b'U', b'&', b'\'', ..] if is_postgres => {
                self.at += 1;
                self.string(b'\'')
            }
            _ => Kind::Word,
        }
    }

    /// A number, and whatever is glued to it.
    fn number(&mut self) -> Kind {
        // To PostgreSQL a dollar opens a string even here.
        let has_dollars = self.dialect != Dialect::Postgres;
        loop {
            self.skip_while(|byte| byte == b'.' || is_word(byte) && (byte != b'$' || has_dollars));
            let last = self.bytes.get(self.at.wrapping_sub(1)).copied();
            let has_exponent = matches!(last, Some(b'e' | b'E'))
                && matches!(self.peek(0), b'+' | b'-')
                && self.peek(1).is_ascii_digit();
            if !has_exponent {
                return Kind::Literal;
            }
            self.at += 1;
        }
    }

    fn block_comment(&mut self) -> Kind {
        let mut depth = 1;
        if self.dialect == Dialect::MySql
            && (self.peek(2) == b'!' || (self.peek(2) == b'M' && self.peek(3) == b'!'))
        {
            // Which server runs what is in it, and to where it goes, cannot be told.
            return self.untold();
        }
        self.at += 2;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'*', b'/') => {
                    self.at += 2;
                    depth -= 1;
                    if depth == 0 {
                        return Kind::Comment;
                    }
                }
                (b'/', b'*') if self.dialect == Dialect::Postgres => {
                    self.at += 2;
                    depth += 1;
                }
                _ => self.at += 1,
            }
        }
        Kind::Comment
    }

    /// To its end, which a NUL is to some, and a carriage return to PostgreSQL.
    fn line_comment(&mut self) -> Kind {
        let ends_at_return = self.dialect == Dialect::Postgres;
        self.skip_while(|byte| !matches!(byte, b'\n' | 0) && (byte != b'\r' || !ends_at_return));
        Kind::Comment
    }

    /// At a `-`. MySQL wants a space or a control character behind the second one.
    fn is_line_comment(&self) -> bool {
        self.peek(1) == b'-'
            && (self.dialect != Dialect::MySql || matches!(self.peek(2), 0..=b' ' | 0x7f))
    }

    /// `$1`, or `$tag$ ... $tag$`. Another `$` stands nowhere, unless somebody who does not
    /// know such quotes has broken one up, as sqlx 0.7 does before it logs a text.
    fn dollar(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            self.skip_while(|byte| byte.is_ascii_digit());
            return Kind::Placeholder;
        }
        self.skip_while(|byte| is_word(byte) && byte != b'$');
        if self.peek(0) != b'$' {
            return self.untold();
        }
        self.at += 1;
        let tag = self.bytes.get(start..self.at).unwrap_or_default();
        match self
            .rest()
            .windows(tag.len())
            .position(|found| found == tag)
        {
            Some(found) => {
                self.at += found + tag.len();
                Kind::Literal
            }
            None => self.untold(),
        }
    }

    /// A name, but MySQL since version 9 may take what is between two dollars for a tag.
    fn dollar_word(&mut self) -> Kind {
        self.at += 1;
        self.skip_while(|byte| is_word(byte) && byte != b'$');
        match self.peek(0) {
            b'$' => self.untold(),
            _ => Kind::Word,
        }
    }

    /// `:name`, `@name`, `$name`, where a name follows.
    fn named_placeholder(&mut self, mark: u8) -> Kind {
        self.at += 1;
        let start = self.at;
        self.skip_while(|byte| is_word(byte) || byte == b':');
        if self.at == start {
            return Kind::Mark(mark);
        }
        if self.peek(0) != b'(' {
            return Kind::Placeholder;
        }
        // `$name(text)`, where quotes are none.
        self.skip_while(|byte| byte > b' ' && byte != b')');
        if self.peek(0) == b')' {
            self.at += 1;
        }
        Kind::Literal
    }

    fn is_after_name(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.bytes.get(at));
        before.is_some_and(|&byte| is_word(byte) || matches!(byte, b'"' | b'`' | b']' | b')'))
    }

    #[inline]
    fn kind(&mut self, byte: u8) -> Kind {
        use Dialect::{MySql, Postgres, Sqlite};
        match (byte, self.dialect) {
            (b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.., _) => self.word(),
            (b'$', Postgres) => self.dollar(),
            (b'$', MySql) => self.dollar_word(),
            (b'$' | b':' | b'@' | b'#', Sqlite) => self.named_placeholder(byte),
            (b'0'..=b'9', _) => self.number(),
            (b'\'', _) => self.string(b'\''),
            (b'"', Postgres) => self.name(b'"'),
            (b'"', MySql) => self.string(b'"'),
            (b'"', Sqlite) => match self.name(b'"') {
                Kind::Name => Kind::Unsure,
                kind => kind,
            },
            (b'`', MySql | Sqlite) => self.name(b'`'),
            (b'[', Sqlite) => self.name(b']'),
            (b'?', MySql | Sqlite) => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit());
                Kind::Placeholder
            }
            (b'-', _) if self.is_line_comment() => self.line_comment(),
            (b'#', MySql) => self.line_comment(),
            (b'/', _) if self.peek(1) == b'*' => self.block_comment(),
            (b'.', _) if self.peek(1).is_ascii_digit() && !self.is_after_name() => self.number(),
            // Some read on behind a NUL, and brackets are names to MariaDB in one of its modes.
            (0, _) | (b'[', MySql) => self.untold(),
            _ => {
                self.at += 1;
                Kind::Mark(byte)
            }
        }
    }

    /// The next token, none at the end.
    #[inline]
    pub(super) fn token(&mut self) -> Option<Token> {
        self.skip_while(|byte| matches!(byte, 1..=b' '));
        let start = self.at;
        let byte = *self.bytes.get(start)?;
        let kind = self.kind(byte);
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}
