//! What holds a context on its way: fields by name.

use std::{iter::Chain, slice};

pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";
pub(crate) const BAGGAGE: &str = "baggage";

/// The fields, in the order in which the text holds them.
pub(crate) const FIELDS: [&str; 3] = [TRACEPARENT, TRACESTATE, BAGGAGE];
/// No longer value is kept for any field.
pub(crate) const MAX_FIELD: usize = 8192;
/// Nor is more looked at than this, which is what headers may have elsewhere.
pub(crate) const MAX_FIELDS: usize = 128;
const MAX_NAME: usize = 128;
const MAX_BYTES: usize = 32 * 1024;

/// Tells by what no field of a context begins with.
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
}

/// What somebody put a context into, by name and value; no more of it than a
/// context may be.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    /// The fields of a context, and those of other formats.
    own: Fields,
    others: Fields,
}

#[derive(Debug, Default)]
struct Fields {
    all: Vec<(Box<str>, Box<str>)>,
    bytes: usize,
}

impl Carrier {
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let is_own = FIELDS.iter().any(|own| name.eq_ignore_ascii_case(own));
        // Whatever else a message carries must not take the place of its context.
        let fields = if is_own {
            &mut self.own
        } else {
            &mut self.others
        };
        let bytes = name.len() + value.len();
        let fits = name.len() <= MAX_NAME && value.len() <= MAX_FIELD;
        if fits && fields.all.len() < MAX_FIELDS && fields.bytes + bytes <= MAX_BYTES {
            fields.bytes += bytes;
            fields.all.push((name.into(), value.into()));
        }
    }

    /// Adds the lines of a field, of which a parent may have one alone.
    pub(crate) fn add_all(&mut self, name: &str, lines: &[String]) {
        match lines {
            [line] => self.add(name, line),
            [] => {}
            lines if !name.eq_ignore_ascii_case(TRACEPARENT) => self.add(name, &lines.join(",")),
            _ => {}
        }
    }
}

impl<'a> IntoIterator for &'a Carrier {
    type Item = &'a (Box<str>, Box<str>);
    type IntoIter =
        Chain<slice::Iter<'a, (Box<str>, Box<str>)>, slice::Iter<'a, (Box<str>, Box<str>)>>;

    fn into_iter(self) -> Self::IntoIter {
        self.own.all.iter().chain(&self.others.all)
    }
}
