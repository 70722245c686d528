//! A connection that answers as it is told.

use std::{
    collections::VecDeque,
    future::{pending, ready},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value, aio::ConnectionLike};

/// How a command ends.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Value(Value),
    /// Of what is sent together.
    Values(Vec<Value>),
    Fails(RedisError),
    Never,
    Panics,
}

/// Answers in this order, and then that there is nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fake {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// How many commands were sent, however they are sent.
    pub(crate) sent: Arc<AtomicUsize>,
}

impl Fake {
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            sent: Arc::default(),
        }
    }

    fn next(&self) -> Answer {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        answers.pop_front().unwrap_or(Answer::Value(Value::Nil))
    }

    async fn answer(self) -> RedisResult<Answer> {
        match self.next() {
            Answer::Fails(error) => Err(error),
            Answer::Never => pending().await,
            Answer::Panics => panic!("on purpose"),
            answer => ready(Ok(answer)).await,
        }
    }
}

impl ConnectionLike for Fake {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        let answer = self.clone().answer();
        Box::pin(async {
            match answer.await? {
                Answer::Value(value) => Ok(value),
                other => panic!("no answer to a command: {other:?}"),
            }
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        _: &'a Pipeline,
        _: usize,
        _: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let answer = self.clone().answer();
        Box::pin(async {
            match answer.await? {
                Answer::Value(value) => Ok(vec![value]),
                Answer::Values(values) => Ok(values),
                other => panic!("no answer to a pipeline: {other:?}"),
            }
        })
    }

    fn get_db(&self) -> i64 {
        3
    }
}

pub(crate) fn bulk(text: &str) -> Value {
    Value::BulkString(text.into())
}

/// What a server answers that refuses.
pub(crate) fn refused(code: &str, detail: &str) -> Value {
    let answer = format!("-{code} {detail}\r\n");
    redis::parse_redis_value(answer.as_bytes()).unwrap()
}

pub(crate) fn timed_out() -> Answer {
    Answer::Fails(io::Error::from(io::ErrorKind::TimedOut).into())
}
