//! lapin 4, for RabbitMQ.

use std::io;

use lapin::{
    BasicProperties, Channel,
    message::BasicGetMessage,
    options::{BasicGetOptions, BasicPublishOptions},
    types::{AMQPValue, FieldTable},
};
use otelier_jobs::{Headers, Job, send};

/// The headers of a message.
#[derive(Clone, Debug, Default)]
pub struct Table(pub FieldTable);

impl Headers for Table {
    fn each(&self, tell: &mut dyn FnMut(&str, &str)) {
        for (name, value) in &self.0 {
            if let AMQPValue::LongString(value) = value {
                tell(name.as_str(), &value.to_string());
            }
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.0
            .insert(name.into(), AMQPValue::LongString(value.into()));
    }
}

/// Sends a message that carries the context of its span, and waits until it is taken.
pub async fn publish(channel: &Channel, queue: &str, body: &[u8]) -> lapin::Result<()> {
    let message = send(queue).with_system("rabbitmq");
    message
        .run(async |context| {
            let mut headers = Table::default();
            context.write_to(&mut headers);
            let properties = BasicProperties::default().with_headers(headers.0);
            let options = BasicPublishOptions::default();
            let sent = channel.basic_publish("".into(), queue.into(), options, body, properties);
            sent.await?.await?;
            Ok(())
        })
        .await
}

/// Fetches a message, if there is one.
pub async fn fetch(channel: &Channel, queue: &str) -> lapin::Result<Option<BasicGetMessage>> {
    channel
        .basic_get(queue.into(), BasicGetOptions { no_ack: true })
        .await
}

/// Works on a message, in the trace of who sent it.
pub async fn work(message: BasicGetMessage, queue: &str) -> io::Result<()> {
    let headers = message.delivery.properties.headers().clone();
    Job::from_headers("bake", &Table(headers.unwrap_or_default()))
        .with_system("rabbitmq")
        .with_queue(queue)
        .run(async { Ok(()) })
        .await
}
