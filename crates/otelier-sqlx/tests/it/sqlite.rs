//! The suite on SQLite, in a file of each test's own.

use sqlx::{
    Sqlite,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tempfile::TempDir;

mod tests {
    suite!(sqlx::Sqlite, "sqlite", "?");
}

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
    let sql = "CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(100)); \
               INSERT INTO orders VALUES (1, 'first'), (2, 'second'), (3, 'third')";
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    (folder, pool)
}

macro_rules! on_sqlite {
    ($name:ident) => {
        #[tokio::test]
        async fn $name() {
            let (_folder, pool) = fresh().await;
            tests::$name(pool).await;
        }
    };
}

each!(on_sqlite);
