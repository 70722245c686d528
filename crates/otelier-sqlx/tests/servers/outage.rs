//! A server that goes away.

use std::time::Duration;

use libtest_mimic::Trial;
use otelier_sqlx::Pool;
use otelier_testing::capture;
use sqlx::{Error, postgres::PgPoolOptions};

use crate::{block_on, postgres, trial};

async fn a_server_that_goes_away_is_seen_as_errors() {
    let telemetry = capture();
    let (options, server) = postgres::start().unwrap();
    drop(postgres::connect(&options).await);
    let raw = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(2))
        .connect_with(options)
        .await
        .unwrap();
    let pool = Pool::from(raw);
    sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap();
    let mut held = pool.acquire().await.unwrap();
    drop(server);
    sqlx::query("SELECT 2")
        .fetch_one(&mut *held)
        .await
        .unwrap_err();
    drop(held);
    let refused = sqlx::query("SELECT 3").fetch_one(&pool).await.unwrap_err();
    assert!(
        matches!(refused, Error::PoolTimedOut | Error::Io(_)),
        "{refused:?}"
    );

    let spans = telemetry.spans();
    let spans: Vec<_> = spans.iter().filter(|span| span.name == "SELECT").collect();
    let errors: Vec<_> = spans
        .iter()
        .map(|span| span.get("error.type").is_some())
        .collect();
    assert_eq!(errors, [false, true, true], "{:?}", telemetry.tree());
    assert_eq!(
        telemetry
            .metric("db.client.connection.pending_requests")
            .total(),
        0.0
    );
    let count = telemetry.metric("db.client.connection.count");
    assert_eq!(count.total(), f64::from(pool.size()));
}

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let name = "outage::a_server_that_goes_away_is_seen_as_errors".to_owned();
    trials.push(trial(name, postgres::absent(), || {
        block_on(a_server_that_goes_away_is_seen_as_errors());
    }));
}
