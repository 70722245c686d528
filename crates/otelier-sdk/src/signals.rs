//! The signals that ask a service to stop.

/// Waits for SIGTERM or Ctrl-C, for use with a server's graceful shutdown.
///
/// Works the same with telemetry on, off and compiled out. Where a handler
/// cannot be installed, that signal keeps its default action.
///
/// # Cancellation
/// Dropping the future does not restore a signal's default action: tokio keeps
/// its handlers for the life of the process.
pub async fn shutdown_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => (),
        () = terminate() => (),
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
