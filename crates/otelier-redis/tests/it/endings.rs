//! However a command ends, its span does.

use std::{
    future::Future,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::atomic::Ordering,
    task::{Context, Waker},
};

use opentelemetry::trace::Status;
use otelier_redis::{Config, Connection};
use otelier_testing::{Span, Telemetry, capture};
use redis::{AsyncCommands as _, RedisError, Value, cmd};

use crate::{
    fake::{Answer, Fake, bulk, refused, timed_out},
    only, points, text,
};

fn connection(answer: Answer) -> Connection<Fake> {
    Connection::with_config(Fake::answering([answer]), Config::new().with_root_spans())
}

fn failed(telemetry: &Telemetry, kind: &str, description: &str) -> Span {
    let span = only(telemetry);
    assert_eq!(text(&span, "error.type").as_deref(), Some(kind));
    assert_eq!(span.status, Status::error(description.to_owned()));
    let [point] = &points(telemetry, "db.client.operation.duration")[..] else {
        panic!("one point: {:?}", telemetry.metrics_summary());
    };
    assert!(point.contains(&format!("error.type={kind}")), "{point}");
    span
}

#[tokio::test]
async fn a_command_that_is_done_ends_its_span() {
    let telemetry = capture();
    let mut redis = connection(Answer::Value(bulk("a")));
    let _: String = redis.get("a").await.unwrap();
    assert_eq!(only(&telemetry).status, Status::Unset);
}

#[tokio::test]
async fn an_error_of_the_server_is_named_by_its_code_and_not_quoted() {
    let answer = "Operation against a key holding s3cr3t";
    for answer in [
        Answer::Value(refused("WRONGTYPE", answer)),
        Answer::Fails(redis::make_extension_error(
            "WRONGTYPE".into(),
            Some(answer.into()),
        )),
    ] {
        let telemetry = capture();
        let mut redis = connection(answer);
        redis.get::<_, String>("a").await.unwrap_err();
        let span = failed(&telemetry, "WRONGTYPE", "");
        let code = text(&span, "db.response.status_code");
        assert_eq!(code.as_deref(), Some("WRONGTYPE"));
        assert_eq!(text(&span, "otelier.cache.reads"), None);
        assert!(!format!("{span:?}").contains("s3cr3t"));
        let point = &points(&telemetry, "db.client.operation.duration")[0];
        assert!(
            point.contains("db.response.status_code=WRONGTYPE"),
            "{point}"
        );
    }
}

#[tokio::test]
async fn a_timeout_is_an_error_and_counted() {
    let telemetry = capture();
    let mut redis = connection(timed_out());
    redis.get::<_, String>("a").await.unwrap_err();
    failed(&telemetry, "timeout", "timed out");
    assert_eq!(
        points(&telemetry, "otelier.db.client.operation.timeouts"),
        ["{db.namespace=3 db.operation.name=GET db.system.name=redis} 1"]
    );
}

#[tokio::test]
async fn what_an_error_of_the_connection_says_is_masked_and_cut() {
    let telemetry = capture();
    let huge = format!("redis://ann:hunter2@h/ {}", "no way ".repeat(150_000));
    let error: RedisError = io::Error::other(huge).into();
    let mut redis = connection(Answer::Fails(error));
    redis.get::<_, String>("a").await.unwrap_err();
    let span = only(&telemetry);
    assert_eq!(text(&span, "error.type").unwrap(), "io");
    let Status::Error { description } = &span.status else {
        panic!("it failed");
    };
    assert!(description.len() <= 2048, "{}", description.len());
    assert!(!description.contains("hunter2"), "{description}");
}

#[tokio::test]
async fn an_answer_of_a_megabyte_is_no_code_and_makes_no_label() {
    let telemetry = capture();
    let mut redis = connection(Answer::Value(refused(&"A".repeat(1 << 20), "s3cr3t")));
    redis.get::<_, String>("a").await.unwrap_err();
    let span = failed(&telemetry, "server_error", "");
    assert_eq!(text(&span, "db.response.status_code"), None);
}

#[tokio::test]
async fn codes_without_end_are_one_label() {
    let telemetry = capture();
    let codes = (0..200).map(|number| Answer::Value(refused(&format!("E{number}"), "")));
    let config = Config::new().with_root_spans();
    let mut redis = Connection::with_config(Fake::answering(codes), config);
    for _ in 0..200 {
        redis.get::<_, String>("a").await.unwrap_err();
    }
    let points = points(&telemetry, "db.client.operation.duration");
    assert_eq!(points.len(), 65, "{points:#?}");
    assert!(
        points
            .iter()
            .any(|point| point.contains("error.type=_OTHER"))
    );
    let last = telemetry.spans().pop().unwrap();
    let code = text(&last, "db.response.status_code");
    assert_eq!(code.as_deref(), Some("E199"));
}

#[tokio::test]
async fn a_command_that_is_dropped_ends_its_span() {
    let telemetry = capture();
    let mut redis = connection(Answer::Never);
    {
        let mut sent = pin!(redis.get::<_, String>("a"));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(sent.as_mut().poll(&mut cx).is_pending());
        assert_eq!(telemetry.spans().len(), 0);
    }
    failed(&telemetry, "cancelled", "");
}

#[tokio::test]
async fn one_that_blocks_is_given_up_without_an_error() {
    let telemetry = capture();
    let mut redis = connection(Answer::Never);
    let mut pop = cmd("BLPOP");
    pop.arg("queue").arg(0);
    {
        let mut sent = pin!(pop.query_async::<Value>(&mut redis));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(sent.as_mut().poll(&mut cx).is_pending());
    }
    let span = only(&telemetry);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(text(&span, "error.type"), None);
}

#[tokio::test]
async fn a_command_that_panics_ends_its_span() {
    let telemetry = capture();
    let mut redis = connection(Answer::Panics);
    {
        let mut sent = pin!(redis.get::<_, String>("a"));
        let mut cx = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| sent.as_mut().poll(&mut cx).is_ready()));
        assert!(polled.is_err());
        // Not first where the future is dropped, on a thread that does not panic any more.
        assert_eq!(telemetry.spans().len(), 1);
    }
    failed(&telemetry, "panic", "");
}

#[tokio::test]
async fn a_command_that_is_never_polled_leaves_nothing() {
    let telemetry = capture();
    let fake = Fake::default();
    let mut redis = Connection::with_config(fake.clone(), Config::new().with_root_spans());
    drop(redis.get::<_, String>("a"));
    let get = cmd("GET");
    drop(redis::aio::ConnectionLike::req_packed_command(
        &mut redis, &get,
    ));
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(points(&telemetry, "db.client.operation.duration"), [""; 0]);
    assert_eq!(fake.sent.load(Ordering::Relaxed), 0);
}
