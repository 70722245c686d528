//! Commands of a Redis that is made up, so that each name of theirs is sent.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
};

use otelier::{
    jobs::Job,
    redis::{Config, Connection, ConnectionPool, Pool, Refusal, Size},
};
use redis::{
    Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value, aio::ConnectionLike, cmd,
    pipe,
};

/// Answers in turn.
#[derive(Clone)]
struct Made(Arc<Mutex<Vec<RedisResult<Value>>>>);

impl Made {
    fn answer(&self) -> RedisResult<Value> {
        let next = self.0.lock().ok().and_then(|mut answers| answers.pop());
        next.unwrap_or(Ok(Value::Nil))
    }
}

impl ConnectionLike for Made {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async { self.answer() })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        _: &'a Pipeline,
        _: usize,
        _: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async { Ok(vec![self.answer()?]) })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

/// A pool that is always full.
#[derive(Clone)]
struct Full;

impl ConnectionPool for Full {
    type Connection = Made;
    type Error = ();

    async fn take(&self) -> Result<Made, ()> {
        Err(())
    }

    fn size(&self) -> Size {
        Size::default()
    }

    fn refusal((): &()) -> Refusal<'_> {
        Refusal::TimedOut
    }
}

/// Has commands sent in a job, as outside of a span they are only counted.
pub(crate) async fn commands() -> anyhow::Result<Pool<impl ConnectionPool>> {
    let client = Client::open("redis://ann:s3cr3t@127.0.0.1:6380")?;
    let answers = vec![
        Err(RedisError::from(io::Error::from(io::ErrorKind::TimedOut))),
        redis::parse_redis_value(b"-WRONGTYPE s3cr3t\r\n"),
    ];
    let made = Made(Arc::new(Mutex::new(answers)));
    let config = Config::new().with_server(client.get_connection_info());
    let mut redis = Connection::with_config(made, config.clone());
    let pool = Pool::with_config(Full, config.with_pool_name("carts"));
    let work = async {
        // What comes of them is seen in their spans.
        for words in [
            &["LPOP", "s3cr3t"][..],
            &["GET", "s3cr3t"],
            &["GET", "s3cr3t"],
            &["BLPOP", "queue", "0"],
            &["FCALL", "pay", "0", "s3cr3t"],
            &["EVAL", "return 's3cr3t'", "0"],
            &["AUTH", "s3cr3t"],
        ] {
            let (name, arguments) = words.split_first().unwrap_or((&"", &[]));
            let mut sent = cmd(name);
            let _ = sent.arg(arguments).query_async::<Value>(&mut redis).await;
        }
        let mut both = pipe();
        let both = both.get("s3cr3t").get("b");
        let _ = both.query_async::<Value>(&mut redis).await;
        let _ = pool.get().await;
        Ok::<_, Infallible>(())
    };
    let Ok(()) = Job::new("cache").run(work).await;
    Ok(pool)
}
