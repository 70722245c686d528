//! What a pool tells of itself.

use std::time::Duration;

use futures_util::{FutureExt as _, TryStreamExt as _};
use opentelemetry::trace::Status;
use otelier_sqlx::{Config, Pool};
use otelier_core::{Conventions, Propagation};
use otelier_testing::{MetricKind, capture, capture_with};
use sqlx::{Error, pool::PoolOptions};

use super::{BY_ID, DIALECT, Db};
use crate::suite::{states, text};

/// What sqlx says where it waited in vain.
const TIMED_OUT: &str = "pool timed out while waiting for an open connection";

pub(crate) async fn the_limit_of_a_pool_has_its_old_name_beside_it_where_asked(
    raw: sqlx::Pool<Db>,
) {
    let mut conventions = Conventions::default();
    conventions.old_database_names = true;
    let telemetry = capture_with(Propagation::none(), conventions);
    let pool = Pool::with_config(raw, Config::new());
    let _held = pool.acquire().await.unwrap();
    for name in ["db.client.connection.limit", "db.client.connection.max"] {
        assert_eq!(telemetry.metric(name).total(), 10.0, "{name}");
    }
}

pub(crate) async fn the_pool_is_measured(raw: sqlx::Pool<Db>) {
    // The fixture's connection is on its way back.
    while raw.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    let telemetry = capture();
    let pool = Pool::with_config(raw.clone(), Config::new().with_pool_name("orders"));
    let held = [
        pool.acquire().await.unwrap(),
        pool.acquire().await.unwrap(),
        pool.acquire().await.unwrap(),
    ];
    let counts = telemetry.metric("db.client.connection.count");
    assert_eq!(counts.kind, MetricKind::UpDownCounter);
    for point in &counts.points {
        assert_eq!(
            point.attributes.get("db.client.connection.pool.name"),
            Some("orders".into())
        );
    }
    let [idle, used] = states(&telemetry);
    assert_eq!((used, used + idle), (3.0, f64::from(raw.size())));
    let single = |name: &str| telemetry.metric(name).total();
    assert_eq!(single("db.client.connection.limit"), 10.0);
    assert_eq!(single("db.client.connection.idle.max"), 10.0);
    assert_eq!(single("db.client.connection.idle.min"), 0.0);
    assert_eq!(single("db.client.connection.pending_requests"), 0.0);
    assert_eq!(
        telemetry.metric("db.client.connection.wait_time").count(),
        3
    );
    // One was there.
    let created = telemetry.metric("db.client.connection.create_time");
    assert_eq!(created.count(), 2);
    drop(held);
    assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 3);
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    assert_eq!(
        telemetry.metric("db.client.connection.wait_time").count(),
        4
    );
    assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 4);
    assert_eq!(telemetry.metric("db.client.connection.use_time").unit, "s");
}

pub(crate) async fn those_who_wait_for_a_connection_are_seen(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let options = PoolOptions::new()
        .max_connections(1)
        // A connection has to open within it, on a machine that is busy.
        .acquire_timeout(Duration::from_secs(2));
    let raw: sqlx::Pool<Db> = options.connect_lazy_with(raw.connect_options().as_ref().clone());
    let pool = Pool::from(raw);
    let held = pool.acquire().await.unwrap();
    let pending = || {
        telemetry
            .metric("db.client.connection.pending_requests")
            .total()
    };
    {
        let mut waiting = [
            Box::pin(sqlx::query(BY_ID).bind(1).fetch_all(&pool).map(drop))
                as futures_util::future::BoxFuture<'_, ()>,
            Box::pin(pool.begin().map(drop)),
            Box::pin(pool.acquire().map(drop)),
        ];
        for future in &mut waiting {
            assert!(future.now_or_never().is_none());
        }
        assert_eq!(pending(), 3.0);
    }
    assert_eq!(pending(), 0.0);

    let failed = sqlx::query(BY_ID).bind(1).fetch_one(&pool).await;
    assert!(matches!(failed, Err(Error::PoolTimedOut)));
    assert!(matches!(pool.begin().await, Err(Error::PoolTimedOut)));
    assert!(matches!(pool.acquire().await, Err(Error::PoolTimedOut)));
    assert_eq!(
        telemetry.metric("db.client.connection.timeouts").total(),
        3.0
    );
    let errors = telemetry.metric("otelier.db.client.connection.errors");
    assert_eq!((errors.total(), errors.points.len()), (3.0, 1));
    let kind = errors.points[0].attributes.get("error.type");
    assert_eq!(kind, Some("pool_timed_out".into()));
    let spans = telemetry.spans();
    let timed_out = |name: &str| {
        let spans = spans.iter().filter(|span| span.name == name);
        let spans =
            spans.filter(|span| text(span, "error.type").as_deref() == Some("pool_timed_out"));
        spans
            .filter(|span| span.status == Status::error(TIMED_OUT))
            .count()
    };
    assert_eq!(timed_out("SELECT orders"), 1);
    assert_eq!(timed_out("BEGIN"), 1);
    assert_eq!(timed_out("acquire connection"), 3);

    let query = sqlx::query(BY_ID).bind(1).fetch_one(&pool);
    let release = async {
        // A wait of less than a millisecond has no span.
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(held);
    };
    let (row, ()) = tokio::join!(query, release);
    row.unwrap();
    let spans = telemetry.spans();
    let wait = spans
        .iter()
        .rfind(|span| span.name == "acquire connection")
        .unwrap();
    assert_eq!(wait.parent.as_deref(), Some("SELECT orders"));
    assert!(wait.elapsed() > Duration::from_millis(10));
    assert!(wait.get("error.type").is_none());
}

