//! What is known about a job when it is claimed.

use std::{borrow::Cow, fmt, sync::Arc, time::SystemTime};

use otelier_core::cut;

use crate::{
    correlation::{Correlation, SpanName},
    value::Attribute,
};

/// Longer kinds and queues are cut: they are labels.
const MAX_LABEL: usize = 128;

#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) kind: Arc<str>,
    /// Unless it is called as the kind.
    pub(crate) queue: Option<Arc<str>>,
    pub(crate) system: &'static str,
    /// Unless it is the service's.
    pub(crate) namespace: Option<Box<str>>,
    pub(crate) id: Option<Arc<str>>,
    pub(crate) attributes: Vec<(Cow<'static, str>, Attribute)>,
    pub(crate) enqueued_at: Option<SystemTime>,
    pub(crate) attempt: Option<u32>,
    pub(crate) correlation: Correlation,
    pub(crate) span_name: SpanName,
    pub(crate) is_announced: bool,
}

impl Facts {
    pub(crate) fn new(kind: &str) -> Self {
        Self {
            kind: label(kind),
            queue: None,
            system: "jobs",
            namespace: None,
            id: None,
            attributes: Vec::new(),
            enqueued_at: None,
            attempt: None,
            correlation: Correlation::default(),
            span_name: SpanName::default(),
            is_announced: false,
        }
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("kind", &self.kind)
            .field("queue", &self.queue)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

pub(crate) fn label(text: &str) -> Arc<str> {
    cut(text, MAX_LABEL).into()
}
