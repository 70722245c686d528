//! A message that is sent.

use std::fmt::Display;

use otelier_core::edge::Traced;

use crate::{
    context::Context,
    record::{self, Sending},
};

/// Sends a message to a queue, or a job that somebody else will run; see
/// [`Message::run`].
///
/// ```
/// use std::collections::HashMap;
///
/// # async fn publish(_: &str, _: HashMap<String, String>) -> std::io::Result<()> { Ok(()) }
/// # async fn order() -> std::io::Result<()> {
/// otelier_jobs::send("orders")
///     .with_system("nats")
///     .run(async |context| {
///         let mut headers = HashMap::new();
///         context.write_to(&mut headers);
///         publish("orders", headers).await
///     })
///     .await
/// # }
/// ```
///
/// The queue is a label: there should be few of them. 128 bytes of it are kept.
pub fn send(queue: &str) -> Message {
    Message(record::sending(queue))
}

/// A message before it is sent, made by [`send`].
///
/// See the example of [`send`].
#[derive(Debug)]
#[must_use = "a message is recorded by sending it"]
pub struct Message(Sending);

impl Message {
    /// Names what holds the queue (`messaging.system`), such as `nats`, `rabbitmq` or
    /// `postgresql`; `jobs` by default.
    pub fn with_system(mut self, name: &'static str) -> Self {
        record::sent_by(&mut self.0, name);
        self
    }

    /// Sets the message's id, `messaging.message.id`.
    pub fn with_id(mut self, id: impl Display) -> Self {
        record::sent_as(&mut self.0, &id);
        self
    }

    /// Says that so many messages are sent at once; the metric counts them.
    pub fn with_batch(mut self, count: u32) -> Self {
        record::sent_at_once(&mut self.0, count);
        self
    }

    /// Sends it: a span of kind `PRODUCER`, `send orders`, from the first poll to the
    /// end, current whenever it is polled, and below it whoever processes the message.
    /// The closure gets the context that belongs into the message's headers, row or
    /// body; it is empty while telemetry is off and nothing passes through.
    ///
    /// Metrics: `messaging.client.sent.messages`, and
    /// `messaging.client.operation.duration` in seconds, by queue, system and
    /// `error.type`.
    ///
    /// # Errors
    /// Those of the closure, as they are: `error.type` is the type's name.
    ///
    /// # Cancellation
    /// Dropping it ends the span with the `error.type` `cancelled`: whether the message
    /// was sent is not known. A panic ends it as one.
    pub async fn run<F, A, T, E>(self, send: F) -> Result<T, E>
    where
        F: FnOnce(Context) -> A,
        A: Future<Output = Result<T, E>>,
        E: Display + 'static,
    {
        let run: Option<record::SentRun> = record::begin_sending(self.0);
        // Within: the context is that of the span.
        let sent = async move { send(Context::current()).await };
        let (result, run) = Traced::run(sent, run).await;
        record::sent(run, &result);
        result
    }
}
