//! The private runtime on which exports run.

use std::{io, sync::mpsc, thread};

use opentelemetry::Context;
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// A runtime on one thread of our own: it runs whatever the host's runtime
/// does, and telemetry is suppressed on it. It ends when this is dropped.
///
/// Its thread is the only one: a runtime of tokio that starts threads by itself
/// panics where the system has none to give.
#[derive(Debug)]
pub(crate) struct ExportRuntime {
    handle: Handle,
    /// Ends it by being dropped.
    _end: oneshot::Sender<()>,
}

impl ExportRuntime {
    pub(crate) fn start() -> io::Result<Self> {
        let (end, ended) = oneshot::channel();
        let (sender, built) = mpsc::channel();
        let thread = thread::Builder::new().name("otelier-export".to_owned());
        thread.spawn(move || run(&sender, ended))?;
        // Without an answer it has panicked.
        let handle = built.recv().map_err(io::Error::other)??;
        Ok(Self { handle, _end: end })
    }

    pub(crate) const fn handle(&self) -> &Handle {
        &self.handle
    }
}

fn run(built: &mpsc::Sender<io::Result<Handle>>, ended: oneshot::Receiver<()>) {
    let _nothing_it_does_is_traced = Context::enter_telemetry_suppressed_scope();
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            built.send(Err(error)).ok();
            return;
        }
    };
    built.send(Ok(runtime.handle().clone())).ok();
    // It is an error that the other end was dropped, which is how it ends.
    runtime.block_on(ended).ok();
    runtime.shutdown_background();
}
