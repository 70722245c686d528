//! The suite on MariaDB.

use std::{io, sync::OnceLock};

use futures_util::FutureExt as _;
use libtest_mimic::Trial;
use otelier_sqlx::{Config, Pool};
use otelier_testing::{Telemetry, capture};
use sqlx::{
    MySql, Row as _,
    mysql::{MySqlConnectOptions, MySqlSslMode},
    pool::PoolOptions,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    host::{Host, Shared},
    server::{Server, without_mariadb},
    suite::{count, names, only, text},
};

suite!(MySql, "mysql", "?");

impl Host for MySql {
    const URL: &'static str = "OTELIER_MYSQL_URL";

    fn missing() -> Option<&'static str> {
        without_mariadb()
    }

    fn start() -> io::Result<(MySqlConnectOptions, Server)> {
        let server = Server::mariadb()?;
        let options = MySqlConnectOptions::new()
            .host("127.0.0.1")
            .port(server.port)
            .username("root")
            .ssl_mode(MySqlSslMode::Disabled);
        Ok((options, server))
    }

    fn shared() -> &'static Shared<Self> {
        static SHARED: Shared<MySql> = OnceLock::new();
        &SHARED
    }

    fn with_database(options: MySqlConnectOptions, name: &str) -> MySqlConnectOptions {
        options.database(name)
    }
}

pub(crate) fn list(trials: &mut Vec<Trial>) {
    each!(add, trials, "mysql");
    add!(trials, "mysql", literals_of_this_dialect_do_not_leave);
    add!(trials, "mysql", no_mode_of_the_server_has_literals_leave);
    add!(trials, "mysql", spans_name_the_server);
    add!(trials, "mysql", a_server_is_asked_once_who_it_is);
    add!(
        trials,
        "mysql",
        what_is_dropped_while_the_server_is_asked_who_it_is_is_recorded
    );
    add!(trials, "mysql", a_state_of_its_own_is_named_by_its_number);
    add!(trials, "mysql", the_server_sees_the_text_as_it_was_given);
}

async fn literals_of_this_dialect_do_not_leave(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let sql = r#"SELECT 'it''s s3cr3t', "s3cr3t", x'00', N's3cr3t', `id` FROM orders # s3cr3t"#;
    sqlx::query(sql).fetch_all(&pool).await.unwrap();
    let span = only(&telemetry);
    assert_eq!(
        text(&span, "db.query.text").unwrap(),
        "SELECT ?, ?, ?, ?, `id` FROM orders "
    );
}

async fn no_mode_of_the_server_has_literals_leave(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let mut connection = pool.acquire().await.unwrap();
    for (mode, sql) in [
        ("SET sql_mode = ''", r"SELECT 'it\'s s3cr3t', 's3cr3t'"),
        (
            "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
            r"SELECT 'a\', 's3cr3t'",
        ),
        (
            "SET sql_mode = 'ANSI_QUOTES'",
            r#"SELECT id AS "a\", 'it\'s s3cr3t' FROM orders"#,
        ),
    ] {
        sqlx::raw_sql(mode).execute(&mut *connection).await.unwrap();
        let rows = sqlx::query(sql).fetch_all(&mut *connection).await;
        assert!(!rows.unwrap().is_empty());
    }
    assert!(!format!("{:?}", telemetry.spans()).contains("s3cr3t"));
}

async fn spans_name_the_server(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let options = raw.connect_options();
    let pool = Pool::from(raw.clone());
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    let span = only(&telemetry);
    assert_eq!(text(&span, "db.system.name").unwrap(), "mariadb");
    assert_eq!(
        text(&span, "db.namespace").as_deref(),
        options.get_database()
    );
    assert_eq!(text(&span, "server.address").unwrap(), options.get_host());
    // Nothing of it says `mysql`.
    let duration = telemetry.metric("db.client.operation.duration");
    assert_eq!(duration.points.len(), 1);
    assert_eq!(count(&telemetry, "db.system.name", "mariadb"), 1);

    let telemetry = capture();
    let pool = Pool::with_config(raw, Config::new().with_system_name("tidb"));
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    assert_eq!(text(&only(&telemetry), "db.system.name").unwrap(), "tidb");
}

