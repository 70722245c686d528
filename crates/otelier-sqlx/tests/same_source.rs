//! What a user writes, compiled with telemetry and without: run it with `--no-default-features` too.
#![cfg(test)]

use futures_util::TryStreamExt as _;
use otelier_sqlx::{
    Comments, Config, Connection, Pool, PoolConnection, QueryText, SqlitePool, SqliteTransaction,
    Transaction,
};
use sqlx::{Acquire, Executor, QueryBuilder, Sqlite};

async fn insert(connection: &mut Connection<Sqlite>, id: i32) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO t (id) VALUES (?)")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

async fn count<'c>(executor: impl Executor<'c, Database = Sqlite>) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM t")
        .fetch_one(executor)
        .await
}

async fn count_on<'c>(source: impl Acquire<'c, Database = Sqlite>) -> sqlx::Result<i64> {
    let mut connection = source.acquire().await?;
    count(&mut *connection).await
}

async fn in_transaction(transaction: &mut Transaction<'_, Sqlite>) -> sqlx::Result<()> {
    insert(&mut *transaction, 1).await?;
    let mut savepoint = transaction.begin().await?;
    insert(&mut savepoint, 2).await?;
    savepoint.rollback().await
}

#[tokio::test]
async fn the_same_source_works_in_every_state() -> sqlx::Result<()> {
    let options = sqlx::pool::PoolOptions::new().max_connections(1);
    let raw = options.connect("sqlite::memory:").await?;
    let config = Config::new()
        .with_pool_name("t")
        .with_query_text(QueryText::Off)
        .with_comments(Comments::TraceParent);
    drop(Pool::with_config(raw.clone(), config));
    let pool = SqlitePool::from(raw);
    sqlx::raw_sql("CREATE TABLE t (id INT)")
        .execute(&pool)
        .await?;

    let mut transaction = pool.begin().await?;
    in_transaction(&mut transaction).await?;
    assert_eq!(count(&mut *transaction).await?, 1);
    assert_eq!(count_on(&mut transaction).await?, 1);
    transaction.commit().await?;
    drop(pool.begin_with("BEGIN IMMEDIATE").await?);
    let begun: Option<SqliteTransaction<'_>> = pool.try_begin_with("BEGIN IMMEDIATE").await?;
    if let Some(mut transaction) = begun {
        insert(transaction.as_mut(), 9).await?;
        transaction.rollback().await?;
    }
    pool.set_connect_options((*pool.connect_options()).clone());
    let lazy = SqlitePool::connect_lazy_with((*pool.connect_options()).clone());
    let closes = lazy.close_event();
    lazy.close().await;
    closes.await;

    let mut connection: PoolConnection<Sqlite> = pool.acquire().await?;
    insert(connection.as_mut(), 3).await?;
    let one = sqlx::query("SELECT ?").bind(1);
    one.execute(connection.with_parameters([1])).await?;
    let done: sqlx::Result<()> = connection
        .transaction(|transaction| Box::pin(async move { insert(transaction, 4).await }))
        .await;
    done?;
    connection.begin().await?.rollback().await?;
    connection.ping().await?;
    assert!(!connection.is_in_transaction());
    assert_eq!(count_on(&mut connection).await?, 3);
    assert_eq!(count_on(&mut *connection).await?, 3);
    drop(connection);

    assert_eq!(count(&pool).await?, 3);
    assert_eq!(count(pool.with_parameters(["none"])).await?, 3);
    assert_eq!(count_on(&pool).await?, 3);
    let mut rows = sqlx::query("SELECT id FROM t").fetch(&pool);
    while rows.try_next().await?.is_some() {}
    drop(rows);
    let mut builder = QueryBuilder::<Sqlite>::new("SELECT id FROM t WHERE id IN (");
    builder.separated(", ").push_bind(1).push_bind(3);
    let found = builder.push(")").build().fetch_all(&pool).await?;
    assert_eq!(found.len(), 2);
    let spawned = pool.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { count(&spawned).await });
    assert!(matches!(tasks.join_next().await, Some(Ok(Ok(3)))));

    assert_eq!((pool.size(), pool.inner().size()), (1, 1));
    drop(pool.try_acquire());
    assert!(!pool.is_closed());
    pool.close().await;
    Ok(())
}
