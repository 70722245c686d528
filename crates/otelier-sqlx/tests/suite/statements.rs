//! Each statement makes one span, whatever becomes of it.

use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, TryStreamExt as _};
use opentelemetry::trace::{
    SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use otelier_sqlx::Pool;
use otelier_testing::{MetricKind, capture};
use sqlx::{Either, Error, Executor, QueryBuilder, Row as _, Statement as _};

use super::{BY_ID, DIALECT, Db, ID_BY_ID, NAME_BY_ID};
use crate::suite::{DUPLICATE, Order, count, names, only, text};

pub(crate) async fn each_way_to_run_a_statement_makes_one_span(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let one = || sqlx::query(BY_ID).bind(1);
    one().execute(&pool).await.unwrap();
    one().fetch_one(&pool).await.unwrap();
    one().fetch_optional(&pool).await.unwrap();
    one().fetch_all(&pool).await.unwrap();
    assert_eq!(one().fetch(&pool).count().await, 1);
    assert_eq!(
        one()
            .map(|row| row.get::<i32, _>(0))
            .fetch_one(&pool)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        one()
            .map(|row| row.get::<i32, _>(0))
            .fetch_all(&pool)
            .await
            .unwrap(),
        [1]
    );
    let order: Order = sqlx::query_as(BY_ID)
        .bind(1)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(
        order,
        Order {
            id: 1,
            name: "first".to_owned()
        }
    );
    let orders: Vec<Order> = sqlx::query_as(BY_ID)
        .bind(1)
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(orders.len(), 1);
    let name: String = sqlx::query_scalar(NAME_BY_ID)
        .bind(1)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(name, "first");
    let mut builder = QueryBuilder::<Db>::new("SELECT id FROM orders WHERE id IN (");
    builder.separated(", ").push_bind(1).push_bind(2);
    builder.push(")");
    assert_eq!(builder.build().fetch_all(&pool).await.unwrap().len(), 2);
    assert_eq!(
        sqlx::raw_sql("SELECT id FROM orders")
            .fetch_all(&pool)
            .await
            .unwrap()
            .len(),
        3
    );
    (&pool).execute("SELECT id FROM orders").await.unwrap();
    assert_eq!(
        (&pool)
            .fetch_many(one())
            .filter(|step| { std::future::ready(step.as_ref().is_ok_and(Either::is_right)) })
            .count()
            .await,
        1
    );
    let results: Vec<_> = (&pool).execute_many(one()).try_collect().await.unwrap();
    assert_eq!(results.len(), 1);

    let spans = names(&telemetry);
    assert_eq!(spans.len(), 15, "{:?}", telemetry.tree());
    assert!(spans.iter().all(|name| name == "SELECT orders"));
    let duration = telemetry.metric("db.client.operation.duration");
    assert_eq!(duration.count(), 15);
    assert_eq!(
        (duration.unit.as_str(), duration.kind),
        ("s", MetricKind::Histogram)
    );
    assert_eq!(
        duration.points[0].bounds,
        [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0]
    );
    assert!(duration.total() < 60.0);
}

pub(crate) async fn a_span_says_what_was_asked_and_not_with_which_values(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let sql = "SELECT name FROM orders WHERE name <> 's3cr3t' AND id IN (1, 2) -- s3cr3t";
    sqlx::query(sql).fetch_all(&pool).await.unwrap();
    let span = only(&telemetry);
    assert_eq!(
        (span.name.as_str(), &span.kind),
        ("SELECT orders", &SpanKind::Client)
    );
    assert_eq!(text(&span, "db.query.summary").unwrap(), "SELECT orders");
    assert_eq!(
        text(&span, "db.query.text").unwrap(),
        "SELECT name FROM orders WHERE name <> ? AND id IN (?) ",
    );
    assert_eq!(span.get("db.response.returned_rows").unwrap(), 2i64.into());
    assert_eq!(span.status, Status::Unset);
    assert!(span.get("error.type").is_none() && span.get("db.operation.batch.size").is_none());
    assert!(!format!("{span:?}").contains("s3cr3t"));
    assert_eq!(span.scope, "otelier-sqlx");
}

pub(crate) async fn a_statement_is_a_child_of_what_is_current(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let tracer = telemetry.tracer_provider().tracer("test");
    let request = tracer.start("request");
    let cx = telemetry.context().with_span(request);
    let work = async {
        sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query(BY_ID)
            .bind(2)
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    };
    opentelemetry::trace::FutureExt::with_context(work, cx).await;
    let spans = telemetry.spans();
    let children = spans
        .iter()
        .filter(|span| span.parent.as_deref() == Some("request"));
    // The first of a pool has no statement above it yet, where the server is asked who it is.
    let children = children.filter(|span| span.name != "acquire connection");
    let children: Vec<_> = children.map(|span| span.name.as_str()).collect();
    assert_eq!(
        children,
        ["SELECT orders", "BEGIN", "SELECT orders", "COMMIT"]
    );
}

pub(crate) async fn an_error_is_named_by_its_code_and_not_quoted(raw: sqlx::Pool<Db>) {
    let (duplicate, syntax) = match DIALECT {
        "postgres" => ("23505", "42601"),
        "mysql" => ("1062", "1064"),
        _ => ("1555", "1"),
    };
    let telemetry = capture();
    let pool = Pool::from(raw);
    sqlx::query(DUPLICATE).execute(&pool).await.unwrap_err();
    let sql = "SELEC 's3cr3t'";
    sqlx::query(sql).fetch_all(&pool).await.unwrap_err();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::query(DUPLICATE)
        .fetch_optional(&mut *connection)
        .await
        .unwrap_err();
    let spans = telemetry.spans();
    let spans: Vec<_> = spans
        .iter()
        .filter(|span| span.get("db.system.name").is_some())
        .collect();
    assert_eq!(spans.len(), 3);
    for (span, code) in spans.iter().zip([duplicate, syntax, duplicate]) {
        assert_eq!(text(span, "error.type").unwrap(), code);
        assert_eq!(text(span, "db.response.status_code").unwrap(), code);
        assert_eq!(span.status, Status::error(""));
        assert!(span.events.is_empty());
        assert!(!format!("{span:?}").contains("s3cr3t"));
    }
    assert_eq!(count(&telemetry, "error.type", duplicate), 2);
    assert_eq!(count(&telemetry, "db.response.status_code", syntax), 1);
}

pub(crate) async fn no_row_is_no_error(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let none = sqlx::query(BY_ID).bind(99).fetch_one(&pool).await;
    assert!(matches!(none, Err(Error::RowNotFound)));
    let mut connection = pool.acquire().await.unwrap();
    let none = sqlx::query(BY_ID)
        .bind(99)
        .fetch_one(&mut *connection)
        .await;
    assert!(matches!(none, Err(Error::RowNotFound)));
    for span in telemetry
        .spans()
        .iter()
        .filter(|span| span.name == "SELECT orders")
    {
        assert_eq!(span.status, Status::Unset);
        assert!(span.get("error.type").is_none());
        assert_eq!(span.get("db.response.returned_rows").unwrap(), 0i64.into());
    }
}

pub(crate) async fn rows_are_counted_where_they_are_wanted(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let all = "SELECT id, name FROM orders";
    let _: Vec<Order> = sqlx::query_as(all).fetch_all(&pool).await.unwrap();
    assert_eq!(
        only(&telemetry).get("db.response.returned_rows").unwrap(),
        3i64.into()
    );
    sqlx::query("UPDATE orders SET name = 'x' WHERE id = 1")
        .execute(&pool)
        .await
        .unwrap();
    assert!(
        telemetry
            .span("UPDATE orders")
            .get("db.response.returned_rows")
            .is_none()
    );
    let rows = telemetry.metric("db.client.response.returned_rows");
    assert_eq!((rows.count(), rows.total()), (1, 3.0));
    assert_eq!(rows.unit, "{row}");
}

pub(crate) async fn the_rows_of_what_failed_are_counted_beside_its_error(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let all = sqlx::query("SELECT id FROM orders").fetch_all(&pool);
    assert_eq!(all.await.unwrap().len(), 3);
    let none = sqlx::query("SELECT nothing FROM orders").fetch_all(&pool);
    none.await.unwrap_err();
    // Both have one summary.
    let rows = telemetry.metric("db.client.response.returned_rows");
    let points = rows.points.iter().map(|point| {
        let of = |key| point.attributes.get(key).map(|value| value.to_string());
        (of("error.type"), of("db.response.status_code"), point.value)
    });
    let mut points: Vec<_> = points.collect();
    points.sort_by_key(|(kind, ..)| kind.clone());
    let code = match DIALECT {
        "postgres" => "42703",
        "mysql" => "1054",
        _ => "1",
    };
    let code = Some(code.to_owned());
    assert_eq!(points, [(None, None, 3.0), (code.clone(), code, 0.0)]);
}

pub(crate) async fn a_stream_that_is_not_read_to_its_end_ends_its_span(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let before = SystemTime::now();
    let mut rows = sqlx::query("SELECT id FROM orders").fetch(&pool);
    rows.try_next().await.unwrap().unwrap();
    let after = SystemTime::now();
    assert_eq!(names(&telemetry).len(), 0);
    drop(rows);
    let span = only(&telemetry);
    assert!((before..after).contains(&span.started) && span.started < span.ended);
    assert_eq!(span.get("db.response.returned_rows").unwrap(), 1i64.into());
    assert_eq!(span.status, Status::Unset);
    assert!(span.get("error.type").is_none());

    let mut connection = pool.acquire().await.unwrap();
    let mut rows = sqlx::query("SELECT id FROM orders").fetch(&mut *connection);
    rows.try_next().await.unwrap().unwrap();
    drop(rows);
    assert_eq!(names(&telemetry).len(), 2);
}

pub(crate) async fn what_is_never_polled_leaves_no_span(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    drop(sqlx::query(BY_ID).bind(1).fetch(&pool));
    drop(sqlx::query(BY_ID).bind(1).fetch_one(&pool));
    let mut connection = pool.acquire().await.unwrap();
    drop(sqlx::query(BY_ID).bind(1).fetch(&mut *connection));
    drop(sqlx::query(BY_ID).bind(1).fetch_one(&mut *connection));
    drop(connection.begin());
    assert_eq!(names(&telemetry).len(), 0);
}

pub(crate) async fn a_cancelled_statement_ends_its_span(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let mut connection = pool.acquire().await.unwrap();
    let slow = match DIALECT {
        "postgres" => "SELECT pg_sleep(5)",
        "mysql" => "SELECT sleep(5)",
        _ => {
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000000) SELECT max(n) FROM c"
        }
    };
    let patience = Duration::from_millis(20);
    let one = sqlx::query(slow).fetch_one(&mut *connection);
    tokio::time::timeout(patience, one).await.unwrap_err();
    let all = sqlx::query(slow).fetch_all(&pool);
    tokio::time::timeout(patience, all).await.unwrap_err();
    let spans = telemetry.spans();
    let spans: Vec<_> = spans
        .iter()
        .filter(|span| span.get("db.query.text").is_some())
        .collect();
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(text(span, "error.type").unwrap(), "cancelled");
        assert_eq!(span.status, Status::error(""));
    }
    assert_eq!(count(&telemetry, "error.type", "cancelled"), 2);
    let pending = telemetry.metric("db.client.connection.pending_requests");
    assert_eq!(pending.total(), 0.0);
}

