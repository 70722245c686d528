//! A server that goes away, and comes back.

use std::time::Duration;

use libtest_mimic::Trial;
use otelier_sqlx::{Driver, Pool};
use otelier_testing::{Point, Telemetry, capture};
use sqlx::{Error, MySql, Postgres, pool::PoolOptions};

use crate::{
    block_on,
    host::{Host, absent, connect},
    server::Server,
    trial,
};

/// The calls of statements, each with its `error.type`.
fn calls(telemetry: &Telemetry) -> Vec<Option<String>> {
    let spans = telemetry.spans().into_iter();
    let spans = spans.filter(|span| span.name == "SELECT");
    let errors = spans.map(|span| Some(span.get("error.type")?.to_string()));
    errors.collect()
}

fn agree<DB: Driver>(telemetry: &Telemetry, pool: &Pool<DB>) {
    let total = |name: &str| telemetry.metric(name).total();
    assert_eq!(total("db.client.connection.pending_requests"), 0.0);
    let count = total("db.client.connection.count");
    assert_eq!(count, f64::from(pool.size()));
}

/// Kills a server, asks it, starts it where it was, and asks again.
async fn outlive<DB: Driver>(mut server: Server, raw: sqlx::Pool<DB>)
where
    DB::Arguments: sqlx::IntoArguments<DB>,
{
    let telemetry = capture();
    let pool = Pool::from(raw);
    sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap();
    let mut held = pool.acquire().await.unwrap();

    server.kill().unwrap();
    let lost = sqlx::query("SELECT 2").fetch_one(&mut *held).await;
    assert!(lost.is_err());
    drop(held);
    let refused = sqlx::query("SELECT 3").fetch_one(&pool).await;
    let refused = refused.map(drop).unwrap_err();
    let timed_out = matches!(refused, Error::PoolTimedOut);
    assert!(timed_out || matches!(refused, Error::Io(_)), "{refused:?}");
    agree(&telemetry, &pool);
    let timeouts = telemetry.metrics().into_iter();
    let timeouts = timeouts.filter(|metric| metric.name == "db.client.connection.timeouts");
    let timeouts: f64 = timeouts.map(|metric| metric.total()).sum();
    assert_eq!(timeouts, f64::from(u8::from(timed_out)));

    server.restart().unwrap();
    let mut failures = 2;
    while let Err(error) = sqlx::query("SELECT 4").fetch_one(&pool).await {
        failures += 1;
        assert!(failures < 100, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sqlx::query("SELECT 5").fetch_one(&pool).await.unwrap();
    agree(&telemetry, &pool);

    let calls = calls(&telemetry);
    assert_eq!(calls.len(), failures + 3, "{calls:?}");
    assert!(calls[0].is_none(), "{calls:?}");
    assert!(calls[1..=failures].iter().all(Option::is_some), "{calls:?}");
    assert!(
        calls[failures + 1..].iter().all(Option::is_none),
        "{calls:?}"
    );
    let kind = if timed_out { "pool_timed_out" } else { "io" };
    assert_eq!(calls[2].as_deref(), Some(kind));
    let duration = telemetry.metric("db.client.operation.duration");
    let failed = |point: &&Point| point.attributes.get("error.type").is_some();
    let failed: u64 = duration
        .points
        .iter()
        .filter(failed)
        .map(|point| point.count)
        .sum();
    assert_eq!(failed, failures as u64);
}

async fn a_killed_server_that_comes_back_is_used_again<DB: Host + Driver>()
where
    DB::Arguments: sqlx::IntoArguments<DB>,
{
    let (to, server) = DB::start().unwrap();
    drop(connect::<DB>(&to).await);
    let options = PoolOptions::<DB>::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(2));
    outlive(server, options.connect_with(to).await.unwrap()).await;
}

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let name = "outage::a_killed_postgres_that_comes_back_is_used_again";
    trials.push(trial(name.to_owned(), absent::<Postgres>(), || {
        block_on(a_killed_server_that_comes_back_is_used_again::<Postgres>());
    }));
    let name = "outage::a_killed_mariadb_that_comes_back_is_used_again";
    trials.push(trial(name.to_owned(), absent::<MySql>(), || {
        block_on(a_killed_server_that_comes_back_is_used_again::<MySql>());
    }));
}
