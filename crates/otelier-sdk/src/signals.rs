//! The signals that ask a service to stop.

use std::future::{Future, pending};

use tokio::runtime::Handle;

/// Waits for SIGTERM or Ctrl-C, for use with a server's graceful shutdown.
///
/// Inside of a runtime the handlers are in place when this returns, not only
/// when the future is polled: a signal that comes in between is not lost.
/// Works the same with telemetry on, off and compiled out. Where a handler
/// cannot be installed, that signal keeps its default action.
///
/// # Panics
/// As tokio's signals do: in a runtime without I/O.
///
/// # Cancellation
/// Dropping the future does not restore a signal's default action: tokio keeps
/// its handlers for the life of the process.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    let installed = Handle::try_current().is_ok().then(Handlers::install);
    async move {
        installed.unwrap_or_else(Handlers::install).wait().await;
    }
}

#[cfg(unix)]
struct Handlers {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Handlers {
    fn install() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn wait(mut self) {
        tokio::select! {
            () = arrival(self.interrupt.as_mut()) => (),
            () = arrival(self.terminate.as_mut()) => (),
        }
    }
}

#[cfg(unix)]
async fn arrival(signal: Option<&mut tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}

#[cfg(not(unix))]
struct Handlers;

#[cfg(not(unix))]
impl Handlers {
    fn install() -> Self {
        Self
    }

    async fn wait(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}
