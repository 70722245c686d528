//! The guard of a watched runtime.

use tokio::runtime::Handle;

use crate::{
    options::Options,
    record::{self, Watching},
};

/// A runtime that is watched; none by default. Watching ends when this is
/// dropped, and when the runtime is.
///
/// See the [example of the crate](crate).
#[derive(Debug, Default)]
#[must_use = "watching ends when this is dropped"]
pub struct Watch(Watching);

impl Watch {
    /// Whether the runtime is watched. It is not while telemetry is off, once
    /// the runtime is gone, and if it was one too many.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        record::is_watching(&self.0)
    }
}

/// Observes the process, and watches the runtime that this is called in, if
/// any, as `main`, and those that were to be watched before. What `options` say
/// holds for [`watch`] too.
///
/// Takes effect if telemetry was set up before, and once. The facade calls it.
pub fn start(options: Options) -> Watch {
    Watch(record::start(options))
}

/// Watches a runtime under a name, which is the label `tokio.runtime.name`.
///
/// Before telemetry is set up the runtime is taken down, and watched from
/// [`start`] on. Up to sixteen runtimes are watched at a time. A name that is in
/// use stays with its runtime. Of the name, 64 bytes are kept.
///
/// # Cost
/// A task in the runtime, and a thread; see the [crate](crate).
pub fn watch(name: &str, runtime: &Handle) -> Watch {
    Watch(record::watch(name, runtime, None::<Options>))
}

/// The same with options of its own.
pub fn watch_with(name: &str, runtime: &Handle, options: Options) -> Watch {
    Watch(record::watch(name, runtime, Some(options)))
}
