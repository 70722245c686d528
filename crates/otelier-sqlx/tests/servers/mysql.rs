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

    pub(crate) async fn a_server_is_asked_once_who_it_is(raw: sqlx::Pool<Db>) {
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

    pub(crate) async fn a_state_of_its_own_is_named_by_its_number(raw: sqlx::Pool<Db>) {
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

    pub(crate) async fn the_server_sees_the_text_as_it_was_given(raw: sqlx::Pool<Db>) {
        let _telemetry = capture();
        let pool = Pool::from(raw);
        let sql = "SELECT info /* kept */ FROM information_schema.processlist \
                   WHERE id = connection_id() AND 's3cr3t' <> ''";
        let seen: String = sqlx::raw_sql(sql).fetch_one(&pool).await.unwrap().get(0);
        assert_eq!(seen, sql);
    }
}

static SERVER: OnceLock<io::Result<(MySqlConnectOptions, Option<Server>)>> = OnceLock::new();

pub(crate) fn absent() -> Option<&'static str> {
    let has_url = std::env::var_os("OTELIER_MYSQL_URL").is_some();
    without_mariadb().filter(|_| !has_url)
}

pub(crate) fn start() -> io::Result<(MySqlConnectOptions, Server)> {
    let server = Server::mariadb()?;
    let options = MySqlConnectOptions::new()
        .host("127.0.0.1")
        .port(server.port)
        .username("root")
        .ssl_mode(sqlx::mysql::MySqlSslMode::Disabled);
    Ok((options, server))
}

pub(crate) async fn connect(options: &MySqlConnectOptions) -> MySqlConnection {
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
    on_mysql!(a_server_is_asked_once_who_it_is);
    on_mysql!(a_state_of_its_own_is_named_by_its_number);
    on_mysql!(the_server_sees_the_text_as_it_was_given);
}