pub(crate) async fn a_pool_closes_when_its_last_user_is_gone(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let options = raw.connect_options().as_ref().clone();
    let raw: sqlx::Pool<Db> = PoolOptions::new().connect_lazy_with(options);
    let mut closed = raw.close_event();
    let pool = Pool::from(raw);
    sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
    assert!((&mut closed).now_or_never().is_none());
    drop(pool);
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .unwrap();
    let count = telemetry
        .metrics()
        .into_iter()
        .find(|metric| metric.name == "db.client.connection.count");
    assert!(count.is_none_or(|metric| metric.points.is_empty()));
}

pub(crate) async fn what_a_closed_pool_says_describes_the_status(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let pool = Pool::from(raw);
    pool.close().await;
    let failed = sqlx::query(BY_ID).bind(1).fetch_one(&pool).await;
    assert!(matches!(failed, Err(Error::PoolClosed)));
    let span = telemetry.span("SELECT orders");
    assert_eq!(text(&span, "error.type").unwrap(), "pool_closed");
    let said = "attempted to acquire a connection on a closed pool";
    assert_eq!(span.status, Status::error(said));
}

pub(crate) async fn pools_of_one_name_are_told_of_together(raw: sqlx::Pool<Db>) {
    let telemetry = capture();
    let other = || {
        let options = raw.connect_options().as_ref().clone();
        PoolOptions::new().max_connections(3).connect_lazy_with(options)
    };
    let first: sqlx::Pool<Db> = other();
    let (first, second) = ([Pool::from(first.clone()), Pool::from(first)], Pool::from(other()));
    let held = [
        first[0].acquire().await.unwrap(),
        first[1].acquire().await.unwrap(),
        second.acquire().await.unwrap(),
    ];
    // Of two wrappers of one pool each would count it.
    assert_eq!(states(&telemetry), [0.0, 3.0]);
    let total = |name: &str| telemetry.metric(name).total();
    assert_eq!(total("db.client.connection.limit"), 6.0);
    drop((held, second));
    assert_eq!(total("db.client.connection.limit"), 3.0);
    drop(first);
    let metrics = telemetry.metrics();
    let max = metrics.iter().find(|metric| metric.name == "db.client.connection.limit");
    assert!(max.is_none_or(|metric| metric.points.is_empty()));
}

pub(crate) async fn connections_that_do_not_return_are_counted_by_how_they_went(
    raw: sqlx::Pool<Db>,
) {
    let telemetry = capture();
    let options = raw.connect_options().as_ref().clone();
    let raw: sqlx::Pool<Db> = PoolOptions::new().max_connections(5).connect_lazy_with(options);
    let pool = Pool::from(raw);
    drop(pool.acquire().await.unwrap());
    pool.acquire().await.unwrap().close().await.unwrap();
    drop(pool.acquire().await.unwrap().detach());
    drop(pool.acquire().await.unwrap().leak());
    pool.acquire().await.unwrap().close_on_drop();
    let closed = telemetry.metric("otelier.db.client.connection.closed");
    let mut how: Vec<_> = closed
        .points
        .iter()
        .map(|point| {
            let how = point.attributes.get("otelier.reason").unwrap();
            (how.to_string(), point.value)
        })
        .collect();
    how.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = ["close", "close_on_drop", "detach", "leak"];
    assert_eq!(how, expected.map(|how| (how.to_owned(), 1.0)));
}

