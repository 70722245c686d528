//! How the context of others travels.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{HeaderMap, Request, Response};
use opentelemetry::{
    Context,
    baggage::BaggageExt as _,
    trace::{SpanKind, TraceContextExt as _},
};
use otelier_core::{Propagation, Providers};
use otelier_testing::capture;
use otelier_tonic::{client_layer, server_layer};
use tower::{Layer as _, Service, service_fn};

use crate::endings::call;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

type Kept = Arc<Mutex<Vec<HeaderMap>>>;

/// Keeps what is sent, and says which trace it is in.
#[expect(clippy::type_complexity, reason = "a service has three types")]
fn seen() -> (
    Kept,
    impl Service<
        Request<()>,
        Response = Response<String>,
        Error = Infallible,
        Future = impl Future<Output = Result<Response<String>, Infallible>>,
    >,
) {
    let kept = Kept::default();
    let keeps = Arc::clone(&kept);
    let service = service_fn(move |request: Request<()>| {
        keeps.lock().unwrap().push(request.headers().clone());
        let trace = Context::map_current(|cx| cx.span().span_context().trace_id());
        let shop = Context::map_current(|cx| cx.baggage().get("shop").cloned());
        async move { Ok(Response::new(format!("{trace} {shop:?}"))) }
    });
    (kept, service)
}

fn from(parent: &str) -> Request<()> {
    let mut request = call("/shop.Prices/Get");
    let headers = request.headers_mut();
    headers.insert("traceparent", parent.parse().unwrap());
    headers.insert("baggage", "shop=7".parse().unwrap());
    request
}

#[tokio::test]
async fn a_call_is_below_what_its_caller_sent_and_goes_on_below_itself() {
    let telemetry = capture();
    let (kept, inside) = seen();
    let mut server = server_layer().layer(client_layer().layer(inside));
    let response = server.call(from(PARENT)).await.unwrap();
    drop(response);
    let spans = telemetry.spans();
    assert_eq!(spans.len(), 2);
    let of = |kind: SpanKind| spans.iter().find(|span| span.kind == kind).unwrap();
    let (server, client) = (of(SpanKind::Server), of(SpanKind::Client));
    assert_eq!(client.parent_span_id, Some(server.span_id));
    assert_eq!(client.trace_id.to_string(), PARENT[3..35]);
    let sent = kept.lock().unwrap()[0].clone();
    let expected = format!("00-{}-{}-01", client.trace_id, client.span_id);
    assert_eq!(sent["traceparent"], *expected);
    assert_eq!(sent["baggage"], "shop=7");
}

#[tokio::test]
async fn a_layer_may_keep_the_context() {
    let telemetry = capture();
    let (kept, inside) = seen();
    let mut client = client_layer().without_propagation().layer(inside);
    client.call(call("/shop.Prices/Get")).await.unwrap();
    assert!(!kept.lock().unwrap()[0].contains_key("traceparent"));
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test]
async fn while_telemetry_is_disabled_the_context_of_others_passes_through() {
    let propagation = Propagation::none().with_trace_context().with_baggage();
    let providers = Providers::passing(propagation);
    let _attached = providers.capture_in(&Context::current()).attach();
    let (kept, inside) = seen();
    let mut server = server_layer().layer(client_layer().layer(inside));
    let response = server.call(from(PARENT)).await.unwrap();
    drop(response);
    let sent = kept.lock().unwrap()[0].clone();
    assert_eq!(sent["traceparent"], PARENT);
    assert_eq!(sent["baggage"], "shop=7");
}

#[tokio::test]
async fn while_it_is_suppressed_nothing_is_recorded_or_sent() {
    let telemetry = capture();
    let (kept, inside) = seen();
    let mut client = client_layer().layer(inside);
    {
        let _quiet = Context::enter_telemetry_suppressed_scope();
        client.call(call("/shop.Prices/Get")).await.unwrap();
    }
    assert!(!kept.lock().unwrap()[0].contains_key("traceparent"));
    assert_eq!(telemetry.spans().len(), 0);
}

#[tokio::test]
async fn a_layer_inside_of_another_leaves_the_call_to_it() {
    let telemetry = capture();
    let (_, inside) = seen();
    let mut server = server_layer().layer(server_layer().layer(inside));
    server.call(call("/shop.Prices/Get")).await.unwrap();
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test]
async fn requests_that_are_no_calls_pass_through() {
    let telemetry = capture();
    let (kept, inside) = seen();
    let mut server = server_layer().layer(client_layer().layer(inside));
    let mut request = call("/shop.Prices/Get");
    let web = "application/grpc-web+proto".parse().unwrap();
    request.headers_mut().insert("content-type", web);
    server.call(request).await.unwrap();
    assert!(!kept.lock().unwrap()[0].contains_key("traceparent"));
    assert_eq!(telemetry.spans().len(), 0);
}
