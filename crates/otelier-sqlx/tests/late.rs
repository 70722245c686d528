//! Telemetry that comes after the pool.
#![cfg(test)]

use opentelemetry::Context;
use otelier_core::Providers;
use otelier_sqlx::SqlitePool;
use otelier_testing::capture;

#[tokio::test]
async fn a_pool_that_was_there_before_telemetry_is_recorded_from_then_on() -> sqlx::Result<()> {
    let pool = SqlitePool::connect("sqlite::memory:").await?;
    let mut held = pool.acquire().await?;
    sqlx::query("SELECT 1").execute(&mut *held).await?;

    let telemetry = capture();
    let providers = Context::map_current(|cx| cx.get::<Providers>().cloned());
    otelier_core::install(providers.unwrap()).unwrap();
    sqlx::query("SELECT 2").execute(&mut *held).await?;
    // Nobody knows since when it was out.
    drop(held);
    sqlx::query("SELECT 3").execute(&pool).await?;
    let spans = telemetry.spans().into_iter();
    // A slow machine may show the wait for a connection.
    let names = spans.map(|span| span.name);
    let names = Vec::from_iter(names.filter(|name| name != "acquire connection"));
    assert_eq!(names, ["SELECT", "SELECT"]);
    for name in ["wait_time", "use_time"] {
        let name = format!("db.client.connection.{name}");
        assert_eq!(telemetry.metric(&name).count(), 1, "{name}");
    }
    assert_eq!(telemetry.metric("db.client.connection.limit").total(), 10.0);
    Ok(())
}
