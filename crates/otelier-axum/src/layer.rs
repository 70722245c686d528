//! The layer, and the shortest way to put it on.

use std::{any::Any, borrow::Cow, sync::Arc};

use axum::{
    Router,
    http::{HeaderMap, HeaderName, Method, Uri},
};
use tower_layer::Layer;

use crate::{
    config::{Config, ProxyTrust},
    record::{Layered, Shared, layered},
    service::Trace,
};

/// Records a span and metrics for each request, see the [crate] root.
///
/// Put it on with [`Router::layer`] as the last call, so that fallbacks are
/// covered; with `ServiceBuilder` around something else than a router it works
/// too, without routes. Where two of them meet, the outer one records.
///
/// The layer records to the providers that are current when it is made, or, if
/// there are none, to the process's as soon as these are installed. The bodies of
/// its responses are axum's, whatever the service's were.
///
/// While telemetry is disabled, or all its exporters are `none`, the context of
/// the caller is current in the handler all the same, so that the traces of
/// others stay whole; where neither an endpoint nor `OTEL_PROPAGATORS` is set
/// nothing is done.
///
/// ```
/// use axum::{Router, routing::get};
/// use otelier_axum::{TraceLayer, instrument_with};
///
/// let app: Router = Router::new().route("/orders/{id}", get(|| async { "an order" }));
/// let layer = TraceLayer::new().with_excluded(["/ready"]).with_trace_response();
/// let app = instrument_with(app, layer);
/// # let _ = app;
/// ```
///
/// # Cost
/// While telemetry is off a request pays an atomic load and two branches.
/// Where it is compiled out, the layer hands the service itself through.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct TraceLayer {
    shared: Shared,
}

impl TraceLayer {
    /// Makes a layer that records to the current providers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves no span and no metric for these paths, in place of the health
    /// checks that are left out otherwise. A slash at the end makes no
    /// difference, and a `*` at the end stands for any rest. The variable
    /// `OTELIER_HTTP_EXCLUDED_URLS` wins.
    pub fn with_excluded<P: Into<String>>(self, paths: impl IntoIterator<Item = P>) -> Self {
        self.edit(|config| {
            config.excluded_paths = Some(paths.into_iter().map(Into::into).collect());
        })
    }

    /// Records the requests for these paths and for no others. What is excluded is
    /// not recorded all the same. They are written as for
    /// [`with_excluded`](Self::with_excluded); the variable
    /// `OTELIER_HTTP_INCLUDED_URLS` wins.
    pub fn with_included<P: Into<String>>(self, paths: impl IntoIterator<Item = P>) -> Self {
        self.edit(|config| {
            config.included_paths = Some(paths.into_iter().map(Into::into).collect());
        })
    }

    /// Leaves no span and no metric for requests of which this is true, beside
    /// the excluded paths. Asked on every request.
    pub fn with_excluded_if(
        self,
        excluded: impl Fn(&Method, &Uri, &HeaderMap) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.edit(|config| config.excluded_if = Some(Arc::new(excluded)))
    }

    /// Says which peers are believed about the request that they pass on.
    pub fn with_proxy_trust(self, proxies: ProxyTrust) -> Self {
        self.edit(|config| config.proxies = proxies)
    }

    /// Starts a trace of its own for each request, and links it to the caller's:
    /// for services that anybody may call, whose sampling and trace ids are not
    /// the callers' to choose. Baggage of such callers is dropped.
    pub fn with_public_endpoint(self) -> Self {
        self.edit(|config| config.public_endpoint = true)
    }

    /// Tells the caller the trace in the response header `traceresponse`, unless
    /// the handler sets one, or the caller decided that nothing is sampled.
    pub fn with_trace_response(self) -> Self {
        self.edit(|config| config.trace_response = true)
    }

    /// Adds the metrics `http.server.request.body.size` and
    /// `http.server.response.body.size`, in bytes as they pass the layer. A
    /// request's is recorded if its body is [`axum::body::Body`].
    pub fn with_body_sizes(self) -> Self {
        self.edit(|config| config.body_sizes = true)
    }

