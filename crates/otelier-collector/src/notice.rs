//! What the collector has to say while it runs.

use std::{fmt, sync::Arc};

/// No line is longer, in characters.
const LONGEST: usize = 1000;

type Hear = dyn Fn(&str) + Send + Sync;

/// Where notices go: one line each, without a line end.
#[derive(Clone, Default)]
pub(crate) struct Notice(Option<Arc<Hear>>);

impl Notice {
    pub(crate) fn to(hear: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hear)))
    }

    /// Says a line, in which nothing received can move a cursor or forge another.
    pub(crate) fn say(&self, line: &str) {
        if let Some(hear) = &self.0 {
            hear(&crate::clean::clean(line, LONGEST));
        }
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Notice(..)"
        } else {
            "Notice(none)"
        })
    }
}
