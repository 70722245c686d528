//! At most so many requests at a time: the others wait, or are refused.
//!
//! ```
//! use std::time::Duration;
//! use axum::{Router, routing::get};
//! use otelier_axum::admission::AdmissionLayer;
//!
//! let admission = AdmissionLayer::new(64).with_waiting(32, Duration::from_millis(300));
//! let app: Router = Router::new()
//!     .route("/orders", get(|| async { "orders" }))
//!     .layer(admission);
//! // Further out, so that what is refused is recorded, too.
//! let app = otelier_axum::instrument(app);
//! # let _ = app;
//! ```
//!
//! A request is inside from its head to the end of its response's body. A stream
//! (Server-Sent Events, or a response with [`TimeToHeaders`](crate::TimeToHeaders))
//! leaves with its head, unless [`AdmissionLayer::with_streams`] asks for its
//! place, and so does an upgrade. Health routes (`/health`, `/healthz`, `/ready`,
//! `/readyz`, `/live`, `/livez`, `/metrics`) never count.
//!
//! Whom there is no place for gets 503 with `Retry-After`. Those who wait come in
//! by turns, at most so many and for so long as
//! [`AdmissionLayer::with_waiting`] says; nobody waits by default. A client that
//! goes away leaves its turn to the next.
//!
//! # What is recorded
//! | metric | |
//! |---|---|
//! | `otelier.http.server.admission.requests` | those inside, and those that wait |
//! | `otelier.http.server.admission.limit` | how many may be inside |
//! | `otelier.http.server.admission.refused` | those that were refused, by `otelier.admission.reason`: `full`, `timeout` |
//! | `otelier.http.server.admission.wait_time` | how long those waited that had to, by `otelier.admission.outcome`: `admitted`, `refused`, `cancelled` |
//!
//! It all works the same without telemetry, which then records nothing.
//!
//! # Cost
//! One atomic operation on the way in, one on the way out, and a box around the
//! body; no lock unless somebody waits.

mod body;
mod future;
mod gate;
mod service;

use std::{borrow::Cow, sync::Arc, time::Duration};

use tower_layer::Layer;

use self::gate::{Gate, Rules};
pub use self::{future::AdmissionFuture, service::Admission};
use crate::paths::Paths;

/// Lets at most so many requests in at a time, see the [module](self). The
/// services that it makes, and its clones, share the places.
///
/// See the [example of the module](crate::admission).
#[derive(Clone, Debug)]
#[must_use]
pub struct AdmissionLayer {
    gate: Arc<Gate>,
}

impl AdmissionLayer {
    /// So many requests may be inside; nobody waits.
    pub fn new(limit: usize) -> Self {
        Self::of(Rules::new(limit))
    }

    fn of(rules: Rules) -> Self {
        let gate = Gate::new(rules);
        Self { gate }
    }

    /// So many others may wait, each at most so long. The runtime must have a clock
    /// then.
    pub fn with_waiting(self, places: usize, longest: Duration) -> Self {
        self.edit(|rules| (rules.waiting, rules.longest) = (places, longest))
    }

    /// After so long a client that is refused may come again; a second by default.
    /// It is told in whole seconds, rounded up.
    pub fn with_retry_after(self, retry_after: Duration) -> Self {
        self.edit(|rules| rules.retry_after = retry_after)
    }

    /// A stream keeps its place until it ends.
    pub fn with_streams(self) -> Self {
        self.edit(|rules| rules.keeps_streams = true)
    }

    /// These paths never count, beside those of health checks. A `*` at the end
    /// stands for any rest.
    pub fn with_exempt<P: Into<String>>(self, paths: impl IntoIterator<Item = P>) -> Self {
        let paths = Vec::from_iter(paths.into_iter().map(Into::into));
        self.edit(|rules| rules.exempt = Paths::new(&paths))
    }

    /// What it is called in metrics, where a service has several: `main` by
    /// default.
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.edit(|rules| rules.name = name.into())
    }

    /// With places of its own: what was made before goes on as it was.
    fn edit(self, edit: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = self.gate.rules.clone();
        edit(&mut rules);
        Self::of(rules)
    }
}

impl<S> Layer<S> for AdmissionLayer {
    type Service = Admission<S>;

    fn layer(&self, inner: S) -> Admission<S> {
        Admission::new(inner, Arc::clone(&self.gate))
    }
}
