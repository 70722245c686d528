//! Celery's messages, over Redis: tasks of Python that run here, and the other way round.

use std::{collections::BTreeMap, io};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use otelier_jobs::{Job, send};
use redis::{AsyncCommands as _, RedisResult, aio::MultiplexedConnection};
use serde_json::{Value, json};

/// Sends a task to a queue of Celery.
pub async fn send_task(
    redis: &mut MultiplexedConnection,
    queue: &str,
    task: &str,
    id: &str,
    arguments: Value,
) -> RedisResult<()> {
    let body =
        json!([arguments, {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]);
    let message = send(queue).with_system("redis").with_id(id);
    message
        .run(async |context| {
            let mut headers = BTreeMap::new();
            context.write_to(&mut headers);
            let mut fields = json!({"lang": "rust", "task": task, "id": id, "root_id": id,
                "parent_id": null, "group": null, "argsrepr": "", "kwargsrepr": "", "origin": "shop"});
            if let Value::Object(fields) = &mut fields {
                fields.extend(headers.into_iter().map(|(name, value)| (name, value.into())));
            }
            let message = json!({
                "body": BASE64_STANDARD.encode(body.to_string()),
                "content-encoding": "utf-8",
                "content-type": "application/json",
                "headers": fields,
                "properties": {"correlation_id": id, "reply_to": "", "delivery_mode": 2,
                    "delivery_info": {"exchange": "", "routing_key": queue}, "priority": 0,
                    "body_encoding": "base64", "delivery_tag": id},
            });
            redis.lpush(queue, message.to_string()).await
        })
        .await
}

/// Fetches a task out of a queue of Celery, and works on it in the trace of who sent it.
pub async fn work(redis: &mut MultiplexedConnection, queue: &str) -> io::Result<()> {
    let (_, message): (String, String) = redis.brpop(queue, 0.0).await.map_err(io::Error::other)?;
    let message: Value = serde_json::from_str(&message)?;
    let headers = message["headers"].as_object();
    let headers: BTreeMap<_, _> = headers
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let task = headers.get("task").cloned().unwrap_or_default();
    Job::from_headers(&task, &headers)
        .with_system("redis")
        .with_queue(queue)
        .run(async { Ok(()) })
        .await
}
