//! What pools tell of themselves, and hand out.

use std::{
    future::{Future, pending},
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
};

use otelier_redis::{Config, ConnectionPool, Pool, Refusal, Size};
use otelier_testing::{Telemetry, capture};
use redis::{AsyncCommands as _, RedisError};
use tracing::Instrument as _;

use crate::{fake::Fake, points};

/// How a pool that is asked answers.
#[derive(Clone, Copy, Debug)]
enum How {
    Gives,
    Never,
    Refuses(&'static str),
}

#[derive(Clone, Debug)]
struct Made {
    how: How,
    used: Arc<AtomicUsize>,
    error: Option<RedisError>,
}

impl Made {
    fn new(how: How) -> Self {
        Self {
            how,
            used: Arc::default(),
            error: Some(io::Error::from(io::ErrorKind::ConnectionRefused).into()),
        }
    }
}

impl ConnectionPool for Made {
    type Connection = Fake;
    type Error = (&'static str, Option<RedisError>);

    async fn take(&self) -> Result<Fake, Self::Error> {
        match self.how {
            How::Gives => {
                self.used.fetch_add(1, Ordering::Relaxed);
                Ok(Fake::default())
            }
            How::Never => pending().await,
            How::Refuses(why) => Err((why, self.error.clone())),
        }
    }

    fn size(&self) -> Size {
        Size {
            idle: 1,
            used: self.used.load(Ordering::Relaxed),
            min: 2,
            limit: 9,
        }
    }

    fn refusal(error: &Self::Error) -> Refusal<'_> {
        match error {
            ("timed out", _) => Refusal::TimedOut,
            ("closed", _) => Refusal::Closed,
            (_, Some(error)) => Refusal::Failed(error),
            _ => Refusal::Other,
        }
    }
}

fn pool(how: How) -> Pool<Made> {
    let config = Config::new().with_pool_name("carts").with_root_spans();
    Pool::with_config(Made::new(how), config)
}

const NAME: &str = "{db.client.connection.pool.name=carts}";

fn told(telemetry: &Telemetry, metric: &str) -> Vec<String> {
    points(telemetry, &format!("db.client.connection.{metric}{NAME} "))
}

#[tokio::test]
async fn a_pool_is_measured_and_what_it_hands_out_is_recorded() {
    let telemetry = capture();
    let pool = pool(How::Gives);
    let mut redis = pool.clone().get().await.unwrap();
    let _: Option<u32> = redis.get("a").await.unwrap();
    assert_eq!(told(&telemetry, "use_time"), ["count=0"]);
    drop(redis);
    for (metric, told_of_it) in [
        ("idle.max", "9"),
        ("idle.min", "2"),
        ("limit", "9"),
        ("pending_requests", "0"),
        ("wait_time", "count=1"),
        ("use_time", "count=1"),
    ] {
        assert_eq!(told(&telemetry, metric), [told_of_it], "{metric}");
    }
    assert_eq!(
        points(&telemetry, "db.client.connection.count"),
        [
            "{db.client.connection.pool.name=carts db.client.connection.state=idle} 1",
            "{db.client.connection.pool.name=carts db.client.connection.state=used} 1",
        ]
    );
    assert_eq!(telemetry.span("GET").scope, "otelier-redis");
    drop(pool);
    assert_eq!(points(&telemetry, "db.client.connection.count"), [""; 0]);
}

#[tokio::test]
async fn a_connection_that_is_taken_out_for_good_has_no_end_of_use() {
    let telemetry = capture();
    let redis = pool(How::Gives).get().await.unwrap();
    drop(redis.into_inner());
    assert_eq!(told(&telemetry, "use_time"), ["count=0"]);
}

#[tokio::test]
async fn those_who_wait_are_counted_until_they_give_up() {
    let telemetry = capture();
    let pool = pool(How::Never);
    {
        let mut wait = pin!(pool.get());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(wait.as_mut().poll(&mut cx).is_pending());
        assert_eq!(told(&telemetry, "pending_requests"), ["1"]);
    }
    assert_eq!(told(&telemetry, "pending_requests"), ["0"]);
    assert_eq!(told(&telemetry, "wait_time"), ["count=0"]);
}

#[tokio::test]
async fn who_gets_no_connection_has_a_span_and_a_count_to_show_for_it() {
    for (why, kind) in [
        ("timed out", "timeout"),
        ("closed", "pool_closed"),
        ("failed", "connection_refused"),
    ] {
        let telemetry = capture();
        let pool = pool(How::Refuses(why));
        async { pool.get().await.map(drop).unwrap_err() }
            .instrument(tracing::info_span!("request"))
            .await;
        let tree = telemetry.tree().to_string();
        let (request, wait) = tree.split_once('\n').unwrap();
        assert_eq!(request, "request [internal]");
        assert!(
            wait.starts_with("  acquire connection [internal] ERROR"),
            "{tree}"
        );
        assert!(wait.trim_end().ends_with(kind), "{tree}");
        let labels = format!("{{db.client.connection.pool.name=carts error.type={kind}}} 1");
        assert_eq!(
            points(&telemetry, "otelier.db.client.connection.errors"),
            [labels]
        );
        let timeouts = told(&telemetry, "timeouts");
        assert_eq!(timeouts.concat() == "1", why == "timed out", "{timeouts:?}");
    }
}

#[tokio::test]
async fn a_pool_is_named_by_its_server_unless_it_is_named() {
    let telemetry = capture();
    let client = redis::Client::open("redis://cache.example").unwrap();
    let config = Config::new().with_server(client.get_connection_info());
    let named = Pool::with_config(Made::new(How::Gives), config);
    let unnamed = Pool::from(Made::new(How::Gives));
    drop((named.get().await.unwrap(), unnamed.get().await.unwrap()));
    assert_eq!(
        points(&telemetry, "db.client.connection.limit"),
        [
            "{db.client.connection.pool.name=cache.example:6379} 9",
            "{db.client.connection.pool.name=redis} 9",
        ]
    );
}