async fn a_server_is_asked_once_who_it_is(raw: sqlx::Pool<Db>) {
    async fn asked(connection: &mut sqlx::MySqlConnection) -> i64 {
        let sql = "SHOW SESSION STATUS LIKE 'Com_select'";
        let row = sqlx::raw_sql(sql).fetch_one(connection).await.unwrap();
        row.get::<String, _>(1).parse().unwrap()
    }
    let telemetry = capture();
    let options = PoolOptions::new().max_connections(1);
    let raw: sqlx::Pool<Db> = options.connect_lazy_with(raw.connect_options().as_ref().clone());
    let pool = Pool::from(raw.clone());
    // Whatever the first way in is.
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query(BY_ID)
        .bind(1)
        .fetch_all(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    assert_eq!(
        names(&telemetry),
        ["BEGIN", "SELECT orders", "COMMIT", "SELECT orders"]
    );
    assert_eq!(count(&telemetry, "db.system.name", "mariadb"), 4);
    assert_eq!(asked(&mut raw.acquire().await.unwrap()).await, 3);
}

/// A way to a server on which nothing comes back unless the runtime runs: its port.
async fn way(to: &MySqlConnectOptions, ways: &mut JoinSet<()>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = (to.get_host().to_owned(), to.get_port());
    ways.spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&server).await.unwrap();
            copy_bidirectional(&mut client, &mut server).await.ok();
        }
    });
    port
}

async fn what_is_dropped_while_the_server_is_asked_who_it_is_is_recorded(raw: sqlx::Pool<Db>) {
    async fn drop_first(raw: &sqlx::Pool<Db>, use_it: impl AsyncFnOnce(Pool<Db>)) -> Telemetry {
        let telemetry = capture();
        let pool = Pool::from(raw.clone());
        // The connection is there, and so the first thing to wait for is the server's answer.
        assert!(use_it(pool).now_or_never().is_none());
        for name in ["wait_time", "use_time"] {
            let name = format!("db.client.connection.{name}");
            assert_eq!(telemetry.metric(&name).count(), 1, "{name}");
        }
        while raw.num_idle() == 0 {
            tokio::task::yield_now().await;
        }
        telemetry
    }
    let options = PoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false);
    let mut ways = JoinSet::new();
    let to = raw.connect_options();
    let port = way(&to, &mut ways).await;
    let to = to.as_ref().clone().host("127.0.0.1").port(port);
    let raw: sqlx::Pool<Db> = options.connect_lazy_with(to);
    drop(raw.acquire().await.unwrap());
    while raw.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    let telemetry = drop_first(&raw, async |pool| drop(pool.acquire().await)).await;
    assert_eq!(names(&telemetry), [""; 0]);
    let telemetry = drop_first(&raw, async |pool| drop(pool.begin().await)).await;
    assert_eq!(names(&telemetry), ["BEGIN"]);
    let query = || sqlx::query(BY_ID).bind(1);
    let telemetry = drop_first(&raw, async |pool| drop(query().fetch_one(&pool).await)).await;
    assert_eq!(names(&telemetry), ["SELECT orders"]);
    let telemetry = drop_first(&raw, async |pool| drop(query().fetch_all(&pool).await)).await;
    let span = only(&telemetry);
    assert_eq!(text(&span, "error.type").unwrap(), "cancelled");
    assert_eq!(text(&span, "db.system.name").unwrap(), "mysql");
    assert_eq!(count(&telemetry, "error.type", "cancelled"), 1);
}

async fn a_state_of_its_own_is_named_by_its_number(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    let sql = "BEGIN NOT ATOMIC SIGNAL SQLSTATE '45001' \
               SET MYSQL_ERRNO = 31001, MESSAGE_TEXT = 's3cr3t'; END";
    sqlx::raw_sql(sql).execute(&pool).await.unwrap_err();
    let span = telemetry
        .spans()
        .into_iter()
        .find(|span| span.get("db.query.text").is_some());
    let span = span.unwrap();
    assert_eq!(text(&span, "db.response.status_code").unwrap(), "31001");
    assert_eq!(text(&span, "error.type").unwrap(), "31001");
    assert!(!format!("{span:?}").contains("s3cr3t"));
    assert_eq!(count(&telemetry, "db.response.status_code", "31001"), 1);
}

async fn the_server_sees_the_text_as_it_was_given(raw: sqlx::Pool<Db>) {
    let _telemetry = capture();
    let pool = Pool::from(raw);
    let sql = "SELECT info /* kept */ FROM information_schema.processlist \
               WHERE id = connection_id() AND 's3cr3t' <> ''";
    let seen: String = sqlx::raw_sql(sql).fetch_one(&pool).await.unwrap().get(0);
    assert_eq!(seen, sql);
}
