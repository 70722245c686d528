//! The suite on SQLite, in a file of each test's own.

use sqlx::{
    Sqlite,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tempfile::TempDir;

use crate::suite::ORDERS;

suite!(Sqlite, "sqlite", "?");

async fn fresh() -> (TempDir, sqlx::Pool<Sqlite>) {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("orders.db"))
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new()
        .connect_with(options)
        .await
        .unwrap();
    sqlx::raw_sql(ORDERS).execute(&pool).await.unwrap();
    (folder, pool)
}

macro_rules! on_sqlite {
    ($theme:ident::$name:ident) => {
        #[tokio::test]
        async fn $name() {
            let (_folder, pool) = fresh().await;
            $theme::$name(pool).await;
        }
    };
}

each!(on_sqlite);
