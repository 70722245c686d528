//! What is told of one command.

use opentelemetry::{
    Context, TraceFlags,
    trace::{SpanContext, TraceContextExt as _, TraceState},
};
use otelier_redis::{Config, Connection, Guard, wrap};
use otelier_testing::capture;
use redis::{AsyncCommands as _, Client, Value, cmd};
use tracing::Instrument as _;

use crate::{
    fake::{Answer, Fake, bulk, timed_out},
    only, points, text,
};

/// One whose commands have spans wherever they are sent.
fn rooted(fake: Fake) -> Connection<Fake> {
    Connection::with_config(fake, Config::new().with_root_spans())
}

#[tokio::test]
async fn a_command_is_a_child_of_what_is_current() {
    let telemetry = capture();
    let answers = [bulk("7"), Value::Okay, Value::Int(2)];
    let mut redis = wrap(Fake::answering(answers.map(Answer::Value)));
    async {
        let stock: u32 = redis.get("stock:7").await.unwrap();
        assert_eq!(stock, 7);
        let () = redis.set("stock:7", 8).await.unwrap();
        let mut clone = redis.clone();
        let _: u32 = cmd("hlen")
            .arg("cart")
            .query_async(&mut clone)
            .await
            .unwrap();
    }
    .instrument(tracing::info_span!("request"))
    .await;
    let tree = telemetry
        .tree()
        .with_attributes(&["db.query.text"])
        .to_string();
    assert_eq!(
        tree,
        "request [internal]\n  \
           GET [client] db.query.text=GET ?\n  \
           SET [client] db.query.text=SET ? ?\n  \
           hlen [client] db.query.text=hlen ?\n"
    );
}

#[tokio::test]
async fn a_span_says_what_was_asked_and_of_whom() {
    let telemetry = capture();
    let client = Client::open("redis://ann:s3cr3t@cache.example:6380/3").unwrap();
    let config = Config::new()
        .with_server(client.get_connection_info())
        .with_root_spans();
    let mut redis = Connection::with_config(Fake::default(), config);
    let none: Option<u32> = redis.get("s3cr3t").await.unwrap();
    assert_eq!(none, None);
    let span = only(&telemetry);
    assert_eq!(
        span.attributes.to_string(),
        "db.system.name=redis db.namespace=3 server.address=cache.example server.port=6380 \
         db.operation.name=GET db.query.text=GET ? otelier.cache.reads=1 otelier.cache.hits=0"
    );
    assert_eq!(
        points(&telemetry, "db.client.operation.duration"),
        [
            "{db.namespace=3 db.operation.name=GET db.system.name=redis \
          server.address=cache.example server.port=6380} count=1"
        ]
    );
    assert!(!format!("{:?} {span:?}", telemetry.metrics_summary()).contains("s3cr3t"));
}

#[tokio::test]
async fn a_port_and_a_system_are_told_where_they_tell_something() {
    let telemetry = capture();
    let client = Client::open("redis://cache.example").unwrap();
    let config = Config::new()
        .with_server(client.get_connection_info())
        .with_system_name("valkey")
        .with_root_spans();
    let mut redis = Connection::with_config(Fake::default(), config);
    let () = redis.set("a", 1).await.unwrap();
    let span = only(&telemetry);
    assert_eq!(text(&span, "db.system.name").unwrap(), "valkey");
    assert_eq!(text(&span, "server.address").unwrap(), "cache.example");
    assert_eq!(text(&span, "server.port"), None);
}

#[tokio::test]
async fn outside_of_a_span_a_command_is_only_counted() {
    let telemetry = capture();
    let mut redis = wrap(Fake::default());
    let _: Option<u32> = redis.get("a").await.unwrap();
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("db.client.operation.duration").count(), 1);
    assert_eq!(points(&telemetry, "otelier.cache.reads").len(), 1);
}

#[tokio::test]
async fn what_the_caller_does_not_sample_is_only_counted() {
    let telemetry = capture();
    let mut redis = rooted(Fake::default());
    let above = SpanContext::new(
        1_u128.into(),
        2_u64.into(),
        TraceFlags::default(),
        true,
        TraceState::default(),
    );
    let attached = Context::current().with_remote_span_context(above).attach();
    let _: Option<u32> = redis.get("a").await.unwrap();
    drop(attached);
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("db.client.operation.duration").count(), 1);
}

#[tokio::test]
async fn nothing_is_recorded_while_telemetry_is_suppressed() {
    let telemetry = capture();
    let mut redis = rooted(Fake::default());
    let suppressed = Context::current().with_telemetry_suppressed().attach();
    let _: Option<u32> = redis.get("a").await.unwrap();
    drop(suppressed);
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(points(&telemetry, "db.client"), [""; 0]);
}

