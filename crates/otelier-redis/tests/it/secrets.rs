//! What is in a command stays there.

use otelier_redis::{Config, Connection};
use otelier_testing::capture;
use redis::{Script, Value, cmd};

use crate::{
    fake::{Answer, Fake, bulk, refused},
    only, text,
};

const SECRET: &str = "hunter2";

/// What a command's span is called, and its text. Nothing of it is a secret.
async fn told(words: &[&str], shapes: &[&'static str]) -> (String, String) {
    let telemetry = capture();
    let quoted = format!("unknown command, with args beginning with: '{SECRET}'");
    let fake = Fake::answering([Answer::Value(refused("ERR", &quoted))]);
    let config = Config::new().with_root_spans();
    let config = shapes
        .iter()
        .fold(config, |config, shape| config.with_key_shape(*shape));
    let mut redis = Connection::with_config(fake, config);
    let mut cmd = cmd(words[0]);
    cmd.arg(&words[1..]);
    cmd.query_async::<Value>(&mut redis).await.unwrap_err();
    let span = only(&telemetry);
    let all = format!("{span:?} {:?}", telemetry.metrics_summary());
    assert!(!all.contains(SECRET), "{all}");
    (span.name.clone(), text(&span, "db.query.text").unwrap())
}

#[tokio::test]
async fn no_argument_leaves_whatever_the_command() {
    for (words, name, query) in [
        (vec!["AUTH", SECRET], "AUTH", "AUTH ?"),
        (vec!["AUTH", "ann", SECRET], "AUTH", "AUTH ? ?"),
        (
            vec!["HELLO", "3", "AUTH", "ann", SECRET],
            "HELLO",
            "HELLO ? ? ? ?",
        ),
        (
            vec!["CONFIG", "SET", "requirepass", SECRET],
            "CONFIG",
            "CONFIG ? ? ?",
        ),
        (vec!["ACL", "SETUSER", "ann", SECRET], "ACL", "ACL ? ? ?"),
        (vec!["EVAL", "return 'hunter2'", "0"], "EVAL", "EVAL ? ?"),
        (vec!["SET", SECRET, SECRET], "SET", "SET ? ?"),
        (vec!["AUTH hunter2"], "redis", "_OTHER"),
        (vec!["hunter2 "], "redis", "_OTHER"),
    ] {
        assert_eq!(told(&words, &[]).await, (name.into(), query.into()));
    }
}

#[tokio::test]
async fn a_key_is_shown_by_the_shape_that_it_has() {
    let shapes = ["user:{id}", "user:{id}:cart"];
    let shown = |words: &'static [&'static str]| async move { told(words, &shapes).await.1 };
    assert_eq!(shown(&["GET", "user:hunter2"]).await, "GET user:{id}");
    assert_eq!(
        shown(&["SET", "user:hunter2:cart", SECRET]).await,
        "SET user:{id}:cart ?"
    );
    assert_eq!(
        shown(&["MGET", "user:1", "other:hunter2", "user:2"]).await,
        "MGET user:{id} ? user:{id}"
    );
    assert_eq!(shown(&["GET", "order:hunter2"]).await, "GET ?");
    // A password may look like anything.
    assert_eq!(shown(&["AUTH", "user:hunter2"]).await, "AUTH ?");
}

#[tokio::test]
async fn a_script_is_told_by_its_hash_alone() {
    let telemetry = capture();
    let script = Script::new("return redis.call('GET', 'hunter2')");
    let fake = Fake::answering([
        Answer::Value(refused("NOSCRIPT", "No matching script.")),
        Answer::Value(bulk(script.get_hash())),
    ]);
    let mut redis = Connection::with_config(fake, Config::new().with_root_spans());
    let _ = script.invoke_async::<_, Value>(&mut redis).await;
    let spans = telemetry.spans();
    assert!(spans.len() >= 2, "{:?}", telemetry.tree());
    assert_eq!(spans[0].name, "EVALSHA");
    let called = text(&spans[0], "db.stored_procedure.name");
    assert_eq!(called.as_deref(), Some(script.get_hash()));
    assert!(!format!("{spans:?}").contains(SECRET));
}
