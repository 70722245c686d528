//! The signals that ask a service to stop.

use std::{
    future::{Future, IntoFuture, pending},
    time::Duration,
};

use tokio::runtime::Handle;

use crate::imp;

/// Waits for SIGTERM or Ctrl-C, for use with a server's graceful shutdown.
///
/// When the signal comes, what has been recorded so far is sent: requests that
/// do not end must not keep it. From then on `otelier::axum::ready` says
/// `draining`. A second signal ends the process at once, as it
/// would have without a handler (on Unix; elsewhere it is ignored).
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
        otelier_core::stop();
        imp::flush_at_signal();
    }
}

/// Waits for a server to end, at most `bound` from the signal on that asks it to:
/// a stream that stays open must not keep a service from its end. `None` if it
/// was still serving then.
///
/// ```no_run
/// # async fn serve() -> std::io::Result<()> { Ok(()) }
/// # async fn run() -> std::io::Result<()> {
/// # let server = serve();
/// // let server = axum::serve(listener, app)
/// //     .with_graceful_shutdown(otelier::shutdown_signal());
/// let ended = otelier_sdk::drain(server, std::time::Duration::from_secs(10)).await;
/// ended.transpose()?;
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// As [`shutdown_signal`] does, and in a runtime without a clock.
///
/// # Cancellation
/// Dropping the future drops the server.
pub async fn drain<S: IntoFuture>(server: S, bound: Duration) -> Option<S::Output> {
    let signal = shutdown_signal();
    let server = server.into_future();
    tokio::select! {
        biased;
        ended = server => Some(ended),
        () = async {
            signal.await;
            tokio::time::sleep(bound).await;
        } => None,
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
        end_at_the_second();
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

/// Has each signal but the first end the process. It is done where signals are
/// handled, and so whatever the runtime does.
#[cfg(unix)]
fn end_at_the_second() {
    use std::sync::{Arc, Once, atomic::AtomicBool};

    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        flag::{register, register_conditional_default},
    };

    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let first = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: what has come before is looked at before it is noted.
            if register_conditional_default(signal, Arc::clone(&first)).is_ok() {
                register(signal, Arc::clone(&first)).ok();
            }
        }
    });
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
