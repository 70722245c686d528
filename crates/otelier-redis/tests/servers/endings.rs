//! However a command ends, its span does.

use std::time::Duration;

use libtest_mimic::Trial;
use opentelemetry::trace::Status;
use otelier_redis::Connection;
use otelier_testing::capture;
use programs::unused_port;
use redis::{
    AsyncCommands as _, AsyncConnectionConfig, Value,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
    cmd, pipe,
};

use crate::{
    config, points,
    server::{Server, until},
    spans, text, told, trial,
};

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let mut add = |trial| trials.push(trial);
    add(trial(
        "endings::an_error_is_named_by_its_code_and_not_quoted",
        an_error_is_named_by_its_code_and_not_quoted,
    ));
    add(trial(
        "endings::an_error_of_a_megabyte_is_cut",
        an_error_of_a_megabyte_is_cut,
    ));
    add(trial(
        "endings::a_transaction_that_is_aborted_says_so",
        a_transaction_that_is_aborted_says_so,
    ));
    add(trial(
        "endings::what_is_not_answered_in_time_is_counted_and_what_nobody_waits_for_cancelled",
        what_is_not_answered_in_time_is_counted_and_what_nobody_waits_for_cancelled,
    ));
    add(trial(
        "endings::what_blocks_is_kept_out_of_the_durations",
        what_blocks_is_kept_out_of_the_durations,
    ));
    add(trial(
        "endings::a_killed_server_that_comes_back_is_used_again",
        a_killed_server_that_comes_back_is_used_again,
    ));
}

async fn an_error_is_named_by_its_code_and_not_quoted() {
    let server = Server::start().unwrap();
    let raw = server.connect().await;
    let telemetry = capture();
    let mut redis = Connection::with_config(raw, config());
    let () = redis.set("text", "s3cr3t").await.unwrap();
    redis.lpop::<_, Value>("text", None).await.unwrap_err();
    redis.incr::<_, _, Value>("text", 1).await.unwrap_err();
    let mut unknown = cmd("NONSENSE");
    let unknown = unknown.arg("s3cr3t");
    unknown.query_async::<Value>(&mut redis).await.unwrap_err();
    let mut pipeline = pipe();
    pipeline.get("text").lpop("text", None);
    pipeline.query_async::<Value>(&mut redis).await.unwrap_err();
    assert_eq!(
        told(&telemetry),
        [
            "SET",
            "LPOP WRONGTYPE",
            "INCRBY ERR",
            "NONSENSE ERR",
            "PIPELINE WRONGTYPE"
        ]
    );
    let spans = spans(&telemetry);
    for span in &spans[1..] {
        assert_eq!(span.status, Status::error(""));
        let code = text(span, "db.response.status_code");
        assert_eq!(code, text(span, "error.type"));
    }
    assert!(!format!("{spans:?}").contains("s3cr3t"));
}

async fn an_error_of_a_megabyte_is_cut() {
    let server = Server::start().unwrap();
    let raw = server.connect().await;
    let telemetry = capture();
    let mut redis = Connection::with_config(raw, config());
    let mut eval = cmd("EVAL");
    eval.arg("return redis.error_reply(string.rep('A', 1048576) .. ' s3cr3t')");
    let failed = eval.arg(0).query_async::<Value>(&mut redis).await;
    assert!(failed.unwrap_err().to_string().len() > 1_000_000);
    assert_eq!(told(&telemetry), ["EVAL server_error"]);
    let all = format!("{:?} {:?}", spans(&telemetry), telemetry.metrics_summary());
    assert!(all.len() < 4096, "{}", all.len());
}

async fn a_transaction_that_is_aborted_says_so() {
    let server = Server::start().unwrap();
    let raw = server.connect().await;
    let telemetry = capture();
    let mut redis = Connection::with_config(raw, config());
    let mut pipeline = pipe();
    pipeline.atomic().set("a", 1).cmd("NONSENSE").arg("s3cr3t");
    pipeline.query_async::<Value>(&mut redis).await.unwrap_err();
    assert_eq!(told(&telemetry), ["MULTI EXECABORT"]);
    assert!(!format!("{:?}", spans(&telemetry)).contains("s3cr3t"));
}

