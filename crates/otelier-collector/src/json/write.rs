//! Writes fields of messages to JSON, default values left out, as the collector's file exporter does.

use super::{message::Written, object::Object};
use std::fmt::Display;

impl Object<'_, '_> {
    pub(super) fn string(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    pub(super) fn hex(&mut self, key: &str, id: &[u8]) {
        if !id.is_empty() {
            self.text(key, &crate::id::hex(id));
        }
    }

    /// Those of 64 bits stand in quotation marks.
    pub(super) fn int<N: Display + Default + PartialEq>(&mut self, key: &str, number: &N) {
        match size_of::<N>() {
            _ if *number == N::default() => {}
            8 => self.quoted(key, number),
            _ => self.number(key, number),
        }
    }

    pub(super) fn enumeration(&mut self, key: &str, number: &i32) {
        self.int(key, number);
    }

    pub(super) fn flag(&mut self, key: &str, flag: &bool) {
        self.int(key, flag);
    }

    /// A number, also zero.
    pub(super) fn any_double(&mut self, key: &str, number: &f64) {
        self.double(key, *number);
    }

    pub(super) fn optional(&mut self, key: &str, number: &Option<f64>) {
        if let Some(number) = number {
            self.some_double(key, number);
        }
    }

    pub(super) fn message<T: Written>(&mut self, key: &str, message: &Option<T>) {
        if let Some(message) = message {
            self.some_message(key, message);
        }
    }

    pub(super) fn strings(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.array(key, texts, |to, text| to.text(text));
        }
    }

    pub(super) fn ints(&mut self, key: &str, numbers: &[u64]) {
        if !numbers.is_empty() {
            self.array(key, numbers, |to, n| to.text(&n.to_string()));
        }
    }

    pub(super) fn doubles(&mut self, key: &str, numbers: &[f64]) {
        if !numbers.is_empty() {
            self.array(key, numbers, |to, n| to.double(*n));
        }
    }

    pub(super) fn list<T: Written>(&mut self, key: &str, items: &[T]) {
        if !items.is_empty() {
            self.all(key, items);
        }
    }

    /// A list, also of nothing.
    pub(super) fn all<T: Written>(&mut self, key: &str, items: &[T]) {
        self.array(key, items, |to, item| to.object(|to| item.write(to)));
    }

    // What was chosen is not left out.

    pub(super) fn some_string(&mut self, key: &str, text: &str) {
        self.text(key, text);
    }

    pub(super) fn some_bool(&mut self, key: &str, flag: &bool) {
        self.boolean(key, *flag);
    }

    pub(super) fn some_int(&mut self, key: &str, number: &i64) {
        self.quoted(key, number);
    }

    pub(super) fn some_double(&mut self, key: &str, number: &f64) {
        self.any_double(key, number);
    }

    pub(super) fn some_base64(&mut self, key: &str, bytes: &[u8]) {
        self.key(key).base64(bytes);
    }

    pub(super) fn some_message(&mut self, key: &str, message: &impl Written) {
        self.object(key, |to| message.write(to));
    }

    pub(super) fn deeper(&mut self, key: &str, message: &impl Written) {
        self.some_message(key, message);
    }
}
