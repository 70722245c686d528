//! A cluster of one node, and of two.

use libtest_mimic::Trial;
use otelier_redis::Connection;
use otelier_testing::capture;
use programs::unused_port;
use redis::{
    AsyncCommands as _, Value, aio::MultiplexedConnection, cluster::ClusterClient, cmd, pipe,
};

use crate::{
    config,
    server::{Server, until},
    spans, text, told, trial,
};

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let mut add = |trial| trials.push(trial);
    add(trial(
        "cluster::a_cluster_of_one_node_is_recorded_like_a_server",
        a_cluster_of_one_node_is_recorded_like_a_server,
    ));
    add(trial(
        "cluster::a_redirection_is_an_error_for_a_connection_and_none_for_a_cluster",
        a_redirection_is_an_error_for_a_connection_and_none_for_a_cluster,
    ));
}

const IDS: [&str; 2] = [
    "1111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222",
];

/// Starts nodes that serve these slots.
async fn cluster<const N: usize>(slots: [&str; N]) -> [(Server, MultiplexedConnection); N] {
    let ports = [(); N].map(|()| [unused_port(), unused_port()]);
    let mut nodes = Vec::new();
    for (own, [port, bus]) in ports.into_iter().enumerate() {
        let mut conf = String::new();
        for (at, ([port, bus], slots)) in ports.into_iter().zip(slots).enumerate() {
            let (id, epoch) = (IDS[at], at + 1);
            let flags = if at == own { "myself,master" } else { "master" };
            let line =
                format!("{id} 127.0.0.1:{port}@{bus} {flags} - 0 0 {epoch} connected {slots}\n");
            conf.push_str(&line);
        }
        conf.push_str("vars currentEpoch 2 lastVoteEpoch 0\n");
        let server = Server::node(port, bus, &conf).unwrap();
        let connection = server.connect().await;
        nodes.push((server, connection));
    }
    for (_, connection) in &mut nodes {
        let mut info = cmd("CLUSTER");
        info.arg("INFO");
        // A node that starts waits for others that may know better.
        until(async || {
            let state = info.query_async::<String>(connection).await.unwrap();
            state.contains("cluster_state:ok")
        })
        .await;
    }
    nodes.try_into().unwrap_or_else(|_| panic!("as many nodes"))
}

fn client(server: &Server) -> ClusterClient {
    ClusterClient::new([format!("redis://127.0.0.1:{}", server.port)]).unwrap()
}

async fn a_cluster_of_one_node_is_recorded_like_a_server() {
    let [(server, _)] = cluster(["0-16383"]).await;
    let telemetry = capture();
    let raw = client(&server).get_async_connection().await.unwrap();
    let mut redis = Connection::with_config(raw, config());
    let () = redis.set("a", 1).await.unwrap();
    let both: Vec<Option<u32>> = redis.mget(&["a", "b"]).await.unwrap();
    assert_eq!(both, [Some(1), None]);
    let mut pipeline = pipe();
    pipeline.get("a").lpop("a", None);
    pipeline.query_async::<Value>(&mut redis).await.unwrap_err();
    assert_eq!(told(&telemetry), ["SET", "MGET", "PIPELINE WRONGTYPE"]);
    let spans = spans(&telemetry);
    assert_eq!(text(&spans[0], "db.namespace").unwrap(), "0");
    assert_eq!(text(&spans[1], "otelier.cache.hits").unwrap(), "1");
    assert_eq!(text(&spans[1], "otelier.cache.reads").unwrap(), "2");
}

async fn a_redirection_is_an_error_for_a_connection_and_none_for_a_cluster() {
    let nodes = cluster(["0-8191", "8192-16383"]).await;
    let telemetry = capture();
    let [(first, to_first), (_, to_second)] = &nodes;
    // `foo` is of the second.
    let mut plain = Connection::with_config(to_first.clone(), config());
    plain.get::<_, Value>("foo").await.unwrap_err();
    assert_eq!(told(&telemetry), ["GET MOVED"]);
    let code = text(&spans(&telemetry)[0], "db.response.status_code");
    assert_eq!(code.as_deref(), Some("MOVED"));

    let raw = client(first).get_async_connection().await.unwrap();
    let mut redis = Connection::with_config(raw, config());
    // `bar` is of the first, and goes to the second, of which the client does not know.
    let () = redis.set("bar", 1).await.unwrap();
    let mut clean = cmd("DEL");
    let () = clean
        .arg("bar")
        .query_async(&mut to_first.clone())
        .await
        .unwrap();
    for node in [to_second, to_first] {
        let mut gives = cmd("CLUSTER");
        gives.arg("SETSLOT").arg(5061).arg("NODE").arg(IDS[1]);
        let () = gives.query_async(&mut node.clone()).await.unwrap();
    }
    plain.get::<_, Value>("bar").await.unwrap_err();
    let bar: Option<u32> = redis.get("bar").await.unwrap();
    assert_eq!(bar, None);
    assert_eq!(told(&telemetry), ["GET MOVED", "SET", "GET MOVED", "GET"]);
}