/// One that waits for so long.
async fn patient(server: &Server, patience: Duration) -> Connection<MultiplexedConnection> {
    drop(server.connect().await);
    let wait = AsyncConnectionConfig::new().set_response_timeout(Some(patience));
    let client = server.client();
    let raw = client.get_multiplexed_async_connection_with_config(&wait);
    Connection::with_config(raw.await.unwrap(), config())
}

async fn what_is_not_answered_in_time_is_counted_and_what_nobody_waits_for_cancelled() {
    let server = Server::start().unwrap();
    let telemetry = capture();
    let mut impatient = patient(&server, Duration::from_millis(500)).await;
    let mut patient = patient(&server, Duration::from_secs(60)).await;
    let mut pause = cmd("CLIENT");
    pause.arg("PAUSE").arg(600_000).arg("ALL");
    let mut other = server.connect().await;
    let () = pause.query_async(&mut other).await.unwrap();
    impatient.get::<_, Value>("a").await.unwrap_err();
    let given_up = patient.get::<_, Value>("a");
    let given_up = tokio::time::timeout(Duration::from_millis(20), given_up);
    given_up.await.unwrap_err();
    assert_eq!(told(&telemetry), ["GET timeout", "GET cancelled"]);
    assert_eq!(
        points(&telemetry, "otelier.db.client.operation.timeouts"),
        ["{db.namespace=0 db.operation.name=GET db.system.name=redis} 1"]
    );
    assert_eq!(telemetry.metric("db.client.operation.duration").count(), 2);
}

async fn what_blocks_is_kept_out_of_the_durations() {
    let server = Server::start().unwrap();
    let telemetry = capture();
    let mut redis = patient(&server, Duration::from_secs(60)).await;
    let () = redis.lpush("queue", "work").await.unwrap();
    let _: Value = redis.blpop("queue", 0.0).await.unwrap();
    let given_up = redis.blpop::<_, Value>("queue", 0.0);
    let given_up = tokio::time::timeout(Duration::from_millis(20), given_up);
    given_up.await.unwrap_err();
    let mut read = cmd("XREAD");
    read.arg("BLOCK")
        .arg(1)
        .arg("STREAMS")
        .arg("orders")
        .arg("$");
    // The one that was given up keeps the connection busy.
    let mut redis = patient(&server, Duration::from_secs(60)).await;
    let _: Value = read.query_async(&mut redis).await.unwrap();
    assert_eq!(told(&telemetry), ["LPUSH", "BLPOP", "BLPOP", "XREAD"]);
    let blocking = spans(&telemetry).into_iter().skip(1);
    for span in blocking {
        assert_eq!(span.get("otelier.db.blocking").unwrap(), true.into());
        assert_eq!(span.status, Status::Unset);
    }
    let durations = points(&telemetry, "db.client.operation.duration");
    assert_eq!(durations.len(), 1, "{durations:?}");
}

async fn a_killed_server_that_comes_back_is_used_again() {
    let port = unused_port();
    let server = Server::start_at(port, "").unwrap();
    drop(server.connect().await);
    let telemetry = capture();
    let quick = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_min_delay(Duration::from_millis(1));
    let manager = ConnectionManager::new_with_config(server.client(), quick);
    let mut redis = Connection::with_config(manager.await.unwrap(), config());
    let () = redis.set("a", 1).await.unwrap();

    drop(server);
    while redis.get::<_, Value>("a").await.is_ok() {}
    let failed = spans(&telemetry).pop().unwrap();
    let kind = text(&failed, "error.type").unwrap();
    assert!(kind.starts_with("connection_"), "{kind}");
    assert!(matches!(failed.status, Status::Error { .. }));

    let server = Server::start_at(port, "").unwrap();
    drop(server.connect().await);
    until(async || redis.get::<_, Value>("a").await.is_ok()).await;
    assert_eq!(told(&telemetry).pop().as_deref(), Some("GET"));
}
