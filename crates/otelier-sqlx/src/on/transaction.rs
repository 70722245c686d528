//! Transactions and savepoints.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, Instant},
};

use otelier_core::{Outcome, Run};
use sqlx::{Error, SqlStr};
use sqlx_core::{
    pool::MaybePoolConnection,
    transaction::{
        TransactionManager, begin_ansi_transaction_sql, commit_ansi_transaction_sql,
        rollback_ansi_transaction_sql,
    },
};

use super::{
    acquire::acquire_for,
    call::Call,
    connection::{Connection, PoolConnection},
    shared::Shared,
};
use crate::{driver::Driver, executor::Rows};

type Manager<DB> = <DB as sqlx::Database>::TransactionManager;

/// A transaction or savepoint whose statements are recorded, its `BEGIN`,
/// `COMMIT`, `ROLLBACK` and `SAVEPOINT` included.
///
/// Dropped while open, it is rolled back; that is recorded too, as a span that
/// ends when the rollback is queued.
pub struct Transaction<'c, DB: Driver> {
    connection: Held<'c, DB>,
    is_open: bool,
}

pub(super) enum Held<'c, DB: Driver> {
    Borrowed(&'c mut Connection<DB>),
    Pooled(PoolConnection<DB>),
}

impl<DB: Driver> Deref for Held<'_, DB> {
    type Target = Connection<DB>;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl<DB: Driver> DerefMut for Held<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Borrowed(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl<'c, DB: Driver> From<&'c mut Connection<DB>> for Held<'c, DB> {
    fn from(connection: &'c mut Connection<DB>) -> Self {
        Self::Borrowed(connection)
    }
}

impl<'c, DB: Driver> Transaction<'c, DB> {
    pub(super) async fn begin_on(
        connection: Held<'c, DB>,
        statement: Option<SqlStr>,
    ) -> Result<Self, Error> {
        let sql = begin_sql(&connection, statement.as_ref());
        let run = start(&connection.shared, &sql, Duration::ZERO);
        Self::begin_in(connection, statement, run).await
    }

    async fn begin_in(
        connection: Held<'c, DB>,
        statement: Option<SqlStr>,
        run: Option<Run<Call>>,
    ) -> Result<Self, Error> {
        // Open from the start, as in sqlx: if it is not known whether the
        // transaction began, it is rolled back.
        let mut transaction = Self {
            connection,
            is_open: true,
        };
        let result = Manager::<DB>::begin(transaction.inner_mut(), statement).await;
        end::<DB, _>(run, &result);
        result.map(|()| transaction)
    }

    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    /// Those of the database.
    ///
    /// # Cancellation
    /// Rolls back.
    pub async fn commit(mut self) -> Result<(), Error> {
        let run = self.start(commit_ansi_transaction_sql);
        let result = Manager::<DB>::commit(self.inner_mut()).await;
        end::<DB, _>(run, &result);
        self.is_open &= result.is_err();
        result
    }

    /// Rolls the transaction back, or to the savepoint.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let run = self.start(rollback_ansi_transaction_sql);
        let result = Manager::<DB>::rollback(self.inner_mut()).await;
        end::<DB, _>(run, &result);
        self.is_open &= result.is_err();
        result
    }

    /// Begins a savepoint.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        (**self).begin().await
    }

    /// Starts the call of a statement that ends the transaction; there is none
    /// if the database ended it already.
    fn start(&self, sql: fn(usize) -> SqlStr) -> Option<Run<Call>> {
        let depth = Manager::<DB>::get_transaction_depth(self.inner());
        (depth > 0).then(|| start(&self.shared, &sql(depth), Duration::ZERO))?
    }
}

impl<DB: Driver> Transaction<'static, DB> {
    /// Takes a connection from the pool and begins.
    pub(super) async fn begin_pooled(
        shared: &Arc<Shared<DB>>,
        statement: Option<SqlStr>,
    ) -> Result<Self, Error> {
        let sql = statement
            .clone()
            .unwrap_or_else(|| begin_ansi_transaction_sql(0));
        let mut run = None;
        let start = |waited| start(shared, &sql, waited);
        let raw = acquire_for(shared, &mut run, start).await?;
        let since = keep(&mut run);
        let connection = PoolConnection::new(raw, shared, since);
        Self::begin_in(connection.into(), statement, run).await
    }
}

/// Begins a transaction of sqlx's own, for [`Acquire`]: only its `BEGIN` is seen.
pub(super) async fn begin_raw<DB: Driver>(
    connection: &mut Connection<DB>,
) -> Result<sqlx::Transaction<'_, DB>, Error> {
    let sql = begin_sql(connection, None);
    let run = start(&connection.shared, &sql, Duration::ZERO);
    let raw = MaybePoolConnection::Connection(connection.inner_mut());
    let result = sqlx::Transaction::begin(raw, None).await;
    end::<DB, _>(run, &result);
    result
}

/// The same for a pool.
pub(super) async fn begin_raw_pooled<DB: Driver>(
    shared: &Arc<Shared<DB>>,
) -> Result<sqlx::Transaction<'static, DB>, Error> {
    let sql = begin_ansi_transaction_sql(0);
    let mut run = None;
    let start = |waited| start(shared, &sql, waited);
    let raw = acquire_for(shared, &mut run, start).await?;
    keep(&mut run);
    let result = sqlx::Transaction::begin(raw, None).await;
    end::<DB, _>(run, &result);
    result
}

fn begin_sql<DB: Driver>(connection: &Connection<DB>, statement: Option<&SqlStr>) -> SqlStr {
    match statement {
        Some(statement) => statement.clone(),
        None => {
            let depth = Manager::<DB>::get_transaction_depth(connection.inner());
            begin_ansi_transaction_sql(depth)
        }
    }
}

fn start<DB: Driver>(
    shared: &Arc<Shared<DB>>,
    sql: &SqlStr,
    waited: Duration,
) -> Option<Run<Call>> {
    if !shared.is_on() {
        return None;
    }
    let statement = shared.core.statement(sql.as_str())?;
    Some(Call::start(statement, Rows::Discarded.into(), waited))
}

/// The connection stays out when `BEGIN` has ended. Tells since when it is.
fn keep(run: &mut Option<Run<Call>>) -> Option<Instant> {
    run.as_mut().map(|run| {
        run.record_mut().has_connection(None);
        Instant::now()
    })
}

fn end<DB: Driver, T>(run: Option<Run<Call>>, result: &Result<T, Error>) {
    if let Some(mut run) = run {
        Call::end::<DB, _>(&mut run, result);
    }
}

impl<DB: Driver> Drop for Transaction<'_, DB> {
    fn drop(&mut self) {
        if self.is_open {
            let run = self.start(rollback_ansi_transaction_sql);
            Manager::<DB>::start_rollback(self.inner_mut());
            if let Some(run) = run {
                run.finish(Outcome::Done);
            }
        }
    }
}

impl<DB: Driver> Deref for Transaction<'_, DB> {
    type Target = Connection<DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Driver> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Driver> fmt::Debug for Transaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl<DB: Driver> From<PoolConnection<DB>> for Held<'_, DB> {
    fn from(connection: PoolConnection<DB>) -> Self {
        Self::Pooled(connection)
    }
}
