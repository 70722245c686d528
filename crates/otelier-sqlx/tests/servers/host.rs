//! One server for all tests of a database, and a database for each of them.

use std::{
    env, io, process,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, Connection, Database, Executor, Pool, pool::PoolOptions};

use crate::{block_on, server::Server, suite::ORDERS, trial};

pub(crate) type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// Where the tests connect to, and the server if it is of their own.
pub(crate) type Shared<DB> = OnceLock<io::Result<(Options<DB>, Option<Server>)>>;

/// A database that tests run on.
pub(crate) trait Host: Database {
    /// The variable that names a server to use.
    const URL: &'static str;

    /// Tells why no server can be started, if none can.
    fn missing() -> Option<&'static str>;

    /// Starts a server.
    fn start() -> io::Result<(Options<Self>, Server)>;

    fn shared() -> &'static Shared<Self>;

    fn with_database(options: Options<Self>, name: &str) -> Options<Self>;
}

/// Tells why tests cannot run, if they cannot.
pub(crate) fn absent<DB: Host>() -> Option<&'static str> {
    DB::missing().filter(|_| env::var_os(DB::URL).is_none())
}

/// Connects to a server that may only be starting.
pub(crate) async fn connect<DB: Host>(options: &Options<DB>) -> DB::Connection {
    for _ in 0..600 {
        if let Ok(connection) = DB::Connection::connect_with(options).await {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server does not answer");
}

/// A pool to a database of its own, with the suite's table.
async fn fresh<DB: Host>() -> Pool<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let shared = DB::shared().get_or_init(|| match env::var(DB::URL) {
        Ok(url) => Ok((url.parse().map_err(io::Error::other)?, None)),
        Err(_) => DB::start().map(|(options, server)| (options, Some(server))),
    });
    let options = match shared {
        Ok((options, _)) => options,
        Err(cause) => panic!("{} does not start: {cause}", DB::NAME),
    };
    let mut connection = connect::<DB>(options).await;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("otelier_{}_{number}", process::id());
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.unwrap();
    let options = DB::with_database(options.clone(), &name);
    let pool = PoolOptions::new().connect_with(options).await.unwrap();
    sqlx::raw_sql(ORDERS).execute(&pool).await.unwrap();
    pool
}

/// Lists a test that takes a pool.
pub(crate) fn add<DB: Host, F: Future<Output = ()>>(
    trials: &mut Vec<Trial>,
    name: &str,
    test: impl FnOnce(Pool<DB>) -> F + Send + 'static,
) where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let run = || block_on(async { test(fresh().await).await });
    trials.push(trial(name.to_owned(), absent::<DB>(), run));
}