    /// Logs a line for each request that is over, as `OTELIER_ACCESS_LOG=true`
    /// does for all of them: method, path, status and duration, in the trace of
    /// the request. Its level is INFO, WARN if the client went away, and ERROR if
    /// the server failed; its target is `otelier_axum::access`.
    pub fn with_access_log(self) -> Self {
        self.edit(|config| config.access_log = true)
    }

    /// Takes a header into the request's context under a key: an attribute of
    /// the request's span, and of the spans and logs below it.
    pub fn with_context_header(
        self,
        header: HeaderName,
        key: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.edit(|config| config.context_headers.push((header, key.into())))
    }

    /// Takes a path parameter into the request's context under a key, where the
    /// layer was put on with [`Router::layer`].
    pub fn with_context_parameter(
        self,
        parameter: impl Into<String>,
        key: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.edit(|config| {
            let named = (parameter.into(), key.into());
            config.context_parameters.push(named);
        })
    }

    /// Makes an entry of the request's context a label of the request's
    /// durations and sizes. Only for keys with few values: each is a series.
    pub fn with_context_label(self, key: impl Into<Cow<'static, str>>) -> Self {
        self.edit(|config| config.context_labels.push(key.into()))
    }

    /// Records a request header as `http.request.header.<name>`. Values that are
    /// marked as sensitive, and those of names like `authorization`, become
    /// `[REDACTED]`.
    pub fn with_request_header(self, header: HeaderName) -> Self {
        self.edit(|config| config.request_headers.push(header))
    }

    /// Records a response header as `http.response.header.<name>`, under the
    /// same rules as [`with_request_header`](Self::with_request_header).
    pub fn with_response_header(self, header: HeaderName) -> Self {
        self.edit(|config| config.response_headers.push(header))
    }

    /// Records a top-level field of JSON request bodies as
    /// `http.request.body.<field>`, as far as the handler reads the body and it
    /// is [`axum::body::Body`]. The field `size` becomes
    /// `otelier.http.request.body.size`: without the prefix that name is the
    /// conventions' for the bytes of the body, an integer.
    ///
    /// A value is cut at 2 KiB, and of a body no more than its first 16 KiB are
    /// looked at; they are copied as they pass. Values of secret fields, also of
    /// those inside a value, become `[REDACTED]`.
    pub fn with_request_body_field(self, field: impl Into<String>) -> Self {
        self.edit(|config| config.body_fields.push(field.into()))
    }

    fn edit(self, edit: impl FnOnce(&mut Config)) -> Self {
        Self {
            shared: self.shared.edit(edit),
        }
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Layered<S, Trace<S>>;

    #[inline]
    fn layer(&self, inner: S) -> Self::Service {
        layered(inner, |inner| Trace::new(inner, self.shared.clone()))
    }
}

/// Makes a layer for a part of a router, see [`TraceLayer`].
pub fn layer() -> TraceLayer {
    TraceLayer::new()
}

/// Records every request of a router that is complete.
///
/// After a start of telemetry that has nothing to do, the router comes back
/// untouched, so that its requests cost nothing. Before a start it waits for one,
/// as a layer does. If the router needs no state, its handlers become services
/// here, as `with_state(())` makes them.
pub fn instrument<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    instrument_with(router, layer())
}

/// Records every request of a router that is complete, as the layer says; see
/// [`instrument`].
pub fn instrument_with<S>(router: Router<S>, layer: TraceLayer) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    if layer.shared.is_off() {
        router
    } else {
        with_services(router.layer(layer))
    }
}

/// Has axum make services of the handlers now, if they need no state, and not at
/// each request: the layer is put on each time again. `axum::serve` does so for
/// each connection, but not every server does.
fn with_services<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let mut router = Some(router);
    if let Some(stateless) = (&mut router as &mut dyn Any).downcast_mut::<Option<Router>>() {
        *stateless = stateless.take().map(|router| router.with_state(()));
    }
    router.unwrap_or_default()
}