pub(crate) async fn several_statements_at_once_are_one_batch(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let sql = "INSERT INTO orders (id, name) VALUES (11, 's3cr3t'); \
               INSERT INTO orders (id, name) VALUES (12, 's3cr3t')";
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    let span = only(&telemetry);
    assert_eq!(span.name, "BATCH INSERT orders");
    assert_eq!(span.get("db.operation.batch.size").unwrap(), 2i64.into());
    assert!(!format!("{span:?}").contains("s3cr3t"));
}

pub(crate) async fn a_prepared_statement_is_read_where_it_is(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let mut connection = pool.acquire().await.unwrap();
    let statement = (&mut *connection)
        .prepare(sqlx::SqlSafeStr::into_sql_str(BY_ID))
        .await
        .unwrap();
    assert_eq!(names(&telemetry).len(), 0);
    let row = statement
        .query()
        .bind(1)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(row.get::<String, _>("name"), "first");
    assert_eq!(only(&telemetry).name, "SELECT orders");
    (&pool)
        .describe(sqlx::SqlSafeStr::into_sql_str(BY_ID))
        .await
        .unwrap();
}

pub(crate) async fn telemetry_changes_nothing_for_the_prepared_statements(raw: sqlx::Pool<Db>) {
    async fn run<'c>(executor: impl Executor<'c, Database = Db>, persistent: bool) {
        sqlx::query(BY_ID)
            .bind(1)
            .persistent(persistent)
            .fetch_all(executor)
            .await
            .unwrap();
    }
    async fn run_map<'c>(executor: impl Executor<'c, Database = Db>) {
        let query = sqlx::query(ID_BY_ID).bind(1);
        query
            .map(|row: <Db as sqlx::Database>::Row| row.get::<i32, _>(0))
            .fetch_all(executor)
            .await
            .unwrap();
    }
    let cached = |connection: &<Db as sqlx::Database>::Connection| {
        sqlx::Connection::cached_statements_size(connection)
    };
    let mut plain = raw.acquire().await.unwrap();
    run(&mut *plain, true).await;
    run_map(&mut *plain).await;
    run(&mut *plain, false).await;
    let expected = cached(&plain);
    plain.close().await.unwrap();

    let _telemetry = capture();
    let pool = Pool::from(raw);
    let mut traced = pool.acquire().await.unwrap();
    run(&mut *traced, true).await;
    run_map(&mut *traced).await;
    run(&mut *traced, false).await;
    assert_eq!(cached(traced.inner()), expected);
}

pub(crate) async fn arguments_that_cannot_be_encoded_fail_as_ever(raw: sqlx::Pool<Db>) {
    struct Odd;
    impl sqlx::Type<Db> for Odd {
        fn type_info() -> <Db as sqlx::Database>::TypeInfo {
            <i32 as sqlx::Type<Db>>::type_info()
        }
    }
    impl<'q> sqlx::Encode<'q, Db> for Odd {
        fn encode_by_ref(
            &self,
            _: &mut <Db as sqlx::Database>::ArgumentBuffer,
        ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
            Err("s3cr3t".into())
        }
    }
    let telemetry = capture();
    let pool = Pool::from(raw);
    let failed = sqlx::query(BY_ID).bind(Odd).fetch_all(&pool).await;
    assert!(matches!(failed, Err(Error::Encode(_))));
    let span = only(&telemetry);
    assert_eq!(text(&span, "error.type").unwrap(), "encode");
    assert!(!format!("{span:?}").contains("s3cr3t"));
}
