//! Text to query.

use super::{
    term::{Field, Filter, Key, Op, Term, Wrong},
    tree::{DEEPEST, LONGEST, MOST_TERMS, Query, Tree},
};
use std::{fmt, str::FromStr};

/// What a query cannot be read for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadQuery {
    pub(crate) message: String,
    /// The first character has 1; one behind the last where something is missing at the end.
    pub(crate) column: usize,
}

impl fmt::Display for BadQuery {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "column {}: {}", self.column, self.message)
    }
}

impl FromStr for Query {
    type Err = BadQuery;

    fn from_str(text: &str) -> Result<Self, BadQuery> {
        let chars: Vec<char> = text.chars().take(LONGEST + 1).collect();
        let mut parser = Parser {
            chars: &chars,
            at: 0,
            depth: 0,
            query: Self::default(),
        };
        if chars.len() > LONGEST {
            parser.at = LONGEST;
            return parser.bad(format!("a query has no more than {LONGEST} characters"));
        }
        parser.space();
        if parser.at < chars.len() {
            parser.query.tree = parser.or()?;
        }
        match parser.peek() {
            None => Ok(parser.query),
            Some(_) => parser.bad("nothing is open here that this could close"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Or,
    And,
}

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
    depth: usize,
    query: Query,
}

type Parsed<T> = Result<T, BadQuery>;

pub(super) const fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

/// Whether it may stand in a word without quotation marks.
pub(super) const fn is_plain(char: char) -> bool {
    !is_space(char) && !matches!(char, '"' | '(' | ')')
}

pub(super) fn is_keyword(text: &str) -> bool {
    text.eq_ignore_ascii_case("or") || text.eq_ignore_ascii_case("and")
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn bad<T>(&self, message: impl Into<String>) -> Parsed<T> {
        self.bad_at(self.at, message)
    }

    fn bad_at<T>(&self, at: usize, message: impl Into<String>) -> Parsed<T> {
        Err(BadQuery {
            message: message.into(),
            column: at + 1,
        })
    }

    fn space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Characters from here on, as long as they may.
    fn run(&self, may: impl Fn(usize, char) -> bool) -> String {
        let rest = self.chars.iter().enumerate().skip(self.at);
        rest.map(|(at, char)| (at, *char))
            .take_while(|(at, char)| may(*at, *char))
            .map(|(_, char)| char)
            .collect()
    }

    fn take(&mut self, text: String) -> String {
        self.at += text.chars().count();
        text
    }

    fn keyword(&self) -> Option<Keyword> {
        let token = self.run(|_, char| is_plain(char));
        match token {
            token if token.eq_ignore_ascii_case("or") => Some(Keyword::Or),
            token if token.eq_ignore_ascii_case("and") => Some(Keyword::And),
            _ => None,
        }
    }

    /// Demands that something begins here.
    fn operand(&self) -> Parsed<()> {
        match self.peek() {
            None | Some(')') => self.bad("something is missing here"),
            Some(_) if self.keyword().is_some() => self.bad(
                "something is missing before this word; put it in quotation marks to look for it",
            ),
            Some(_) => Ok(()),
        }
    }

    fn or(&mut self) -> Parsed<Tree> {
        let mut any = Vec::new();
        loop {
            self.operand()?;
            any.push(self.and()?);
            if self.keyword() != Some(Keyword::Or) {
                return Ok(joined(any, Tree::Or));
            }
            self.at += 2;
            self.space();
        }
    }

    fn and(&mut self) -> Parsed<Tree> {
        let mut all = vec![self.not()?];
        loop {
            self.space();
            if self.peek().is_none_or(|char| char == ')') {
                break;
            }
            match self.keyword() {
                Some(Keyword::Or) => break,
                Some(Keyword::And) => {
                    self.at += 3;
                    self.space();
                    self.operand()?;
                }
                None => {}
            }
            all.push(self.not()?);
        }
        Ok(joined(all, Tree::And))
    }

    fn deeper(&mut self, at: usize) -> Parsed<()> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => self.bad_at(
                at,
                format!("no more than {DEEPEST} levels within each other"),
            ),
            false => Ok(()),
        }
    }

