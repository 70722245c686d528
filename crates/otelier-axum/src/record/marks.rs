//! What is left in the extensions of a request for layers further in, and of a
//! response for the layer.

use std::{
    cell::RefCell,
    sync::{Arc, OnceLock, Weak},
};

use axum::{extract::MatchedPath, http::Extensions};
use opentelemetry::{Context, StringValue, TraceId, trace::TraceContextExt as _};

/// A layer records the request, so that the next one does not.
#[derive(Clone)]
pub(super) struct Recorded;

/// A layer lets context pass: those further in must not undo what was changed in
/// between.
#[derive(Clone)]
pub(super) struct Passed;

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

thread_local! {
    /// The upgrade that a handler prepared last on this thread.
    static PREPARED: RefCell<Option<(TraceId, Weak<OnceLock<StringValue>>)>> =
        const { RefCell::new(None) };
}

/// The route of a request that is upgraded: known to the layer, when the head of
/// the answer comes by, and meant for the handler's task.
#[derive(Clone, Debug, Default)]
pub(super) struct UpgradedRoute(Arc<OnceLock<StringValue>>);

impl UpgradedRoute {
    /// That of the request that the caller serves, as soon as it is answered.
    pub(super) fn of_this_request() -> Self {
        let route = Self::default();
        let waits = (trace_id(&Context::current()), Arc::downgrade(&route.0));
        let _ = PREPARED.try_with(|prepared| prepared.replace(Some(waits)));
        route
    }

    /// A request is upgraded.
    #[cold]
    pub(super) fn tell(request: &Context, route: Option<&StringValue>) {
        let prepared = PREPARED.try_with(RefCell::take).ok().flatten();
        // A handler that went to another thread in between has no route.
        if let Some((trace, waits)) = prepared
            && trace == trace_id(request)
            && let (Some(waits), Some(route)) = (waits.upgrade(), route)
        {
            waits.set(route.clone()).ok();
        }
    }

    pub(super) fn get(&self) -> Option<&StringValue> {
        self.0.get()
    }
}

fn trace_id(cx: &Context) -> TraceId {
    cx.span().span_context().trace_id()
}
