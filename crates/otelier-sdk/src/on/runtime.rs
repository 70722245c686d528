//! The private runtime on which exports run.

use std::{cell::RefCell, io};

use opentelemetry::{Context, ContextGuard};
use tokio::runtime::{Builder, Handle, Runtime};

thread_local! {
    /// Held for the life of a runtime thread, so that nothing it does is traced.
    static SUPPRESSION: RefCell<Option<ContextGuard>> = const { RefCell::new(None) };
}

/// One worker thread of our own: it runs whatever the host's runtime does, and
/// telemetry is suppressed on it.
#[derive(Debug)]
pub(crate) struct ExportRuntime(Option<Runtime>);

impl ExportRuntime {
    pub(crate) fn start() -> io::Result<Self> {
        Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2)
            .thread_name("otelier-export")
            .enable_all()
            .on_thread_start(|| {
                let guard = Context::enter_telemetry_suppressed_scope();
                SUPPRESSION.with(|slot| *slot.borrow_mut() = Some(guard));
            })
            .on_thread_stop(|| drop(SUPPRESSION.with(RefCell::take)))
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    pub(crate) fn handle(&self) -> Option<Handle> {
        self.0.as_ref().map(|runtime| runtime.handle().clone())
    }
}

impl Drop for ExportRuntime {
    fn drop(&mut self) {
        // A plain drop waits, and panics inside of another runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
