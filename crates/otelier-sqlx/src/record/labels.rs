//! The attributes of a pool's spans and metrics.

use std::sync::OnceLock;

use otelier_core::{Names, edge::Attribute, semconv};
use otelier_sql::{Dialect, QueryText};

/// Of spans, and of the values of their attributes that recur.
pub(super) static NAMES: Names = Names::new();

/// An attribute whose value many have in common.
pub(super) fn name(key: &'static str, value: &str) -> Attribute {
    Attribute::text(key, NAMES.keep(value))
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

pub(super) fn system_name(system: &str) -> Attribute {
    name(semconv::DB_SYSTEM_NAME, system)
}
