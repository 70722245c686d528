//! Pools of deadpool-redis and bb8.

use std::{fmt::Debug, time::Duration};

use libtest_mimic::Trial;
use otelier_redis::{Config, Connection, ConnectionPool, Guard, Pool};
use otelier_testing::{Telemetry, capture};
use redis::AsyncCommands as _;
use tracing::Instrument as _;

use crate::{config, server::Server, trial};

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let mut add = |trial| trials.push(trial);
    add(trial(
        "pools::a_pool_of_deadpool_is_recorded_and_measured",
        a_pool_of_deadpool_is_recorded_and_measured,
    ));
    add(trial(
        "pools::a_pool_of_bb8_is_recorded_and_measured",
        a_pool_of_bb8_is_recorded_and_measured,
    ));
    add(trial(
        "pools::what_a_pool_hands_out_is_wrapped_by_hand",
        what_a_pool_hands_out_is_wrapped_by_hand,
    ));
}

const NAME: &str = "db.client.connection.pool.name=carts";

/// What is told of the pool.
fn told(telemetry: &Telemetry) -> Vec<String> {
    let summary = telemetry.metrics_summary().to_string();
    let lines = summary.lines().filter(|line| line.contains(NAME));
    let line = |line: &str| {
        let line = line.replace("db.client.connection.", "");
        let line = line.replace("pool.name=carts", "");
        line.replace("{ ", "{")
    };
    lines.map(line).collect()
}

/// Takes both connections of a pool, and asks for a third.
async fn measured<P: ConnectionPool<Error: Debug, Connection: Sync>>(pool: P) -> Telemetry {
    let telemetry = capture();
    let config = Config::new().with_pool_name("carts");
    let pool = Pool::with_config(pool, config);
    let work = async {
        let (first, mut second) = (pool.get().await.unwrap(), pool.get().await.unwrap());
        let () = second.set("a", 1).await.unwrap();
        assert!(pool.get().await.is_err());
        drop(first);
        assert_eq!(
            told(&telemetry),
            [
                "count{state=idle} 1",
                "count{state=used} 1",
                "idle.max{} 2",
                "idle.min{} 0",
                "limit{} 2",
                "pending_requests{} 0",
                "timeouts{} 1",
                "use_time{} count=1",
                "wait_time{} count=2",
                "otelier.errors{error.type=timeout} 1",
            ]
            .map(|line| line.to_owned())
        );
    };
    work.instrument(tracing::info_span!("request")).await;
    let tree = telemetry.tree().to_string();
    // How long a connection takes to open is not told here.
    let waited = "  acquire connection [internal]\n";
    let tree = tree.replace(waited, "");
    assert_eq!(
        tree,
        "request [internal]\n  SET [client]\n  acquire connection [internal] ERROR timeout\n"
    );
    telemetry
}

fn deadpool(server: &Server) -> deadpool_redis::Pool {
    let url = format!("redis://127.0.0.1:{}", server.port);
    let config = deadpool_redis::Config::from_url(url);
    let pool = config.builder().unwrap().max_size(2);
    let pool = pool.wait_timeout(Some(Duration::from_millis(20)));
    pool.runtime(deadpool_redis::Runtime::Tokio1)
        .build()
        .unwrap()
}

async fn a_pool_of_deadpool_is_recorded_and_measured() {
    let server = Server::start().unwrap();
    drop(server.connect().await);
    measured(deadpool(&server)).await;
}

async fn a_pool_of_bb8_is_recorded_and_measured() {
    let server = Server::start().unwrap();
    drop(server.connect().await);
    let pool = bb8::Pool::builder()
        .max_size(2)
        // A connection has to open within it, on a machine that is busy.
        .connection_timeout(Duration::from_secs(2));
    measured(pool.build(server.client()).await.unwrap()).await;
}

async fn what_a_pool_hands_out_is_wrapped_by_hand() {
    let server = Server::start().unwrap();
    drop(server.connect().await);
    let telemetry = capture();
    let taken = deadpool(&server).get().await.unwrap();
    let mut of_deadpool = Connection::with_config(taken, config());
    let () = of_deadpool.set("a", 1).await.unwrap();
    let pool = bb8::Pool::builder().build(server.client()).await.unwrap();
    let taken = Guard(pool.get().await.unwrap());
    let mut of_bb8 = Connection::with_config(taken, config());
    let _: u32 = of_bb8.get("a").await.unwrap();
    assert_eq!(crate::told(&telemetry), ["SET", "GET"]);
}