pub(crate) async fn metrics_agree_with_the_pool_under_load(raw: sqlx::Pool<Db>) {
    const SLOW: &str = match DIALECT.as_bytes() {
        b"postgres" => "SELECT pg_sleep(0.05)",
        b"mysql" => "SELECT sleep(0.05)",
        _ => {
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 30000) SELECT max(n) FROM c"
        }
    };
    async fn work(pool: &Pool<Db>, kind: usize) -> Result<(), Error> {
        match kind {
            0 => drop(sqlx::query(SLOW).fetch_one(pool).await?),
            1 => drop(sqlx::query(BY_ID).bind(1).fetch_one(pool).await?),
            2 => {
                let mut transaction = pool.begin().await?;
                sqlx::query(BY_ID)
                    .bind(1)
                    .fetch_one(&mut *transaction)
                    .await?;
            }
            3 => {
                let query = sqlx::query(BY_ID).bind(1).fetch_all(pool);
                if let Ok(result) = tokio::time::timeout(Duration::from_micros(200), query).await {
                    result?;
                }
            }
            _ => drop(
                sqlx::query("SELECT id FROM orders")
                    .fetch(pool)
                    .try_next()
                    .await?,
            ),
        }
        Ok(())
    }

    let telemetry = capture();
    let options = PoolOptions::new()
        .max_connections(10)
        .acquire_timeout(Duration::from_millis(40));
    let raw: sqlx::Pool<Db> = options.connect_lazy_with(raw.connect_options().as_ref().clone());
    let pool = Pool::from(raw.clone());
    let mut users = tokio::task::JoinSet::new();
    for user in 0..50 {
        let pool = pool.clone();
        let rounds = async move {
            let mut timeouts = 0;
            for round in 0..20 {
                match work(&pool, (user + round) % 5).await {
                    Err(Error::PoolTimedOut) => timeouts += 1,
                    result => result.unwrap(),
                }
            }
            timeouts
        };
        users.spawn(telemetry.scope(rounds));
    }
    // Nothing else runs while this looks: the tests' runtime has one thread.
    let agree = || {
        let states = states(&telemetry);
        assert_eq!(
            states,
            [
                raw.num_idle() as f64,
                f64::from(raw.size()) - raw.num_idle() as f64
            ]
        );
        assert!(raw.size() <= 10);
        let pending = telemetry
            .metric("db.client.connection.pending_requests")
            .total();
        assert!((0.0..=50.0).contains(&pending), "{pending}");
        pending
    };
    let mut most = 0.0_f64;
    let mut timeouts = 0;
    tokio::task::yield_now().await;
    most = most.max(agree());
    while let Some(ended) = users.join_next().await {
        timeouts += ended.unwrap();
        most = most.max(agree());
    }
    assert!(most >= 30.0, "fifty users on ten connections: {most}");

    // All of them, and those who wait in vain.
    let mut held = Vec::new();
    while held.len() < 10 {
        match pool.acquire().await {
            Err(Error::PoolTimedOut) => timeouts += 1,
            connection => held.push(connection.unwrap()),
        }
    }
    let mut waiting: Vec<_> = (0..7).map(|_| Box::pin(pool.acquire())).collect();
    for future in &mut waiting {
        assert!(future.now_or_never().is_none());
    }
    assert_eq!((agree(), states(&telemetry)), (7.0, [0.0, 10.0]));
    for future in waiting {
        assert!(matches!(future.await, Err(Error::PoolTimedOut)));
    }
    drop(held);

    // Connections return by tasks of their own.
    let returned = async {
        while raw.num_idle() < raw.size() as usize {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let bound = Duration::from_secs(60);
    tokio::time::timeout(bound, returned).await.unwrap();
    assert_eq!(agree(), 0.0);
    let count = |name: &str| telemetry.metric(name).count();
    let total = telemetry.metric("db.client.connection.timeouts").total();
    assert_eq!(total, f64::from(timeouts + 7));
    assert_eq!(
        count("db.client.connection.use_time"),
        count("db.client.connection.wait_time")
    );
    assert!(count("db.client.connection.create_time") >= 10);
    let statements = telemetry
        .spans()
        .iter()
        .filter(|span| span.name != "acquire connection")
        .count();
    assert_eq!(count("db.client.operation.duration"), statements as u64);
}
