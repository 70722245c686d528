//! What is left in the extensions of a request for layers further in, and of a
//! response for the layer.

use std::sync::{Arc, OnceLock};

use axum::{extract::MatchedPath, http::Extensions};
use opentelemetry::StringValue;

/// A layer records the request, so that the next one does not.
#[derive(Clone)]
pub(super) struct Recorded;

/// A layer lets context pass: those further in must not undo what was changed in
/// between.
#[derive(Clone)]
pub(super) struct Passed;

/// The time to the response's head is the duration.
#[derive(Clone)]
pub(super) struct ToHeaders;

/// Where an inner layer leaves the route that an outer one cannot see.
#[derive(Clone, Debug, Default)]
pub(super) struct LateRoute(Arc<OnceLock<StringValue>>);

impl LateRoute {
    pub(super) fn heard(&self) -> Option<&StringValue> {
        self.0.get()
    }
}

/// Tells whether a layer further out records this request; if that one could
/// not see the route, it gets ours. Of several layers the first tells it.
pub(super) fn is_recorded(request: &Extensions) -> bool {
    if request.get::<Recorded>().is_none() {
        return false;
    }
    if let Some(late) = request.get::<LateRoute>()
        && let Some(route) = request.get::<MatchedPath>()
    {
        let route = Arc::<str>::from(route.as_str());
        late.0.set(route.into()).ok();
    }
    true
}
