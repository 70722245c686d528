//! async-nats 0.51.

use std::io;

use async_nats::{Client, HeaderMap, Message};
use otelier_jobs::{Job, send};

/// Sends a message that carries the context of its span.
pub async fn publish(
    client: &Client,
    subject: &'static str,
    body: Vec<u8>,
) -> Result<(), async_nats::PublishError> {
    let message = send(subject).with_system("nats");
    message
        .run(async |context| {
            let mut headers = HeaderMap::new();
            context.write_to(&mut headers);
            client
                .publish_with_headers(subject, headers, body.into())
                .await
        })
        .await
}

/// Works on a message, in the trace of who sent it.
pub async fn work(message: Message) -> io::Result<()> {
    let headers = message.headers.unwrap_or_default();
    Job::from_headers("bake", &headers)
        .with_system("nats")
        .with_queue(&message.subject)
        .run(async { Ok(()) })
        .await
}
