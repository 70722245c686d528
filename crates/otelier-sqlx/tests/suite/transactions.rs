//! Connections, transactions and migrations, as users write them.

use opentelemetry::trace::{SpanKind, Status};
use otelier_sqlx::{Connection, Pool, PoolConnection, Transaction};
use otelier_testing::capture;
use sqlx::{Acquire, Error, Executor};

use super::{DIALECT, Db};
use crate::suite::{names, text};

pub(crate) async fn connections_and_transactions_are_used_as_ever(raw: sqlx::Pool<Db>) {
    async fn takes_executor<'c>(executor: impl Executor<'c, Database = Db>) {
        sqlx::query("SELECT id FROM orders")
            .fetch_all(executor)
            .await
            .unwrap();
    }
    async fn takes_acquire<'c>(source: impl Acquire<'c, Database = Db>) {
        let mut connection = source.acquire().await.unwrap();
        sqlx::query("SELECT id FROM orders")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    }
    async fn takes_connection(connection: &mut Connection<Db>) {
        sqlx::query("SELECT id FROM orders")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        sqlx::query("SELECT id FROM orders")
            .fetch_all(connection)
            .await
            .unwrap();
    }
    async fn takes_transaction(transaction: &mut Transaction<'_, Db>) {
        sqlx::query("SELECT id FROM orders")
            .fetch_all(&mut **transaction)
            .await
            .unwrap();
    }
    let telemetry = capture();
    let pool: Pool<Db> = raw.into();
    takes_executor(&pool).await;
    let mut connection: PoolConnection<Db> = pool.acquire().await.unwrap();
    takes_executor(&mut *connection).await;
    takes_connection(&mut connection).await;
    let mut transaction = connection.begin().await.unwrap();
    takes_executor(&mut *transaction).await;
    takes_connection(&mut transaction).await;
    takes_transaction(&mut transaction).await;
    transaction.commit().await.unwrap();
    let spawned = pool.clone();
    let task = async move { takes_executor(&spawned).await };
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(telemetry.scope(task));
    tasks.join_next().await.unwrap().unwrap();
    insta::assert_snapshot!(names(&telemetry).join("\n"), @r"
    SELECT orders
    SELECT orders
    SELECT orders
    SELECT orders
    BEGIN
    SELECT orders
    SELECT orders
    SELECT orders
    SELECT orders
    COMMIT
    SELECT orders
    ");
    // Connections that go through `Acquire` are those of sqlx.
    takes_acquire(&mut *connection).await;
    takes_acquire(&mut connection).await;
    let mut transaction = connection.begin().await.unwrap();
    takes_acquire(&mut transaction).await;
    drop(transaction);
    drop(connection);
    takes_acquire(&pool).await;
    let transaction = Acquire::begin(&pool).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(
        names(&telemetry)[11..],
        [
            "use connection",
            "use connection",
            "BEGIN",
            "use connection",
            "ROLLBACK",
            "use connection",
            "BEGIN",
        ]
    );
    let span = telemetry.span("use connection");
    assert_eq!(
        (&span.kind, &span.status),
        (&SpanKind::Internal, &Status::Unset)
    );
    assert!(text(&span, "db.system.name").is_some() && text(&span, "db.namespace").is_some());
    assert!(text(&span, "db.client.connection.pool.name").is_some());
}

pub(crate) async fn transactions_are_seen_from_begin_to_end(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let mut transaction = pool.begin().await.unwrap();
    let mut savepoint = transaction.begin().await.unwrap();
    sqlx::query("DELETE FROM orders")
        .execute(&mut *savepoint)
        .await
        .unwrap();
    savepoint.rollback().await.unwrap();
    let savepoint = transaction.begin().await.unwrap();
    savepoint.commit().await.unwrap();
    drop(transaction.begin().await.unwrap());
    sqlx::query("DELETE FROM orders WHERE id = 1")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("DELETE FROM orders WHERE id = 2")
        .execute(&mut *transaction)
        .await
        .unwrap();
    drop(transaction);
    let mut connection = pool.acquire().await.unwrap();
    connection
        .transaction(|transaction| {
            Box::pin(async move {
                sqlx::query("DELETE FROM orders WHERE id = 3")
                    .execute(&mut **transaction)
                    .await
            })
        })
        .await
        .unwrap();
    insta::assert_snapshot!(names(&telemetry).join("\n"), @r"
    BEGIN
    SAVEPOINT
    DELETE orders
    ROLLBACK TO SAVEPOINT
    SAVEPOINT
    RELEASE SAVEPOINT
    SAVEPOINT
    ROLLBACK TO SAVEPOINT
    DELETE orders
    ROLLBACK
    BEGIN
    DELETE orders
    ROLLBACK
    BEGIN
    DELETE orders
    COMMIT
    ");
    let left: Vec<i32> = sqlx::query_scalar("SELECT id FROM orders ORDER BY id")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    assert_eq!(left, [1, 2]);
}

pub(crate) async fn a_transaction_of_its_own_kind_begins_as_it_is_told(raw: sqlx::Pool<Db>) {
    let sql = match DIALECT {
        "postgres" => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        "mysql" => "START TRANSACTION READ ONLY",
        _ => "BEGIN IMMEDIATE",
    };
    let telemetry = capture();
    let pool = Pool::from(raw);
    let transaction = pool.begin_with(sql).await.unwrap();
    transaction.commit().await.unwrap();
    let begin = telemetry
        .spans()
        .into_iter()
        .find(|span| span.name.contains("TRANS") || span.name == "BEGIN");
    assert_eq!(text(&begin.unwrap(), "db.query.text").unwrap(), sql);
    let mut connection = pool.acquire().await.unwrap();
    let mut transaction = connection.begin_with(sql).await.unwrap();
    let again = transaction.begin_with(sql).await;
    assert!(matches!(again, Err(Error::InvalidSavePointStatement)));
}

pub(crate) async fn migrations_run_on_a_traced_pool(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    sqlx::migrate!("tests/migrations").run(&pool).await.unwrap();
    sqlx::query("SELECT id, note FROM migrated")
        .fetch_all(&pool)
        .await
        .unwrap();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::migrate!("tests/migrations")
        .run(&mut *connection)
        .await
        .unwrap();
    assert_eq!(
        names(&telemetry),
        ["use connection", "SELECT migrated", "use connection"]
    );
    drop(connection);
    assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 3);
}
