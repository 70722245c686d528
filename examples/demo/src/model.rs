//! A language model that says always the same, so that nobody needs a key: it speaks
//! as OpenAI's do, in streams, and asks for a tool before it answers.

use std::{convert::Infallible, net::Ipv4Addr, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

/// Before the first word, as models think.
const THOUGHT: Duration = Duration::from_millis(30);
/// Before each other word.
const PACE: Duration = Duration::from_millis(5);

/// A model that ends with this handle. It is no part of what is shown, and records
/// nothing.
pub(crate) struct Model {
    pub(crate) url: String,
    server: JoinHandle<()>,
}

impl Model {
    #[expect(clippy::disallowed_methods, reason = "a program owns its runtime")]
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = Router::new().route("/v1/chat/completions", post(chat));
        let server = tokio::task::spawn(async move {
            // It serves until it is aborted.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, server })
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn chat(Json(asked): Json<Value>) -> Response {
    let last = asked
        .pointer("/messages")
        .and_then(Value::as_array)
        .and_then(|all| all.last());
    let files = last.filter(|message| message["role"] == "tool");
    let events = match files {
        None => asks_for_files(),
        Some(files) => answers(files["content"].as_str().unwrap_or_default()),
    };
    let paced = stream::iter(events).enumerate().then(async |(at, event)| {
        sleep(if at == 0 { THOUGHT } else { PACE }).await;
        Ok::<_, Infallible>(event)
    });
    let events = [(CONTENT_TYPE, "text/event-stream")];
    (events, Body::from_stream(paced)).into_response()
}

fn asks_for_files() -> Vec<String> {
    let call = json!({"tool_calls": [
        {"index": 0, "id": "call_1", "type": "function", "function": {"name": "count_files"}},
    ]});
    whole([call], "tool_calls", [61, 9])
}

fn answers(files: &str) -> Vec<String> {
    let text = format!("A repository of {files} files, well kept and small.");
    let words = text.split_inclusive(' ');
    let words = words.map(|word| json!({"content": word}));
    whole(words, "stop", [87, 12])
}

/// The events of an answer: its parts, its end, and the tokens that it took.
fn whole(
    parts: impl IntoIterator<Item = Value>,
    reason: &str,
    [input, output]: [u64; 2],
) -> Vec<String> {
    let event = |choices: Value, usage: Value| {
        let event = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk",
            "model": "demo-1-2026", "choices": choices, "usage": usage});
        format!("data: {event}\n\n")
    };
    let part = |delta: Value| event(json!([{"index": 0, "delta": delta}]), Value::Null);
    let end = json!([{"index": 0, "delta": {}, "finish_reason": reason}]);
    let usage = json!({"prompt_tokens": input, "completion_tokens": output,
        "total_tokens": input + output});
    let mut events: Vec<_> = parts.into_iter().map(part).collect();
    events.push(event(end, Value::Null));
    events.push(event(json!([]), usage));
    events.push("data: [DONE]\n\n".to_owned());
    events
}