#[tokio::test]
async fn hits_are_told_of_reads_and_counted() {
    let telemetry = capture();
    let found = Value::Array(vec![bulk("a"), Value::Nil, bulk("c")]);
    let answers = [found, bulk("x"), Value::Nil].map(Answer::Value);
    let mut redis = rooted(Fake::answering(answers));
    let _: Vec<Option<String>> = redis.mget(&["a", "b", "c"]).await.unwrap();
    let _: Option<String> = redis.get("x").await.unwrap();
    let _: Option<String> = redis.get("y").await.unwrap();
    let span = telemetry.span("MGET");
    assert_eq!(span.get("otelier.cache.reads").unwrap(), 3.into());
    assert_eq!(span.get("otelier.cache.hits").unwrap(), 2.into());
    let prefix = "{db.namespace=3 db.operation.name=";
    assert_eq!(
        points(&telemetry, "otelier.cache.reads"),
        [
            format!("{prefix}GET db.system.name=redis otelier.cache.hit=false}} 1"),
            format!("{prefix}GET db.system.name=redis otelier.cache.hit=true}} 1"),
            format!("{prefix}MGET db.system.name=redis otelier.cache.hit=false}} 1"),
            format!("{prefix}MGET db.system.name=redis otelier.cache.hit=true}} 2"),
        ]
    );
}

#[tokio::test]
async fn what_blocks_is_marked_and_kept_out_of_the_durations() {
    let telemetry = capture();
    let mut redis = rooted(Fake::answering([Answer::Value(Value::Nil), timed_out()]));
    let mut pop = cmd("BLPOP");
    pop.arg("queue").arg(0);
    let _: Value = pop.query_async(&mut redis).await.unwrap();
    pop.query_async::<Value>(&mut redis).await.unwrap_err();
    let spans = telemetry.spans();
    for span in &spans {
        assert_eq!(span.get("otelier.db.blocking").unwrap(), true.into());
    }
    assert_eq!(text(&spans[1], "error.type").unwrap(), "timeout");
    assert_eq!(points(&telemetry, "db.client.operation.duration"), [""; 0]);
    assert_eq!(
        points(&telemetry, "otelier.db.client.operation.timeouts"),
        ["{db.namespace=3 db.operation.name=BLPOP db.system.name=redis} 1"]
    );
}

#[tokio::test]
async fn many_arguments_are_counted() {
    let telemetry = capture();
    let mut redis = rooted(Fake::default());
    let keys: Vec<_> = (0..100).collect();
    let _: u32 = redis.del(&keys).await.unwrap_or_default();
    let span = only(&telemetry);
    assert_eq!(
        text(&span, "db.query.text").unwrap(),
        "DEL ? ? ? ? ? ? ? ? ... (100 arguments)"
    );
}

#[tokio::test]
async fn what_is_called_is_named() {
    let telemetry = capture();
    let mut redis = rooted(Fake::default());
    for (command, called) in [("FCALL", "pay"), ("EVALSHA", "0cafe"), ("FCALL", "pay now")] {
        let mut call = cmd(command);
        call.arg(called).arg(0).arg("s3cr3t");
        let _: Value = call.query_async(&mut redis).await.unwrap();
    }
    let called = telemetry.spans();
    let called = called
        .iter()
        .map(|span| text(span, "db.stored_procedure.name"));
    let called: Vec<_> = called.collect();
    assert_eq!(called, [Some("pay".into()), Some("0cafe".into()), None]);
}

#[tokio::test]
async fn names_without_end_are_one_label() {
    let telemetry = capture();
    let mut redis = wrap(Fake::default());
    for number in 0..1000 {
        let made_up = cmd(&format!("X{number}"));
        let _: Value = made_up.query_async(&mut redis).await.unwrap();
    }
    let points = telemetry.metric("db.client.operation.duration").points;
    assert!(points.len() <= 256, "{}", points.len());
    let named = |name: &str| {
        let found = points.iter().find(|point| {
            let label = point.attributes.get("db.operation.name");
            label.is_some_and(|label| label.as_str() == name)
        });
        found.map(|point| point.count)
    };
    assert_eq!(named("X0"), Some(1));
    assert!(named("_OTHER") > Some(700), "{points:?}");
}

#[tokio::test]
async fn wrapping_again_for_each_request_makes_no_more_of_anything() {
    let telemetry = capture();
    for _ in 0..3 {
        let mut redis = rooted(Fake::default());
        let _: Option<u32> = redis.get("a").await.unwrap();
    }
    assert_eq!(points(&telemetry, "db.client.operation.duration").len(), 1);
    assert_eq!(telemetry.metric("db.client.operation.duration").count(), 3);
}

#[tokio::test]
async fn what_leads_to_a_connection_is_one() {
    let telemetry = capture();
    let config = Config::new().with_root_spans();
    let mut redis = Connection::with_config(Guard(Box::new(Fake::default())), config);
    let _: Option<u32> = redis.get("a").await.unwrap();
    let mut pipe = redis::pipe();
    pipe.get("a").get("b");
    let _: Vec<Value> = pipe.query_async(&mut redis).await.unwrap();
    let names: Vec<_> = telemetry
        .spans()
        .into_iter()
        .map(|span| span.name)
        .collect();
    assert_eq!(names, ["GET", "PIPELINE GET"]);
    assert_eq!(text(&telemetry.span("GET"), "db.namespace").unwrap(), "3");
}

#[tokio::test]
async fn what_is_wrapped_before_there_is_telemetry_is_used_as_ever() {
    let mut redis = wrap(Fake::answering([Answer::Value(bulk("7"))]));
    let stock: u32 = redis.get("stock:7").await.unwrap();
    assert_eq!(stock, 7);
    let telemetry = capture();
    let _: Option<u32> = redis.get("stock:7").await.unwrap();
    assert_eq!(telemetry.spans().len(), 0);
}
