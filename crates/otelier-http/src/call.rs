//! The guard for a client's span.

use std::error::Error;

use http::HeaderMap;
use otelier_core::edge::{Scope as _, Traced};

use crate::record::{self, Operation};

/// A request of a client that has no layer: a span of kind `CLIENT` and the
/// metrics of the [crate] root, from [`begin`](Self::begin) until it is told how
/// it ended.
///
/// It records to the providers that are current when it begins, else to the
/// process's. While telemetry is off it is nothing, and [`inject`](Self::inject)
/// hands the context of others through.
///
/// See the [example of the crate](crate).
///
/// # Cancellation
/// Dropping it ends the span without an error: giving up is the caller's right.
/// While the thread unwinds it is an error, `panic`.
#[derive(Debug)]
#[must_use = "dropping it ends the span"]
pub struct Call {
    operation: Option<Operation>,
}

impl Call {
    /// Begins a request, below the current span. A URL that cannot be read leaves
    /// a span without address and URL.
    pub fn begin(method: &str, url: &str) -> Self {
        Self {
            operation: record::begin_call(method, url),
        }
    }

    /// Writes the span's context, and the baggage, into the request's headers.
    pub fn inject(&self, headers: &mut HeaderMap) {
        record::inject(self.operation.as_ref(), headers);
    }

    /// Runs what sends the request, with the span current whenever it is polled.
    pub async fn run<F: Future>(&self, request: F) -> F::Output {
        let scope: Option<record::Scope> = record::scope(self.operation.as_ref());
        Traced::run(request, scope).await.0
    }

    /// The same for a client that blocks.
    pub fn in_scope<T>(&self, request: impl FnOnce() -> T) -> T {
        let scope: Option<record::Scope> = record::scope(self.operation.as_ref());
        match scope {
            Some(mut scope) => scope.enter(request),
            None => request(),
        }
    }

    /// Ends it with the status of its response: 4xx and 5xx are errors.
    pub fn answered(self, status: u16) {
        record::answered(self.operation, status);
    }

    /// Ends it with an error.
    pub fn failed(self, error: &(dyn Error + 'static)) {
        record::failed(self.operation, error);
    }
}
