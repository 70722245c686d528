//! The databases, and what each tells of itself.

use sealed::Sealed;

/// A database that can be recorded: `sqlx::Postgres`, `sqlx::MySql` and
/// `sqlx::Sqlite`, each behind the feature of its name.
///
/// ```
/// use otelier_sqlx::{Driver, Pool};
///
/// /// What is the same for all databases.
/// fn connections<DB: Driver>(pool: &Pool<DB>) -> String {
///     format!("{} connections, {} idle", pool.size(), pool.num_idle())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no database of the sqlx that otelier is built on",
    label = "from another version of sqlx, or without its feature",
    note = "otelier-sqlx takes the databases of sqlx 0.9: a pool of sqlx 0.8 is of other types \
            (`cargo tree -i sqlx` shows both)",
    note = "its features `postgres`, `mysql` and `sqlite` each add one database"
)]
pub trait Driver: Sealed {}

pub(crate) mod sealed {
    use futures_core::{future::BoxFuture, stream::BoxStream};
    use otelier_core::edge::Kept;
    use otelier_sql::Dialect;
    use sqlx::{Describe, Either, Error, Execute, SqlStr, error::DatabaseError};

    /// A result, or a row of it.
    pub(crate) type Step<DB> =
        Result<Either<<DB as sqlx::Database>::QueryResult, <DB as sqlx::Database>::Row>, Error>;

