//! Cuts a text into tokens, never more than it can be sure of.

use super::Dialect;

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
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    /// Whether a backslash escapes in plain strings.
    escapes: bool,
    /// A quote was met that a server with the other setting reads differently.
    pub(super) is_ambiguous: bool,
    /// Something was opened and not closed.
    pub(super) is_unterminated: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(sql: &'a str, dialect: Dialect, escapes: bool) -> Self {
        Self {
            bytes: sql.as_bytes(),
            at: 0,
            dialect,
            escapes,
            is_ambiguous: false,
            is_unterminated: false,
        }
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The next byte that is no space, 0 at the end.
    pub(super) fn peek_significant(&self) -> u8 {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        rest.iter().copied().find(|b| *b > b' ').unwrap_or(0)
    }

    #[inline]
    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while let Some(&byte) = self.bytes.get(self.at)
            && test(byte)
        {
            self.at += 1;
        }
    }

    /// What is not closed reaches to the end.
    fn unterminated(&mut self) {
        self.at = self.bytes.len();
        self.is_unterminated = true;
    }

    /// From a quote to its counterpart; a doubled one does not close.
    /// `escapes` is `None` where no server reads backslashes.
    fn quoted(&mut self, close: u8, escapes: Option<bool>) -> bool {
        let escapes_here = escapes == Some(true);
        let mut backslashes = 0;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            if byte == b'\\' {
                backslashes += 1;
                continue;
            }
            if byte == close {
                let escaped = backslashes % 2 == 1;
                self.is_ambiguous |= escaped && escapes.is_some();
                if !(escaped && escapes_here) {
                    if self.peek(0) != close {
                        return true;
                    }
                    self.at += 1;
                }
            }
            backslashes = 0;
        }
        self.unterminated();
        false
    }

    fn string(&mut self) -> Kind {
        let escapes = (self.dialect != Dialect::Sqlite).then_some(self.escapes);
        self.quoted(b'\'', escapes);
        Kind::Literal
    }

    /// A name that is not closed is a value: a quote inside may have opened one.
    fn name(&mut self, close: u8) -> Kind {
        if self.quoted(close, None) {
            Kind::Name
        } else {
            Kind::Literal
        }
    }

    /// A word, or the string that it introduces.
    fn word(&mut self, start: usize) -> Kind {
        self.skip_while(is_word);
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        match (word, self.peek(0)) {
            ([b'e' | b'E'], b'\'') if self.dialect == Dialect::Postgres => {
                let ambiguous = self.is_ambiguous;
                self.quoted(b'\'', Some(true));
                self.is_ambiguous = ambiguous;
                Kind::Literal
            }
            ([b'n' | b'N' | b'b' | b'B' | b'x' | b'X' | b'e' | b'E'], b'\'') => self.string(),
            ([b'u' | b'U'], b'&') if self.dialect == Dialect::Postgres && self.peek(1) == b'\'' => {
                self.at += 1;
                self.string()
            }
            _ if word.eq_ignore_ascii_case(b"true") || word.eq_ignore_ascii_case(b"false") => {
                Kind::Literal
            }
            _ => Kind::Word,
        }
    }

    /// A number, and whatever is glued to it.
    fn number(&mut self) -> Kind {
        // To PostgreSQL a dollar opens a string even here.
        let glue = if self.dialect == Dialect::Postgres {
            b'.'
        } else {
            b'$'
        };
        loop {
            self.skip_while(|byte| byte == glue || byte == b'.' || (is_word(byte) && byte != b'$'));
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
            self.unterminated();
            return Kind::Literal;
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
        self.at = self.bytes.len();
        Kind::Comment
    }

    fn line_comment(&mut self) -> Kind {
        self.skip_while(|byte| byte != b'\n');
        Kind::Comment
    }

    fn is_line_comment(&self) -> bool {
        self.peek(1) == b'-' && (self.dialect != Dialect::MySql || self.peek(2) <= b' ')
    }

    /// `$1`, or `$tag$ ... $tag$`, or only a `$`.
    fn dollar(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            self.skip_while(|byte| byte.is_ascii_digit());
            return Kind::Placeholder;
        }
        self.skip_while(|byte| is_word(byte) && byte != b'$');
        if self.peek(0) != b'$' {
            self.at = start + 1;
            return Kind::Mark(b'$');
        }
        self.at += 1;
        let tag = self.bytes.get(start..self.at).unwrap_or_default();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest.windows(tag.len()).position(|window| window == tag) {
            Some(found) => self.at += found + tag.len(),
            None => self.unterminated(),
        }
        Kind::Literal
    }

    /// `:name`, `@name`, `$name`, where a name follows.
    fn named_placeholder(&mut self, mark: u8) -> Kind {
        self.at += 1;
        let start = self.at;
        self.skip_while(is_word);
        if self.at == start {
            Kind::Mark(mark)
        } else {
            Kind::Placeholder
        }
    }

    fn is_after_name(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.bytes.get(at));
        before.is_some_and(|&byte| is_word(byte) || matches!(byte, b'"' | b'`' | b']' | b')'))
    }

    fn kind(&mut self, byte: u8) -> Kind {
        use Dialect::{MySql, Postgres, Sqlite};
        match (byte, self.dialect) {
            (b'$', Postgres) => self.dollar(),
            (b'$' | b':' | b'@', Sqlite) => self.named_placeholder(byte),
            (b'0'..=b'9', _) => self.number(),
            (byte, _) if is_word(byte) => self.word(self.at),
            (b'\'', _) => self.string(),
            (b'"', Postgres) => self.name(b'"'),
            (b'"', MySql) => {
                self.quoted(b'"', Some(self.escapes));
                Kind::Literal
            }
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
            _ => {
                self.at += 1;
                Kind::Mark(byte)
            }
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        self.skip_while(|byte| byte <= b' ');
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

/// Everything beyond ASCII is a letter to the servers.
#[inline]
fn is_word(byte: u8) -> bool {
    static WORD: [bool; 256] = words();
    WORD.get(usize::from(byte)).copied().unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "runs at compile time")]
const fn words() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] =
            matches!(byte as u8, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80..);
        byte += 1;
    }
    table
}
