//! Streams that are answers, and the ways in which they end.

use std::{io, panic::AssertUnwindSafe};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use opentelemetry::{
    Context,
    trace::{Status, TraceContextExt as _},
};
use otelier_genai::{CallStream, Inference, Usage};
use otelier_testing::{Telemetry, capture};

use crate::text;

type Item = io::Result<&'static str>;

async fn answer<S: stream::Stream<Item = Item>>(stream: S) -> CallStream<S> {
    let answer = Inference::new("own", "chat", "m").run(async |call| {
        call.usage(Usage::new().with_output_tokens(3));
        io::Result::Ok(call.stream(stream))
    });
    answer.await.unwrap()
}

fn chunks(telemetry: &Telemetry) -> (u64, u64) {
    let count = |name: &str| {
        let metrics = telemetry.metrics();
        metrics
            .iter()
            .find(|metric| metric.name == name)
            .map_or(0, |metric| metric.count())
    };
    (
        count("gen_ai.client.inference.time_to_first_chunk"),
        count("gen_ai.client.inference.time_per_output_chunk"),
    )
}

#[tokio::test]
async fn a_stream_ends_its_call_with_its_last_item() {
    let telemetry = capture();
    let answer = answer(stream::iter(["a", "b", "c"].map(Ok))).await;
    assert!(telemetry.spans().is_empty());
    let items: Vec<_> = answer.map(Result::unwrap).collect().await;
    assert_eq!(items, ["a", "b", "c"]);
    let span = telemetry.span("chat m");
    assert_eq!(span.status, Status::Unset);
    assert_eq!(text(&span, "gen_ai.request.stream"), "true");
    assert!(span.get("gen_ai.response.time_to_first_chunk").is_some());
    assert_eq!(chunks(&telemetry), (1, 2));
}

#[tokio::test]
async fn an_error_ends_the_call_and_what_comes_after_it_still_comes() {
    let telemetry = capture();
    let items = [
        Ok("a"),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        Ok("b"),
    ];
    let answer = answer(stream::iter(items)).await;
    assert_eq!(answer.count().await, 3);
    let span = telemetry.span("chat m");
    assert_eq!(text(&span, "error.type"), "std::io::Error");
    assert_eq!(text(&span, "gen_ai.response.finish_reasons"), "error");
    assert_eq!((telemetry.spans().len(), chunks(&telemetry)), (1, (1, 0)));
}

#[tokio::test]
async fn a_stream_that_is_dropped_or_never_polled_ends_its_call_without_an_error() {
    let telemetry = capture();
    let mut left = answer(stream::iter(["a", "b"].map(Ok))).await;
    assert!(left.next().await.is_some());
    drop(left);
    drop(answer(stream::iter([])).await);
    let spans = telemetry.spans();
    assert_eq!(spans.len(), 2);
    assert!(spans.iter().all(|span| span.status == Status::Unset));
    assert_eq!(text(&spans[0], "gen_ai.usage.output_tokens"), "3");
}

#[tokio::test]
async fn a_stream_that_panics_ends_its_call_as_that() {
    let telemetry = capture();
    let panics = stream::poll_fn(|_| -> std::task::Poll<Option<Item>> { panic!("boom") });
    let mut answer = Box::pin(answer(panics).await);
    let caught = AssertUnwindSafe(answer.next()).catch_unwind().await;
    assert!(caught.is_err());
    assert_eq!(text(&telemetry.span("chat m"), "error.type"), "panic");
    drop(answer);
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test]
async fn a_call_that_fails_after_it_made_its_stream_ends_once() {
    let telemetry = capture();
    let failed: io::Result<()> = Inference::new("own", "chat", "m")
        .run(async |call| {
            let stream = call.stream(stream::iter(["a"].map(Item::Ok)));
            drop(stream);
            Err(io::Error::other("no"))
        })
        .await;
    failed.unwrap_err();
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test]
async fn what_a_stream_does_is_below_its_call() {
    let telemetry = capture();
    let inner = stream::once(async {
        let name = Inference::new("own", "chat", "inner").run(async |_| io::Result::Ok("x"));
        name.await
    });
    let answer = answer(inner).await;
    assert_eq!(answer.count().await, 1);
    assert_eq!(
        telemetry.span("chat inner").parent.as_deref(),
        Some("chat m")
    );
    assert!(!Context::current().span().span_context().is_valid());
}