    /// What becomes of a statement's rows.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Rows {
        Wanted,
        Discarded,
    }

    /// Values that are recorded with a statement.
    pub(crate) type Parameters = Kept<Vec<String>>;

    /// What instrumentation needs to know.
    pub trait Sealed: Execution {
        /// `db.system.name`
        const SYSTEM: &'static str;
        /// Whose rules its texts follow.
        const DIALECT: Dialect;
        /// The port that need not be told.
        const DEFAULT_PORT: Option<u16>;

        /// Where the connections of these options lead.
        fn server(options: &<Self::Connection as sqlx::Connection>::Options) -> Server;

        /// Whether other servers than [`SYSTEM`](Self::SYSTEM) speak its protocol, and say so.
        const HAS_RELATIVES: bool = false;

        /// Whether its driver works on a thread of its own.
        const HAS_THREAD: bool = false;

        /// Asks the server for its `db.system.name`.
        fn identify(
            connection: &mut Self::Connection,
        ) -> BoxFuture<'_, Result<&'static str, Error>> {
            // Only the holder of a connection can be asked.
            let _ = connection;
            Box::pin(std::future::ready(Ok(Self::SYSTEM)))
        }

        /// `db.response.status_code`
        fn code(error: &(dyn DatabaseError + 'static)) -> Option<String> {
            error.code().map(Into::into)
        }
    }

    /// `sqlx::Executor` of the driver's connection. As a bound on that, it would make the
    /// compiler go round in circles (E0275) wherever the database is inferred.
    pub trait Execution: sqlx::Database {
        fn fetch_many<'e, 'c: 'e, 'q: 'e, E>(
            connection: &'c mut Self::Connection,
            query: E,
        ) -> BoxStream<'e, Step<Self>>
        where
            E: 'q + Execute<'q, Self>;

        fn fetch_optional<'e, 'c: 'e, 'q: 'e, E>(
            connection: &'c mut Self::Connection,
            query: E,
        ) -> BoxFuture<'e, Result<Option<Self::Row>, Error>>
        where
            E: 'q + Execute<'q, Self>;

        fn prepare_with<'e, 'c: 'e>(
            connection: &'c mut Self::Connection,
            sql: SqlStr,
            parameters: &'e [Self::TypeInfo],
        ) -> BoxFuture<'e, Result<Self::Statement, Error>>;

        fn describe<'e, 'c: 'e>(
            connection: &'c mut Self::Connection,
            sql: SqlStr,
        ) -> BoxFuture<'e, Result<Describe<Self>, Error>>;

        fn fetch_many_on<'e, 'q: 'e, E>(
            pool: &sqlx::Pool<Self>,
            query: E,
        ) -> BoxStream<'e, Step<Self>>
        where
            E: 'q + Execute<'q, Self>;

        fn fetch_optional_on<'e, 'q: 'e, E>(
            pool: &sqlx::Pool<Self>,
            query: E,
        ) -> BoxFuture<'e, Result<Option<Self::Row>, Error>>
        where
            E: 'q + Execute<'q, Self>;

        fn describe_on<'e>(
            pool: &sqlx::Pool<Self>,
            sql: SqlStr,
        ) -> BoxFuture<'e, Result<Describe<Self>, Error>>;
    }

    #[cfg(any(feature = "postgres", feature = "mysql", feature = "sqlite"))]
    macro_rules! execution {
        ($database:ty) => {
            impl crate::driver::sealed::Execution for $database {
                fn fetch_many<'e, 'c: 'e, 'q: 'e, E>(
                    connection: &'c mut Self::Connection,
                    query: E,
                ) -> futures_core::stream::BoxStream<'e, crate::driver::sealed::Step<Self>>
                where
                    E: 'q + sqlx::Execute<'q, Self>,
                {
                    sqlx::Executor::fetch_many(connection, query)
                }

                fn fetch_optional<'e, 'c: 'e, 'q: 'e, E>(
                    connection: &'c mut Self::Connection,
                    query: E,
                ) -> futures_core::future::BoxFuture<'e, sqlx::Result<Option<Self::Row>>>
                where
                    E: 'q + sqlx::Execute<'q, Self>,
                {
                    sqlx::Executor::fetch_optional(connection, query)
                }

                fn prepare_with<'e, 'c: 'e>(
                    connection: &'c mut Self::Connection,
                    sql: sqlx::SqlStr,
                    parameters: &'e [Self::TypeInfo],
                ) -> futures_core::future::BoxFuture<'e, sqlx::Result<Self::Statement>> {
                    sqlx::Executor::prepare_with(connection, sql, parameters)
                }

                fn describe<'e, 'c: 'e>(
                    connection: &'c mut Self::Connection,
                    sql: sqlx::SqlStr,
                ) -> futures_core::future::BoxFuture<'e, sqlx::Result<sqlx::Describe<Self>>> {
                    sqlx::Executor::describe(connection, sql)
                }

                fn fetch_many_on<'e, 'q: 'e, E>(
                    pool: &sqlx::Pool<Self>,
                    query: E,
                ) -> futures_core::stream::BoxStream<'e, crate::driver::sealed::Step<Self>>
                where
                    E: 'q + sqlx::Execute<'q, Self>,
                {
                    sqlx::Executor::fetch_many(pool, query)
                }

                fn fetch_optional_on<'e, 'q: 'e, E>(
                    pool: &sqlx::Pool<Self>,
                    query: E,
                ) -> futures_core::future::BoxFuture<'e, sqlx::Result<Option<Self::Row>>>
                where
                    E: 'q + sqlx::Execute<'q, Self>,
                {
                    sqlx::Executor::fetch_optional(pool, query)
                }

                fn describe_on<'e>(
                    pool: &sqlx::Pool<Self>,
                    sql: sqlx::SqlStr,
                ) -> futures_core::future::BoxFuture<'e, sqlx::Result<sqlx::Describe<Self>>> {
                    sqlx::Executor::describe(pool, sql)
                }
            }
        };
    }
    #[cfg(any(feature = "postgres", feature = "mysql", feature = "sqlite"))]
    pub(super) use execution;

    /// Where connections lead.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Server {
        /// A host, or the path of a socket.
        pub address: Option<String>,
        /// None for sockets and files.
        pub port: Option<u16>,
        /// The database.
        pub namespace: Option<String>,
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use sqlx::{Postgres, postgres::PgConnectOptions};

    use super::{
        Driver,
        sealed::{Sealed, Server, execution},
    };
    use otelier_sql::Dialect;

    impl Driver for Postgres {}
    execution!(Postgres);

    impl Sealed for Postgres {
        const SYSTEM: &'static str = "postgresql";
        const DIALECT: Dialect = Dialect::Postgres;
        const DEFAULT_PORT: Option<u16> = Some(5432);

        fn server(options: &PgConnectOptions) -> Server {
            let socket = options.get_socket();
            Server {
                address: Some(match socket {
                    Some(path) => path.to_string_lossy().into_owned(),
                    None => options.get_host().to_owned(),
                }),
                port: socket.is_none().then(|| options.get_port()),
                // The server's own default.
                namespace: Some(
                    options
                        .get_database()
                        .unwrap_or_else(|| options.get_username())
                        .to_owned(),
                ),
            }
        }
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    use futures_core::future::BoxFuture;
    use sqlx::{
        Error, MySql, MySqlConnection, Row as _,
        error::DatabaseError,
        mysql::{MySqlConnectOptions, MySqlDatabaseError},
    };

    use super::{
        Driver,
        sealed::{Sealed, Server, execution},
    };
    use otelier_sql::Dialect;

    impl Driver for MySql {}
    execution!(MySql);

    impl Sealed for MySql {
        const SYSTEM: &'static str = "mysql";
        const DIALECT: Dialect = Dialect::MySql;
        const DEFAULT_PORT: Option<u16> = Some(3306);

        fn server(options: &MySqlConnectOptions) -> Server {
            let socket = options.get_socket();
            Server {
                address: Some(match socket {
                    Some(path) => path.to_string_lossy().into_owned(),
                    None => options.get_host().to_owned(),
                }),
                port: socket.is_none().then(|| options.get_port()),
                namespace: options.get_database().map(str::to_owned),
            }
        }

        const HAS_RELATIVES: bool = true;

        /// The greeting holds the server's version, but the driver keeps its numbers only.
        fn identify(
            connection: &mut MySqlConnection,
        ) -> BoxFuture<'_, Result<&'static str, Error>> {
            Box::pin(async move {
                // As plain text: it leaves no prepared statement behind.
                let answer = sqlx::raw_sql("SELECT VERSION()")
                    .fetch_one(connection)
                    .await;
                match answer.and_then(|row| row.try_get::<String, _>(0)) {
                    Ok(version) if version.contains("MariaDB") => Ok("mariadb"),
                    Ok(_) | Err(Error::Database(_)) => Ok(Self::SYSTEM),
                    Err(error) => Err(error),
                }
            })
        }

        /// The vendor's number: its SQLSTATE says little.
        fn code(error: &(dyn DatabaseError + 'static)) -> Option<String> {
            let error = error.try_downcast_ref::<MySqlDatabaseError>()?;
            Some(error.number().to_string())
        }
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use sqlx::{Sqlite, sqlite::SqliteConnectOptions};

    use super::{
        Driver,
        sealed::{Sealed, Server, execution},
    };
    use otelier_sql::Dialect;

    impl Driver for Sqlite {}
    execution!(Sqlite);

    impl Sealed for Sqlite {
        const SYSTEM: &'static str = "sqlite";
        const DIALECT: Dialect = Dialect::Sqlite;
        const DEFAULT_PORT: Option<u16> = None;
        const HAS_THREAD: bool = true;

        /// The file's name without its folder, which may tell of its user.
        fn server(options: &SqliteConnectOptions) -> Server {
            let path = options.get_filename();
            let in_memory = path.to_string_lossy().contains(":memory:")
                || path.to_string_lossy().starts_with("file:sqlx-in-memory-");
            let namespace = if in_memory {
                Some(":memory:".to_owned())
            } else {
                let name = path.file_name();
                name.map(|name| name.to_string_lossy().into_owned())
            };
            Server {
                namespace,
                ..Server::default()
            }
        }
    }
}