    fn not(&mut self) -> Parsed<Tree> {
        let start = self.at;
        match self.peek() {
            Some('-') => {
                self.deeper(start)?;
                self.at += 1;
                if self.peek().is_none_or(|char| is_space(char) || char == ')') {
                    return self.bad("something is missing behind `-`");
                }
                let inner = self.not()?;
                self.depth -= 1;
                Ok(Tree::Not(Box::new(inner)))
            }
            Some('(') => self.group(start),
            Some('o')
                if self
                    .chars
                    .get(start..)
                    .is_some_and(|rest| rest.starts_with(&['o', 'n', 'e', '('])) =>
            {
                self.at += 3;
                let place = self.query.ones;
                self.query.ones += 1;
                Ok(Tree::One(place, Box::new(self.group(start)?)))
            }
            _ => self.term(),
        }
    }

    fn group(&mut self, start: usize) -> Parsed<Tree> {
        self.deeper(start)?;
        self.at += 1;
        self.space();
        let inner = self.or()?;
        if self.peek() != Some(')') {
            return self.bad("`)` is missing");
        }
        self.at += 1;
        self.depth -= 1;
        Ok(inner)
    }

    fn term(&mut self) -> Parsed<Tree> {
        let start = self.at;
        let place = self.query.terms.len();
        if place == MOST_TERMS {
            return self.bad(format!("a query has no more than {MOST_TERMS} terms"));
        }
        let quoted = self.peek() == Some('"');
        let text = match quoted {
            true => self.quoted()?,
            false => {
                let key = self.run(|at, char| {
                    let not = char == '!' && self.chars.get(at + 1) == Some(&'=');
                    is_plain(char) && !":=~<>".contains(char) && !not
                });
                self.take(key)
            }
        };
        let behind = self.at;
        let term = match self.op() {
            None => Term::Word(text.clone(), text.to_lowercase()),
            Some(_) if behind == start => return self.bad_at(start, "a key is missing"),
            Some(op) => {
                let at = self.at;
                let value = match self.peek() {
                    Some('"') => self.quoted()?,
                    _ => {
                        let value = self.run(|_, char| is_plain(char));
                        self.take(value)
                    }
                };
                if self.at == at {
                    return self.bad(format!("a value is missing behind `{}`", op.as_str()));
                }
                let field = Field::named(&text).filter(|_| !quoted);
                let key = field.map_or(Key::Attribute(text), Key::Field);
                match Filter::new(key, op, value) {
                    Ok(filter) => Term::Filter(filter),
                    Err(Wrong::Op(words)) => return self.bad_at(behind, words),
                    Err(Wrong::Value(words)) => return self.bad_at(at, words),
                }
            }
        };
        self.query.terms.push(term);
        Ok(Tree::Term(place))
    }

    fn op(&mut self) -> Option<Op> {
        let equals = self.chars.get(self.at + 1) == Some(&'=');
        let (op, length) = match (self.peek()?, equals) {
            (':' | '=', _) => (Op::Is, 1),
            ('!', true) => (Op::IsNot, 2),
            ('~', _) => (Op::Has, 1),
            ('>', true) => (Op::AtLeast, 2),
            ('>', false) => (Op::More, 1),
            ('<', true) => (Op::AtMost, 2),
            ('<', false) => (Op::Less, 1),
            _ => return None,
        };
        self.at += length;
        Some(op)
    }

    fn quoted(&mut self) -> Parsed<String> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        while let Some(char) = self.peek() {
            self.at += 1;
            match (char, self.peek()) {
                ('"', _) => return Ok(text),
                ('\\', Some(next @ ('"' | '\\'))) => {
                    self.at += 1;
                    text.push(next);
                }
                _ => text.push(char),
            }
        }
        self.bad_at(start, "this quotation mark has no second one")
    }
}

fn joined(mut trees: Vec<Tree>, join: fn(Vec<Tree>) -> Tree) -> Tree {
    match trees.len() {
        1 => trees.pop().unwrap_or_default(),
        _ => join(trees),
    }
}
