//! What is told of commands, on each kind of connection.

use libtest_mimic::Trial;
use otelier_redis::{Connection, wrap};
use otelier_testing::capture;
use redis::{
    AsyncCommands as _, Script, Value,
    aio::{ConnectionLike, ConnectionManager},
    pipe,
};
use tracing::Instrument as _;

use crate::{config, points, server::Server, spans, text, told, trial};

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let mut add = |trial| trials.push(trial);
    add(trial(
        "commands::each_command_of_a_multiplexed_connection_is_a_span_below_its_request",
        each_command_of_a_multiplexed_connection_is_a_span_below_its_request,
    ));
    add(trial(
        "commands::each_command_of_a_connection_manager_is_a_span_below_its_request",
        each_command_of_a_connection_manager_is_a_span_below_its_request,
    ));
    add(trial(
        "commands::a_span_names_the_server_and_the_database",
        a_span_names_the_server_and_the_database,
    ));
    add(trial(
        "commands::hits_are_told_of_what_is_read_in_both_protocols",
        hits_are_told_of_what_is_read_in_both_protocols,
    ));
    add(trial(
        "commands::a_script_is_told_by_its_hash_and_not_quoted",
        a_script_is_told_by_its_hash_and_not_quoted,
    ));
    add(trial(
        "commands::secrets_stay_on_their_way",
        secrets_stay_on_their_way,
    ));
}

/// Uses a connection as services do.
async fn use_it<C: ConnectionLike + Send + Sync + Clone>(redis: &mut Connection<C>) {
    let () = redis.set("stock:7", 8).await.unwrap();
    let stock: u32 = redis.clone().get("stock:7").await.unwrap();
    assert_eq!(stock, 8);
    let mut pipeline = pipe();
    pipeline.get("stock:7").get("stock:8");
    let both: (Option<u32>, Option<u32>) = pipeline.query_async(redis).await.unwrap();
    assert_eq!(both, (Some(8), None));
    pipeline.clear();
    pipeline.atomic().incr("stock:7", 1).get("stock:7");
    let counted: (u32, u32) = pipeline.query_async(redis).await.unwrap();
    assert_eq!(counted, (9, 9));
}

const TREE: &str = "request [internal]\n  \
      SET [client] db.query.text=SET ? ?\n  \
      GET [client] db.query.text=GET ? otelier.cache.hits=1\n  \
      PIPELINE GET [client] db.query.text=GET ? db.operation.batch.size=2 otelier.cache.hits=1\n  \
      MULTI [client] db.query.text=INCRBY ? ?; GET ? db.operation.batch.size=2 otelier.cache.hits=1\n";

async fn below_a_request<C: ConnectionLike + Send + Sync + Clone>(redis: C) {
    let telemetry = capture();
    let mut redis = wrap(redis);
    use_it(&mut redis)
        .instrument(tracing::info_span!("request"))
        .await;
    let keys = [
        "db.query.text",
        "db.operation.batch.size",
        "otelier.cache.hits",
    ];
    let tree = telemetry.tree().with_attributes(&keys).to_string();
    assert_eq!(tree, TREE);
    let counted = telemetry.metric("db.client.operation.duration").count();
    assert_eq!(counted, 4);
}

async fn each_command_of_a_multiplexed_connection_is_a_span_below_its_request() {
    let server = Server::start().unwrap();
    below_a_request(server.connect().await).await;
}

async fn each_command_of_a_connection_manager_is_a_span_below_its_request() {
    let server = Server::start().unwrap();
    drop(server.connect().await);
    let manager = ConnectionManager::new(server.client()).await.unwrap();
    below_a_request(manager).await;
}

async fn a_span_names_the_server_and_the_database() {
    let server = Server::start().unwrap();
    drop(server.connect().await);
    let telemetry = capture();
    let client = server.client_of(5);
    let raw = client.get_multiplexed_async_connection().await.unwrap();
    let config = config().with_server(client.get_connection_info());
    let mut redis = Connection::with_config(raw, config);
    let () = redis.set("a", 1).await.unwrap();
    let port = server.port;
    let labels = format!(
        "db.system.name=redis db.namespace=5 server.address=127.0.0.1 server.port={port} \
         db.operation.name=SET"
    );
    assert_eq!(
        spans(&telemetry)[0].attributes.to_string(),
        format!("{labels} db.query.text=SET ? ?")
    );
    assert_eq!(
        points(&telemetry, "db.client.operation.duration"),
        [format!(
            "{{db.namespace=5 db.operation.name=SET db.system.name=redis \
             server.address=127.0.0.1 server.port={port}}} count=1"
        )]
    );
}

