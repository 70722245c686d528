//! What is known about a job when it is claimed.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use otelier_core::cut;

use crate::{
    correlation::{Correlation, SpanName},
    value::Attribute,
};

/// Longer kinds and queues are cut: they are labels.
const MAX_LABEL: usize = 128;

#[derive(Clone, Default)]
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
            kind: label(kind).into(),
            system: "jobs",
            ..Self::default()
        }
    }
}

otelier_core::shown!(Facts: kind, queue, id);

/// As much of a text as a label keeps.
pub(crate) fn label(text: &str) -> &str {
    cut(text, MAX_LABEL)
}
