//! Messages that are sent, and the ways in which that ends.

use std::{
    collections::{BTreeMap, HashMap},
    future::pending,
    io,
    panic::AssertUnwindSafe,
};

use futures_util::FutureExt as _;
use opentelemetry::{
    Value,
    trace::{SpanKind, Status},
};
use otelier_jobs::{Context, Correlation, Headers, Job, send};
use otelier_testing::{Span, capture};

fn text(span: &Span, key: &str) -> Option<String> {
    span.get(key).map(|value| value.to_string())
}

#[tokio::test]
async fn a_message_and_its_job_are_one_trace_by_its_headers() {
    let telemetry = capture();
    let mut headers = HashMap::from([("other".to_owned(), "stays".to_owned())]);
    let sent = send("orders").with_system("nats").with_id(7);
    sent.run(async |context| {
        context.write_to(&mut headers);
        io::Result::Ok(())
    })
    .await
    .unwrap();
    assert!(headers.contains_key("traceparent") && headers.contains_key("other"));

    Job::from_headers("bake", &headers)
        .with_correlation(Correlation::Parent)
        .run(async { io::Result::Ok(()) })
        .await
        .unwrap();
    let span = telemetry.span("send orders");
    assert_eq!(span.kind, SpanKind::Producer);
    for (key, value) in [
        ("messaging.system", "nats"),
        ("messaging.operation.name", "send"),
        ("messaging.operation.type", "send"),
        ("messaging.destination.name", "orders"),
        ("messaging.message.id", "7"),
    ] {
        assert_eq!(text(&span, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(
        telemetry.span("job.bake").parent.as_deref(),
        Some("send orders")
    );
    let sent = telemetry.metric("messaging.client.sent.messages");
    assert_eq!((sent.unit.as_str(), sent.total() as u64), ("{message}", 1));
    let duration = telemetry.metric("messaging.client.operation.duration");
    assert_eq!((duration.unit.as_str(), duration.count()), ("s", 1));
}

#[tokio::test]
async fn all_messages_of_a_batch_are_counted() {
    let telemetry = capture();
    let sent = send("orders").with_batch(40);
    sent.run(async |_| io::Result::Ok(())).await.unwrap();
    let count = telemetry
        .span("send orders")
        .get("messaging.batch.message_count");
    assert_eq!(count, Some(Value::I64(40)));
    let sent = telemetry.metric("messaging.client.sent.messages");
    assert_eq!(sent.total() as u64, 40);
}

#[tokio::test]
async fn each_way_in_which_sending_ends_has_its_name() {
    let telemetry = capture();
    let refused = io::Error::other("no password=hunter2");
    let sent = send("a").run(async |_| Err::<(), _>(refused));
    sent.await.unwrap_err();
    let hangs = send("b").run(async |_| pending::<io::Result<()>>().await);
    assert!(hangs.now_or_never().is_none());
    let panics = send("c").run(async |_| -> io::Result<()> { panic!("boom") });
    assert!(AssertUnwindSafe(panics).catch_unwind().await.is_err());
    drop(send("d").run(async |_| io::Result::Ok(())));
    for (name, kind) in [
        ("send a", "std::io::Error"),
        ("send b", "cancelled"),
        ("send c", "panic"),
    ] {
        assert_eq!(
            text(&telemetry.span(name), "error.type").as_deref(),
            Some(kind)
        );
    }
    let failed = telemetry.span("send a").status;
    assert_eq!(failed, Status::error("no password=[REDACTED]"));
    assert_eq!(telemetry.spans().len(), 3);
}

#[tokio::test]
async fn headers_of_any_kind_carry_a_context_and_keep_the_rest() {
    fn carries(mut headers: impl Headers, context: &Context) {
        headers.set("other", "stays");
        context.write_to(&mut headers);
        context.write_to(&mut headers);
        assert_eq!(Context::read_from(&headers), *context);
        let mut names = Vec::new();
        headers.each(&mut |name, _| names.push(name.to_owned()));
        names.sort();
        assert_eq!(names, ["other", "traceparent"]);
    }
    let telemetry = capture();
    let sent = send("orders").run(async |context: Context| io::Result::Ok(context));
    let context = sent.await.unwrap();
    assert!(!context.is_empty());
    carries(HashMap::new(), &context);
    carries(BTreeMap::new(), &context);
    carries(Vec::new(), &context);
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test]
async fn a_message_that_nobody_records_is_sent_all_the_same() {
    let sent = send("orders").with_id(7).run(async |context: Context| {
        assert!(context.is_empty());
        io::Result::Ok(3)
    });
    assert_eq!(sent.await.unwrap(), 3);
}
