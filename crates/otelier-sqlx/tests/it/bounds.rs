//! What a program makes up does not fill the memory.

use std::collections::HashSet;

use otelier_sqlx::SqlitePool;
use otelier_testing::capture;
use sqlx::AssertSqlSafe;

#[tokio::test]
async fn made_up_names_stop_being_labels() {
    let telemetry = capture();
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    for n in 0..600 {
        let sql = format!("SELECT 1 FROM table_{n}");
        sqlx::query(AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap_err();
    }
    let duration = telemetry.metric("db.client.operation.duration");
    let summary = |point: &otelier_testing::Point| point.attributes.get("db.query.summary");
    let labels: HashSet<_> = duration
        .points
        .iter()
        .filter_map(|point| Some(summary(point)?.to_string()))
        .collect();
    assert_eq!(labels.len(), 500);
    let rest = duration
        .points
        .iter()
        .find(|point| summary(point).is_none());
    assert_eq!(rest.unwrap().count, 100);
    // Spans have no such bound.
    assert_eq!(telemetry.span("SELECT table_599").parent, None);
}

#[tokio::test]
async fn endless_texts_are_recorded_all_the_same() {
    let telemetry = capture();
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    for n in 0..3000 {
        let padding = " ".repeat(if n % 10 == 0 { 40_000 } else { 3000 });
        let sql = format!("SELECT{padding}'{n}' -- s3cr3t");
        sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .execute(&pool)
            .await
            .unwrap();
    }
    let spans = telemetry.spans();
    let texts = spans.iter().filter_map(|span| span.get("db.query.text"));
    let texts: HashSet<_> = texts.map(|text| text.to_string()).collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts
            .iter()
            .all(|text| text.len() <= 8192 && !text.contains("s3cr3t"))
    );
}