async fn hits_are_told_of_what_is_read_in_both_protocols() {
    let server = Server::start().unwrap();
    drop(server.connect().await);
    for protocol in ["resp2", "resp3"] {
        let telemetry = capture();
        let url = format!("redis://127.0.0.1:{}/?protocol={protocol}", server.port);
        let client = redis::Client::open(url).unwrap();
        let raw = client.get_multiplexed_async_connection().await.unwrap();
        let mut redis = Connection::with_config(raw, config());
        let () = redis.hset("cart", "a", 1).await.unwrap();
        let _: Value = redis.get("nowhere").await.unwrap();
        let _: Value = redis.hmget("cart", &["a", "b", "c"]).await.unwrap();
        let _: Value = redis.hgetall("cart").await.unwrap();
        let _: Value = redis.hgetall("nowhere").await.unwrap();
        let hits = spans(&telemetry).into_iter().skip(1).map(|span| {
            let count = |key| text(&span, key).unwrap();
            let (hits, reads) = (count("otelier.cache.hits"), count("otelier.cache.reads"));
            format!("{}: {hits} of {reads}", span.name)
        });
        assert_eq!(
            hits.collect::<Vec<_>>(),
            [
                "GET: 0 of 1",
                "HMGET: 1 of 3",
                "HGETALL: 1 of 1",
                "HGETALL: 0 of 1"
            ]
        );
    }
}

async fn a_script_is_told_by_its_hash_and_not_quoted() {
    let server = Server::start().unwrap();
    let raw = server.connect().await;
    let telemetry = capture();
    let mut redis = Connection::with_config(raw, config());
    let script = Script::new("return redis.error_reply('s3cr3t ' .. ARGV[1])");
    let invocation = script.arg("hunter2");
    let invoked = invocation.invoke_async::<Value>(&mut redis).await;
    invoked.unwrap_err();
    assert_eq!(
        told(&telemetry),
        ["EVALSHA NOSCRIPT", "SCRIPT", "EVALSHA server_error"]
    );
    let spans = spans(&telemetry);
    let called = text(&spans[0], "db.stored_procedure.name");
    assert_eq!(called.as_deref(), Some(script.get_hash()));
    let all = format!("{spans:?} {:?}", telemetry.metrics_summary());
    assert!(!all.contains("s3cr3t") && !all.contains("hunter2"), "{all}");
}

async fn secrets_stay_on_their_way() {
    let server = Server::start().unwrap();
    let raw = server.connect().await;
    let telemetry = capture();
    let mut redis = Connection::with_config(raw, config().with_key_shape("hunter{n}"));
    for words in [
        &["CONFIG", "SET", "requirepass", "hunter2"][..],
        &["AUTH", "hunter3"],
        &["AUTH", "hunter2"],
        &["ACL", "SETUSER", "ann", "on", ">hunter2"],
        &["hunter2", "hunter2"],
        &["EVAL", "return 'hunter2'", "0"],
    ] {
        let mut cmd = redis::cmd(words[0]);
        // Whether it is let in is seen in its span.
        let _ = cmd.arg(&words[1..]).query_async::<Value>(&mut redis).await;
    }
    assert_eq!(
        told(&telemetry),
        [
            "CONFIG",
            "AUTH WRONGPASS",
            "AUTH",
            "ACL",
            "hunter2 ERR",
            "EVAL"
        ]
    );
    let texts = spans(&telemetry).into_iter();
    let texts: Vec<_> = texts
        .map(|span| text(&span, "db.query.text").unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "CONFIG ? ? ?",
            "AUTH ?",
            "AUTH ?",
            "ACL ? ? ? ?",
            "hunter2 hunter{n}",
            "EVAL ? ?"
        ]
    );
}
