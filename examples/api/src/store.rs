//! Repositories and jobs, in the database that `DATABASE_URL` names: SQLite or
//! PostgreSQL.

use std::{env, time::Duration};

use anyhow::{Context as _, bail};
use otelier::{
    jobs,
    sqlx::{PgPool, SqlitePool},
};
use serde::Serialize;
use sqlx::{
    FromRow,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

/// Both databases understand every statement here, so each is written once.
macro_rules! on {
    ($store:expr, $pool:ident => $work:expr) => {
        match $store {
            Store::Sqlite($pool) => $work,
            Store::Postgres($pool) => $work,
        }
    };
}

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS repos (id BIGINT PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS jobs (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        repo_id BIGINT NOT NULL,
        context TEXT NOT NULL,
        state TEXT NOT NULL
    )",
    "INSERT INTO repos (id, name) VALUES (1, 'axum'), (2, 'sqlx'), (7, 'otelier')
     ON CONFLICT (id) DO NOTHING",
];

/// The database.
#[derive(Clone, Debug)]
pub enum Store {
    /// A file, or memory.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// A repository.
#[derive(Clone, Debug, FromRow, Serialize)]
pub struct Repo {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A job that was claimed.
#[derive(Clone, Debug, FromRow)]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// For which repository.
    pub repo_id: i64,
    /// The trace context of who enqueued it.
    pub context: String,
}

impl Store {
    /// Opens the database that `DATABASE_URL` names, by default one in memory,
    /// and makes its tables.
    ///
    /// # Errors
    /// The URL names no database, or the database cannot be opened.
    pub async fn from_env() -> anyhow::Result<Self> {
        let url = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite::memory:".to_owned());
        let store = match url.split(':').next() {
            Some("sqlite") => Self::Sqlite(sqlite(&url).await?.into()),
            Some("postgres" | "postgresql") => Self::Postgres(PgPool::connect(&url).await?),
            _ => bail!("DATABASE_URL is neither sqlite:// nor postgres://"),
        };
        // A trace of one statement for each table tells nothing about the service.
        jobs::unrecorded(store.make_tables()).await?;
        Ok(store)
    }

    async fn make_tables(&self) -> anyhow::Result<()> {
        for statement in TABLES {
            on!(self, db => sqlx::query(statement).execute(db).await.map(drop))
                .context("the tables cannot be made")?;
        }
        Ok(())
    }

    /// Finds a repository.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn repo(&self, id: i64) -> sqlx::Result<Option<Repo>> {
        const FIND: &str = "SELECT id, name FROM repos WHERE id = $1";
        on!(self, db => sqlx::query_as(FIND).bind(id).fetch_optional(db).await)
    }

    /// Enqueues a job, with the trace context of the caller.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn enqueue(&self, id: &str, kind: &str, repo_id: i64) -> sqlx::Result<()> {
        const INSERT: &str = "INSERT INTO jobs (id, kind, repo_id, context, state)
            VALUES ($1, $2, $3, $4, 'queued')";
        let context = jobs::Context::current().to_string();
        on!(self, db => sqlx::query(INSERT)
            .bind(id).bind(kind).bind(repo_id).bind(context)
            .execute(db).await.map(drop))
    }

    /// Claims the next job, if there is one. No two workers get the same.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim(&self) -> sqlx::Result<Option<Claimed>> {
        const SQLITE: &str = "UPDATE jobs SET state = 'running'
            WHERE id = (SELECT id FROM jobs WHERE state = 'queued' LIMIT 1)
            RETURNING id, kind, repo_id, context";
        const POSTGRES: &str = "UPDATE jobs SET state = 'running'
            WHERE id = (SELECT id FROM jobs WHERE state = 'queued' LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id, kind, repo_id, context";
        match self {
            Self::Sqlite(db) => sqlx::query_as(SQLITE).fetch_optional(db).await,
            Self::Postgres(db) => sqlx::query_as(POSTGRES).fetch_optional(db).await,
        }
    }

    /// Says how a job ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn finish(&self, id: &str, state: &str) -> sqlx::Result<()> {
        const FINISH: &str = "UPDATE jobs SET state = $2 WHERE id = $1";
        on!(self, db => sqlx::query(FINISH).bind(id).bind(state).execute(db).await.map(drop))
    }
}

/// A database in memory lives in its one connection.
async fn sqlite(url: &str) -> anyhow::Result<sqlx::SqlitePool> {
    let options: SqliteConnectOptions = url.parse().context("DATABASE_URL")?;
    let options = options.busy_timeout(Duration::from_secs(5));
    let in_memory = url.contains(":memory:");
    let mut pool = SqlitePoolOptions::new();
    if in_memory {
        pool = pool
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
    }
    Ok(pool.connect_with(options).await?)
}
