//! Query to text, which means the same.

use super::{
    parse::{is_keyword, is_plain},
    term::{Field, Filter, Key, Op, Term},
    tree::{Query, Tree},
};
use std::fmt::{self, Write as _};

impl fmt::Display for Query {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(to, &self.tree)
    }
}

impl Query {
    fn write(&self, to: &mut fmt::Formatter<'_>, tree: &Tree) -> fmt::Result {
        match tree {
            Tree::All => Ok(()),
            Tree::Term(place) => match self.terms.get(*place) {
                Some(Term::Word(word, _)) => write_word(to, word),
                Some(Term::Filter(filter)) => write_filter(to, filter),
                None => Ok(()),
            },
            Tree::Not(inner) => {
                to.write_char('-')?;
                self.write_operand(to, inner, matches!(**inner, Tree::And(_) | Tree::Or(_)))
            }
            Tree::And(all) => {
                for (at, tree) in all.iter().enumerate() {
                    if at > 0 {
                        to.write_char(' ')?;
                    }
                    self.write_operand(to, tree, matches!(tree, Tree::And(_) | Tree::Or(_)))?;
                }
                Ok(())
            }
            Tree::Or(any) => {
                for (at, tree) in any.iter().enumerate() {
                    if at > 0 {
                        to.write_str(" or ")?;
                    }
                    self.write_operand(to, tree, matches!(tree, Tree::Or(_)))?;
                }
                Ok(())
            }
            Tree::One(_, inner) => {
                to.write_str("one")?;
                self.write_operand(to, inner, true)
            }
        }
    }

    fn write_operand(&self, to: &mut fmt::Formatter<'_>, tree: &Tree, group: bool) -> fmt::Result {
        if !group {
            return self.write(to, tree);
        }
        to.write_char('(')?;
        self.write(to, tree)?;
        to.write_char(')')
    }
}

fn write_text(to: &mut fmt::Formatter<'_>, text: &str, plain: bool) -> fmt::Result {
    if plain && !text.is_empty() && text.chars().all(is_plain) {
        return to.write_str(text);
    }
    to.write_char('"')?;
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            to.write_char('\\')?;
        }
        to.write_char(char)?;
    }
    to.write_char('"')
}

fn has_op(text: &str) -> bool {
    text.contains([':', '=', '~', '<', '>'])
}

fn write_word(to: &mut fmt::Formatter<'_>, word: &str) -> fmt::Result {
    let special = has_op(word) || word.starts_with('-') || is_keyword(word);
    write_text(to, word, !special)
}

fn write_filter(to: &mut fmt::Formatter<'_>, filter: &Filter) -> fmt::Result {
    match &filter.key {
        Key::Field(field) => to.write_str(field.name())?,
        Key::Attribute(key) => {
            let special = has_op(key)
                || key.starts_with('-')
                || key.ends_with('!')
                || Field::named(key).is_some();
            write_text(to, key, !special)?;
        }
    }
    to.write_str(filter.op.as_str())?;
    let longer = matches!(filter.op, Op::More | Op::Less) && filter.text.starts_with('=');
    write_text(to, &filter.text, !longer)
}
