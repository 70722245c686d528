//! The attributes of a pool's spans and metrics.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use opentelemetry::{KeyValue, Value};
use otelier_core::{Names, semconv};

use crate::{config::QueryText, sql::Dialect};

/// Of spans, and of the values of their attributes that recur.
pub(super) static NAMES: Names = Names::new();

/// An attribute that is cheaper to make than a `KeyValue` is to clone.
#[derive(Clone, Debug)]
pub(super) struct Attribute(&'static str, Ready);

#[derive(Clone, Debug)]
enum Ready {
    Static(&'static str),
    Shared(Arc<str>),
    Number(i64),
}

impl Attribute {
    pub(super) fn text(key: &'static str, value: &str) -> Self {
        Self(key, Ready::Shared(value.into()))
    }

    /// Of a value that many have in common.
    pub(super) fn name(key: &'static str, value: &str) -> Self {
        match NAMES.keep(value) {
            Cow::Borrowed(value) => Self(key, Ready::Static(value)),
            Cow::Owned(value) => Self::text(key, &value),
        }
    }

    pub(super) fn number(key: &'static str, value: i64) -> Self {
        Self(key, Ready::Number(value))
    }

    #[inline]
    pub(super) fn make(&self) -> KeyValue {
        let value = match &self.1 {
            Ready::Static(value) => Value::String((*value).into()),
            Ready::Shared(value) => Value::String(Arc::clone(value).into()),
            Ready::Number(value) => Value::I64(*value),
        };
        KeyValue::new(self.0, value)
    }
}

/// What the statements of one pool have in common.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) dialect: Dialect,
    /// `db.system.name`, once it is known.
    pub(super) system: OnceLock<Attribute>,
    /// What it is called until then.
    pub(super) driver: &'static str,
    /// Namespace and server.
    pub(super) attributes: Vec<Attribute>,
    /// The name of spans whose text says nothing.
    pub(super) fallback: String,
    pub(super) text: QueryText,
}

impl Origin {
    pub(super) fn describe(&self) -> Vec<Attribute> {
        let system = self.system.get().cloned();
        let system = system.unwrap_or_else(|| system_name(self.driver));
        let mut attributes = vec![system];
        attributes.extend_from_slice(&self.attributes);
        attributes
    }
}

pub(super) fn system_name(name: &str) -> Attribute {
    Attribute::name(semconv::DB_SYSTEM_NAME, name)
}
