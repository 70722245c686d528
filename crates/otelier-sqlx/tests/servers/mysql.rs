//! The suite on MariaDB, each test in a database of its own.

use std::{
    io,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use libtest_mimic::Trial;
use sqlx::{
    Connection as _, Executor as _, MySql, MySqlConnection,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
};

use crate::{
    block_on,
    server::{Server, without_mariadb},
    trial,
};

mod tests {
    suite!(sqlx::MySql, "mysql", "?");

    pub(crate) async fn literals_of_this_dialect_do_not_leave(raw: sqlx::Pool<Db>) {
        let telemetry = capture();
        let pool = Pool::from(raw);
        let sql = r#"SELECT 'it\'s s3cr3t', "s3cr3t", x'00', N's3cr3t', `id` FROM orders # s3cr3t"#;
        sqlx::query(sql).fetch_all(&pool).await.unwrap();
        let span = only(&telemetry);
        assert_eq!(
            text(&span, "db.query.text").unwrap(),
            "SELECT ?, ?, ?, ?, `id` FROM orders "
        );
    }

    pub(crate) async fn spans_name_the_server(raw: sqlx::Pool<Db>) {
        let telemetry = capture();
        let options = raw.connect_options();
        let pool = Pool::with_config(raw, Config::new().with_system_name("mariadb"));
        sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
        let span = only(&telemetry);
        assert_eq!(text(&span, "db.system.name").unwrap(), "mariadb");
        assert_eq!(
            text(&span, "db.namespace").as_deref(),
            options.get_database()
        );
        assert_eq!(text(&span, "server.address").unwrap(), options.get_host());
    }
}

static SERVER: OnceLock<io::Result<(MySqlConnectOptions, Option<Server>)>> = OnceLock::new();

fn absent() -> Option<&'static str> {
    let has_url = std::env::var_os("OTELIER_MYSQL_URL").is_some();
    without_mariadb().filter(|_| !has_url)
}

fn start() -> io::Result<(MySqlConnectOptions, Server)> {
    let server = Server::mariadb()?;
    let options = MySqlConnectOptions::new()
        .host("127.0.0.1")
        .port(server.port)
        .username("root")
        .ssl_mode(sqlx::mysql::MySqlSslMode::Disabled);
    Ok((options, server))
}

async fn connect(options: &MySqlConnectOptions) -> MySqlConnection {
    for _ in 0..600 {
        if let Ok(connection) = MySqlConnection::connect_with(options).await {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server does not answer");
}

fn shared() -> &'static MySqlConnectOptions {
    let server = SERVER.get_or_init(|| match std::env::var("OTELIER_MYSQL_URL") {
        Ok(url) => Ok((url.parse().map_err(io::Error::other)?, None)),
        Err(_) => start().map(|(options, server)| (options, Some(server))),
    });
    match server {
        Ok((options, _)) => options,
        Err(cause) => panic!("MariaDB does not start: {cause}"),
    }
}

async fn fresh() -> sqlx::Pool<MySql> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let options = shared();
    let mut connection = connect(options).await;
    let database = format!(
        "otelier_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let create = format!("CREATE DATABASE {database}");
    connection
        .execute(sqlx::AssertSqlSafe(create))
        .await
        .unwrap();
    let options = options.clone().database(&database);
    let pool = MySqlPoolOptions::new().connect_with(options).await.unwrap();
    let sql = "CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(100)); \
               INSERT INTO orders VALUES (1, 'first'), (2, 'second'), (3, 'third')";
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    pool
}

pub(crate) fn list(trials: &mut Vec<Trial>) {
    let absent = absent();
    macro_rules! on_mysql {
        ($name:ident) => {
            let name = concat!("mysql::", stringify!($name)).to_owned();
            trials.push(trial(name, absent, || {
                block_on(async { tests::$name(fresh().await).await })
            }));
        };
    }
    each!(on_mysql);
    on_mysql!(literals_of_this_dialect_do_not_leave);
    on_mysql!(spans_name_the_server);
}
