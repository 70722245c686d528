//! Shapes of keys, as a program declares them.

use std::sync::Arc;

use opentelemetry::StringValue;

/// A shape of keys: `user:{id}`.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) text: StringValue,
    /// What stands before each brace, and behind the last: one more than braces.
    literals: Box<[Box<str>]>,
}

/// What a brace does not stand for.
const SEPARATOR: u8 = b':';

impl Shape {
    /// `None` if it says nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut literals: Vec<Box<str>> = Vec::new();
        let mut rest = text;
        while let Some((literal, behind)) = rest.split_once('{') {
            let (_, behind) = behind.split_once('}')?;
            literals.push(literal.into());
            rest = behind;
        }
        literals.push(rest.into());
        let says_something = literals.iter().any(|literal| !literal.is_empty());
        says_something.then(|| Self {
            text: Arc::<str>::from(text).into(),
            literals: literals.into(),
        })
    }

    /// Whether a key has this shape. A brace stands for as little as it can, and is looked for
    /// once: linear, and enough for keys.
    pub(super) fn fits(&self, key: &[u8]) -> bool {
        let [first, others @ ..] = &*self.literals else {
            return false;
        };
        let Some(mut rest) = key.strip_prefix(first.as_bytes()) else {
            return false;
        };
        let last = others.len().saturating_sub(1);
        for (at, literal) in others.iter().enumerate() {
            let literal = literal.as_bytes();
            let until = rest.iter().position(|byte| *byte == SEPARATOR);
            let until = until.unwrap_or(rest.len());
            let length = if at == last {
                // What is behind the last brace ends the key.
                match rest.len().checked_sub(literal.len()) {
                    Some(length) if rest.ends_with(literal) => Some(length),
                    _ => None,
                }
            } else {
                let window = rest.get(..rest.len().min(until + literal.len()));
                window.and_then(|window| find(window, literal))
            };
            match length {
                Some(length) if (1..=until).contains(&length) => {
                    rest = rest.get(length + literal.len()..).unwrap_or_default();
                }
                _ => return false,
            }
        }
        rest.is_empty()
    }
}

/// Where a literal begins behind at least one byte; two braces in a row share as they like.
fn find(text: &[u8], literal: &[u8]) -> Option<usize> {
    if literal.is_empty() {
        return (!text.is_empty()).then_some(1);
    }
    let mut windows = text.windows(literal.len()).enumerate().skip(1);
    let found = windows.find(|(_, window)| *window == literal);
    found.map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(shape: &str, key: &str) -> bool {
        Shape::parse(shape).is_some_and(|shape| shape.fits(key.as_bytes()))
    }

    #[test]
    fn a_key_has_the_shape_or_it_has_not() {
        for (shape, key) in [
            ("user:{id}", "user:42"),
            ("user:{id}:cart", "user:42:cart"),
            ("{tenant}:user:{id}", "acme:user:42"),
            ("session/{id}/{part}.json", "session/9f/a.json"),
            ("a{x}{y}z", "abcz"),
            ("stock", "stock"),
        ] {
            assert!(fits(shape, key), "{key} is a {shape}");
        }
        for (shape, key) in [
            ("user:{id}", "user:"),
            ("user:{id}", "user:42:cart"),
            ("user:{id}", "users:42"),
            ("user:{id}:cart", "user::cart"),
            ("user:{id}:cart", "user:42:card"),
            ("{tenant}:user:{id}", "a:b:user:42"),
            ("stock", "stock:7"),
            ("a{x}{y}z", "abz"),
        ] {
            assert!(!fits(shape, key), "{key} is no {shape}");
        }
    }

    #[test]
    fn a_shape_that_says_nothing_is_none() {
        for shape in ["", "{}", "{a}{b}", "user:{id", "{"] {
            assert!(Shape::parse(shape).is_none(), "{shape}");
        }
    }

    #[test]
    fn long_keys_are_looked_at_in_linear_time() {
        let shape = Shape::parse("a{x}aa{y}aab").unwrap();
        assert!(!shape.fits("a".repeat(1 << 20).as_bytes()));
    }
}
