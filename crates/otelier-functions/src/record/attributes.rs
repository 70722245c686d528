//! What is kept of parameters.

use std::{
    fmt::Arguments,
    panic::{AssertUnwindSafe, catch_unwind},
};

use opentelemetry::KeyValue;
use otelier_core::{REDACTED, shorten, shorten_display};

/// How much of a text is kept, in bytes.
const MAX: usize = 1024;

pub(crate) type Kept = opentelemetry::Value;

pub(crate) fn text(text: &str) -> Option<Kept> {
    Some(shorten(text, MAX).into_owned().into())
}

/// What a value writes of itself, which is the service's own code.
pub(crate) fn shown(value: Arguments<'_>) -> Option<Kept> {
    let text = || shorten_display(value, MAX);
    let text = catch_unwind(AssertUnwindSafe(text)).ok()?;
    Some(text.into())
}

pub(crate) fn truth(value: bool) -> Option<Kept> {
    Some(value.into())
}

pub(crate) fn whole(value: i64) -> Option<Kept> {
    Some(value.into())
}

pub(crate) fn fraction(value: f64) -> Option<Kept> {
    Some(value.into())
}

#[derive(Debug, Default)]
pub(crate) struct Attributes(pub(super) Vec<KeyValue>);

pub(crate) fn add(to: &mut Attributes, (key, value): (&'static str, Option<Kept>)) {
    if let Some(value) = value {
        to.push(key, value);
    }
}

pub(crate) fn add_name(to: &mut Attributes, (key, name): (&'static str, &'static str)) {
    to.push(key, name.into());
}

pub(crate) fn add_number(to: &mut Attributes, (key, number): (&'static str, usize)) {
    to.push(key, i64::try_from(number).unwrap_or(i64::MAX).into());
}

pub(crate) fn hide(to: &mut Attributes, key: &'static str) {
    to.push(key, REDACTED.into());
}

impl Attributes {
    fn push(&mut self, key: &'static str, value: Kept) {
        self.0.push(KeyValue::new(key, value));
    }
}
