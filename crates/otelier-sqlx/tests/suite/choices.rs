//! What is recorded by choice, and what is not.

use opentelemetry::trace::TraceContextExt as _;
use otelier_sqlx::{Comments, Config, Pool, QueryText};
use otelier_testing::capture;
use sqlx::{Acquire, AssertSqlSafe};

use super::{BY_ID, DIALECT, Db, N};
use crate::suite::{DUPLICATE, names, only, text};

pub(crate) async fn the_text_is_left_out_or_kept_by_configuration(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let sql = "SELECT id FROM orders WHERE name = 'known'";
    let off = Pool::with_config(raw.clone(), Config::new().with_query_text(QueryText::Off));
    sqlx::query(sql).fetch_all(&off).await.unwrap();
    assert!(only(&telemetry).get("db.query.text").is_none());
    let kept = Pool::with_config(raw, Config::new().with_query_text(QueryText::Raw));
    sqlx::query(sql).fetch_all(&kept).await.unwrap();
    let spans = telemetry.spans();
    assert!(
        spans
            .iter()
            .any(|span| text(span, "db.query.text").as_deref() == Some(sql))
    );
}

pub(crate) async fn parameters_are_recorded_only_where_they_are_given(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let one = || sqlx::query(BY_ID).bind(1);
    one().fetch_one(pool.with_parameters([1])).await.unwrap();
    one()
        .fetch_all(pool.with_parameters(["one"]))
        .await
        .unwrap();
    let mut connection = pool.acquire().await.unwrap();
    one()
        .fetch_optional(connection.with_parameters([1]))
        .await
        .unwrap();
    one()
        .execute(connection.with_parameters([1]))
        .await
        .unwrap();
    one().execute(&mut *connection).await.unwrap();
    let spans = telemetry
        .spans()
        .into_iter()
        .filter(|span| span.name == "SELECT orders");
    let values: Vec<_> = spans
        .map(|span| text(&span, "db.query.parameter.0"))
        .collect();
    let values: Vec<_> = values.iter().map(Option::as_deref).collect();
    assert_eq!(values, [Some("1"), Some("one"), Some("1"), Some("1"), None]);
}

pub(crate) async fn a_comment_names_the_trace_if_asked_for(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::with_config(raw, Config::new().with_comments(Comments::TraceParent));
    let mut connection = pool.acquire().await.unwrap();
    for _ in 0..3 {
        sqlx::query(BY_ID)
            .bind(1)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        sqlx::query(BY_ID)
            .bind(1)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    }
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    assert_eq!(names(&telemetry).len(), 7);
    let cached = sqlx::Connection::cached_statements_size(connection.inner());
    assert_eq!(cached, 0);
    if DIALECT == "postgres" {
        let sql = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let sent: String = sqlx::query_scalar(sql)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        let span = telemetry.span("SELECT pg_stat_activity");
        let comment = format!(
            "{sql} /*traceparent='00-{}-{}-01'*/",
            span.trace_id, span.span_id,
        );
        assert_eq!(sent, comment);
        assert_eq!(text(&span, "db.query.text").unwrap(), sql);
    }
}

pub(crate) async fn the_text_that_is_sent_is_the_text_that_was_given(raw: sqlx::Pool<Db>) {
    let _telemetry = capture();
    let pool = Pool::from(raw);
    // Longer than what is kept of it, with comments and literals.
    let padding = "/* kept */ ".repeat(3000);
    let sql = format!("SELECT {padding} id FROM orders WHERE name = 'first' AND id = {N}");
    let id: i32 = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(1)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(id, 1);
}

pub(crate) async fn nothing_is_recorded_while_telemetry_is_off_or_suppressed(raw: sqlx::Pool<Db>) {
    async fn use_it(pool: &Pool<Db>) {
        sqlx::query(BY_ID).bind(1).fetch_one(pool).await.unwrap();
        sqlx::query(BY_ID).bind(1).fetch_all(pool).await.unwrap();
        sqlx::query(BY_ID).bind(1).execute(pool).await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query(BY_ID)
            .bind(1)
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        sqlx::query(BY_ID)
            .bind(1)
            .fetch_all(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        drop(pool.begin().await.unwrap());
    }
    use_it(&Pool::from(raw.clone())).await;
    let telemetry = capture();
    let pool = Pool::from(raw);
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    use_it(&pool).await;
    assert_eq!(telemetry.spans().len(), 0);
    let duration = telemetry
        .metrics()
        .into_iter()
        .find(|metric| metric.name == "db.client.operation.duration");
    assert!(duration.is_none_or(|duration| duration.count() == 0));
}

pub(crate) async fn what_the_caller_does_not_sample_is_only_counted(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let providers = telemetry.providers().clone().with_parent_based_sampling();
    let cx = providers.capture_in(telemetry.context());
    let unsampled = opentelemetry::trace::SpanContext::new(
        1_u128.into(),
        2_u64.into(),
        opentelemetry::TraceFlags::default(),
        true,
        opentelemetry::trace::TraceState::default(),
    );
    let _attached = cx.with_remote_span_context(unsampled).attach();
    let pool = Pool::with_config(raw, Config::new().with_comments(Comments::TraceParent));
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    sqlx::query(BY_ID).bind(1).fetch_all(&pool).await.unwrap();
    sqlx::query(DUPLICATE).execute(&pool).await.unwrap_err();
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query(BY_ID)
        .bind(1)
        .fetch_all(&mut *transaction)
        .await
        .unwrap();
    Acquire::acquire(&mut transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("db.client.operation.duration").count(), 6);
    assert_eq!(
        telemetry.metric("db.client.response.returned_rows").total(),
        3.0
    );
    assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 4);
}
