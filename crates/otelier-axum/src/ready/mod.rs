//! Whether a service may be sent requests, as it tells its balancer.
//!
//! ```no_run
//! use std::time::Duration;
//! use axum::{Router, routing::get};
//! use otelier_axum::ready::Ready;
//!
//! # async fn warm_up() {}
//! # async fn shutdown_signal() {}
//! # async fn run() -> std::io::Result<()> {
//! let ready = Ready::new();
//! let app: Router = Router::new()
//!     .route("/orders", get(|| async { "orders" }))
//!     .route("/ready", ready.route());
//!
//! // What this service cannot do without.
//! let database = ready.reason("database");
//! tokio::spawn(async move {
//!     // .. and whenever it is asked again:
//!     database.set();
//!     database.clear();
//! });
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! ready.set_warming();
//! warm_up().await;
//! ready.set_ready();
//! axum::serve(listener, app)
//!     // `/ready` says so for five seconds before the listener closes.
//!     .with_graceful_shutdown(ready.shutdown(shutdown_signal(), Duration::from_secs(5)))
//!     .await
//! # }
//! ```
//!
//! # States
//! | state | when | `/ready` answers |
//! |---|---|---|
//! | `draining` | the process was asked to end; there is no way back | 503 |
//! | `manual` | somebody took it out by hand | 503 |
//! | `starting` | at first | 503 |
//! | `warming` | the service says so | 503 |
//! | `degraded` | at least one reason counts | 503, or 200 if all of them are tolerated |
//! | `ready` | else | 200 |
//!
//! Of several that hold, the first counts. The answer is one line of text: the
//! state, and the keys of the reasons: `degraded: database, search`.
//!
//! # What is recorded
//! `otelier.readiness.status` is 1 for the state that counts and 0 for the others,
//! `otelier.readiness.degraded` is 1 for each reason that counts and 0 for the
//! others. States are worked out when they are asked for; there is no task.
//!
//! It all works the same without telemetry, which then records nothing.

mod reason;

use std::{fmt, sync::Arc, time::Duration};

pub use self::reason::Reason;
pub use crate::machine::State;
use crate::{
    machine::{Phase, Shared, Status},
    record,
};
use axum::{
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

/// Whether a service may be sent requests, see the [module](self). Cheap to clone;
/// clones are the same. Metrics tell of the first one that lives.
///
/// See the [example of the module](crate::ready).
#[derive(Clone)]
pub struct Ready(Arc<Shared>);

impl Ready {
    /// A service that is starting.
    #[must_use]
    pub fn new() -> Self {
        let shared = Arc::new(Shared::default());
        record::observe_readiness(&shared);
        Self(shared)
    }

    /// A reason counts only when it has lasted for so long: a dependency that is
    /// away for a moment takes nobody out. At once by default.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        self.0.lock().patience = patience;
        self
    }

    /// A reason that counted goes on counting for so long after it was cleared: a
    /// dependency that comes and goes does not take the service in and out. Not at
    /// all by default.
    #[must_use]
    pub fn with_stabilisation(self, stabilisation: Duration) -> Self {
        self.0.lock().stabilisation = stabilisation;
        self
    }

    /// The service fills its caches, or whatever it does before it can serve.
    pub fn set_warming(&self) {
        self.0.lock().phase = Phase::Warming;
    }

    /// The service can serve.
    pub fn set_ready(&self) {
        self.0.lock().phase = Phase::Ready;
    }

    /// The service is being brought to its end; there is no way back. So it is from
    /// `otelier::shutdown_signal()` on by itself.
    pub fn set_draining(&self) {
        self.0.lock().is_draining = true;
    }

    /// Takes the service out by hand, until [`clear_manual`](Self::clear_manual).
    pub fn set_manual(&self) {
        self.0.lock().is_manual = true;
    }

    /// Takes it back in.
    pub fn clear_manual(&self) {
        self.0.lock().is_manual = false;
    }

    /// A reason for which the service may be degraded, which is not set yet. The
    /// same key is the same reason; it is told to whoever asks, and is a label of
    /// metrics. At most 32 are told apart.
    #[must_use]
    pub fn reason(&self, key: &'static str) -> Reason {
        let place = self.0.lock().place(key);
        Reason::new(Arc::clone(&self.0), place)
    }

    /// The state at this moment.
    #[must_use]
    pub fn state(&self) -> State {
        self.0.status().state
    }

    /// The keys of the reasons that count at this moment.
    #[must_use]
    pub fn reasons(&self) -> Vec<&'static str> {
        self.0.status().counting().collect()
    }

    /// What a route answers: 200 or 503, and why.
    #[must_use]
    pub fn answer(&self) -> Response {
        answer(&self.0.status())
    }

    /// A route that gives the [`answer`](Self::answer).
    pub fn route<S>(&self) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let ready = self.clone();
        get(async move || ready.answer())
    }

    /// Waits for a signal, says `draining`, and lets so much time pass, in which
    /// requests are served as before: balancers need it to notice. For use with a
    /// server's graceful shutdown.
    ///
    /// # Panics
    /// In a runtime without a clock.
    ///
    /// # Cancellation
    /// Once the signal has come, the service stays `draining`.
    pub fn shutdown<F>(&self, signal: F, grace: Duration) -> impl Future<Output = ()> + use<F>
    where
        F: Future<Output = ()>,
    {
        let ready = self.clone();
        async move {
            signal.await;
            ready.set_draining();
            tokio::time::sleep(grace).await;
        }
    }
}

impl Default for Ready {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.0.status();
        f.debug_struct("Ready")
            .field("state", &status.state)
            .field("reasons", &status.reasons)
            .finish()
    }
}

/// The state and its reasons, in a line.
fn answer(status: &Status) -> Response {
    let code = match status.state {
        State::Ready => StatusCode::OK,
        State::Degraded if status.is_tolerated => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut text = status.state.as_str().to_owned();
    let mut before = ": ";
    for key in status.counting() {
        text.push_str(before);
        text.push_str(key);
        before = ", ";
    }
    text.push('\n');
    let head = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (code, head, text).into_response()
}
