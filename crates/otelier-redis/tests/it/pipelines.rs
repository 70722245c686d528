//! What is sent together is one span.

use opentelemetry::trace::Status;
use otelier_redis::{Config, Connection};
use otelier_testing::{Telemetry, capture};
use redis::{Pipeline, Value, cmd, pipe};

use crate::{
    fake::{Answer, Fake, bulk, refused},
    only, points, text,
};

async fn send(pipeline: &Pipeline, answer: Answer) -> Telemetry {
    let telemetry = capture();
    let config = Config::new().with_root_spans();
    let mut redis = Connection::with_config(Fake::answering([answer]), config);
    // What comes of it is seen in its span.
    let _ = pipeline.query_async::<Value>(&mut redis).await;
    telemetry
}

fn two() -> Answer {
    Answer::Values(vec![bulk("a"), Value::Nil])
}

#[tokio::test]
async fn a_pipeline_is_named_by_what_its_commands_have_in_common() {
    let (mut alike, mut mixed) = (pipe(), pipe());
    alike.get("s3cr3t").get("b");
    mixed.get("a").set("b", "s3cr3t");
    for (pipeline, name, query, reads) in [
        (alike, "PIPELINE GET", "GET ?", 2),
        (mixed, "PIPELINE", "GET ?; SET ? ?", 1),
    ] {
        let telemetry = send(&pipeline, two()).await;
        let span = only(&telemetry);
        assert_eq!(span.name, name);
        assert_eq!(text(&span, "db.operation.name").unwrap(), name);
        assert_eq!(text(&span, "db.query.text").unwrap(), query);
        assert_eq!(span.get("db.operation.batch.size").unwrap(), 2.into());
        assert_eq!(span.get("otelier.cache.reads").unwrap(), reads.into());
        assert_eq!(span.get("otelier.cache.hits").unwrap(), 1.into());
        assert_eq!(span.status, Status::Unset);
        let point = &points(&telemetry, "db.client.operation.duration")[0];
        let label = format!("db.operation.name={name} ");
        assert!(point.contains(&label), "{point}");
    }
}

#[tokio::test]
async fn a_transaction_is_named_like_one() {
    let (mut alike, mut mixed) = (pipe(), pipe());
    alike.atomic().incr("a", 1);
    mixed.atomic().set("a", 1).get("b");
    let telemetry = send(&alike, Answer::Value(Value::Array(vec![Value::Int(1)]))).await;
    let span = only(&telemetry);
    assert_eq!(span.name, "MULTI INCRBY");
    // One command is no batch.
    assert_eq!(text(&span, "db.operation.batch.size"), None);

    let replies = Value::Array(vec![Value::Okay, bulk("b")]);
    let telemetry = send(&mixed, Answer::Value(replies)).await;
    let span = only(&telemetry);
    assert_eq!(span.name, "MULTI");
    assert_eq!(span.get("db.operation.batch.size").unwrap(), 2.into());
    assert_eq!(span.get("otelier.cache.hits").unwrap(), 1.into());
}

#[tokio::test]
async fn a_transaction_for_which_somebody_else_was_faster_is_no_error() {
    let mut pipeline = pipe();
    pipeline.atomic().set("a", 1).get("b");
    let telemetry = send(&pipeline, Answer::Value(Value::Nil)).await;
    let span = only(&telemetry);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(text(&span, "otelier.cache.reads"), None);
}

#[tokio::test]
async fn a_pipeline_of_one_command_is_that_command() {
    let mut pipeline = pipe();
    pipeline.get("a");
    let telemetry = send(&pipeline, Answer::Values(vec![Value::Nil])).await;
    let span = only(&telemetry);
    assert_eq!(span.name, "GET");
    assert_eq!(text(&span, "db.query.text").unwrap(), "GET ?");
    assert_eq!(text(&span, "db.operation.batch.size"), None);
    assert_eq!(span.get("otelier.cache.hits").unwrap(), 0.into());
}

#[tokio::test]
async fn one_command_that_fails_fails_its_pipeline() {
    let mut pipeline = pipe();
    pipeline.get("a").get("b");
    let mut atomic = pipeline.clone();
    atomic.atomic();
    let replies = vec![bulk("a"), refused("WRONGTYPE", "s3cr3t")];
    for (pipeline, answer) in [
        (&pipeline, Answer::Values(replies.clone())),
        (&atomic, Answer::Value(Value::Array(replies))),
    ] {
        let telemetry = send(pipeline, answer).await;
        let span = only(&telemetry);
        assert_eq!(text(&span, "error.type").unwrap(), "WRONGTYPE");
        let code = text(&span, "db.response.status_code");
        assert_eq!(code.as_deref(), Some("WRONGTYPE"));
        assert_eq!(span.get("otelier.cache.reads").unwrap(), 1.into());
        assert!(!format!("{span:?}").contains("s3cr3t"));
    }
}

#[tokio::test]
async fn a_pipeline_that_blocks_is_kept_out_of_the_durations_and_a_transaction_does_not() {
    let mut pipeline = pipe();
    pipeline.cmd("BLPOP").arg("q").arg(0).get("b");
    let telemetry = send(&pipeline, two()).await;
    let blocking = only(&telemetry).get("otelier.db.blocking");
    assert_eq!(blocking, Some(true.into()));
    assert_eq!(points(&telemetry, "db.client.operation.duration"), [""; 0]);

    pipeline.atomic();
    let telemetry = send(&pipeline, Answer::Value(Value::Nil)).await;
    assert_eq!(text(&only(&telemetry), "otelier.db.blocking"), None);
    assert_eq!(points(&telemetry, "db.client.operation.duration").len(), 1);
}

#[tokio::test]
async fn a_long_pipeline_is_told_in_short() {
    let mut pipeline = pipe();
    for number in 0..10_000 {
        match number % 2 {
            0 => pipeline.get(number),
            _ => pipeline.del(number),
        };
    }
    let replies = vec![Value::Int(1); 10_000];
    let telemetry = send(&pipeline, Answer::Values(replies.clone())).await;
    let span = only(&telemetry);
    let query = text(&span, "db.query.text").unwrap();
    assert!(query.starts_with("GET ?; DEL ?; GET ?; "), "{query}");
    assert!(query.ends_with("; ... (10000 commands)"), "{query}");
    assert!(query.len() < 200, "{query}");
    assert_eq!(span.get("otelier.cache.reads").unwrap(), 5000.into());

    let mut alike = pipe();
    for number in 0..10_000 {
        alike.get(number);
    }
    let telemetry = send(&alike, Answer::Values(replies)).await;
    let span = only(&telemetry);
    assert_eq!(text(&span, "db.query.text").unwrap(), "GET ?");
    assert_eq!(span.get("otelier.cache.hits").unwrap(), 10_000.into());
}

#[tokio::test]
async fn a_command_that_is_no_word_has_no_name_to_share() {
    let mut pipeline = pipe();
    pipeline.add_command(cmd("AUTH s3cr3t"));
    pipeline.add_command(cmd("AUTH s3cr3t"));
    let telemetry = send(&pipeline, two()).await;
    let span = only(&telemetry);
    assert_eq!(span.name, "PIPELINE");
    assert_eq!(text(&span, "db.query.text").unwrap(), "_OTHER");
}
