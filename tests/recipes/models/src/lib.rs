//! Clients of language models that make spans of their own, Python's clients through a
//! proxy of ours, and Python's side of the Model Context Protocol.
//!
//! Python's part needs an environment of `../requirements-models.txt`, which
//! `OTELIER_MODELS_PYTHON` names; without it a line says so.
#![cfg(test)]

mod own_spans;
mod python;
mod rig;

use std::net::SocketAddr;

use axum::{Router, body::Bytes, http::header::CONTENT_TYPE, routing::post};
use tokio::net::TcpListener;

const ANSWER: &str = r#"{"id":"c-1","object":"chat.completion","created":1,"model":"gpt-5-x","choices":[{"index":0,
"message":{"role":"assistant","content":"twelve"},"finish_reason":"stop"}],
"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27}}"#;

const CHAT: &str = concat!(
    "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-x\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"twelve\"},\"finish_reason\":null}]}\n\n",
    ": keep-alive\r\n\r\n",
    "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-x\",\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":7,\"total_tokens\":27}}\n\n",
    "data: [DONE]\n\n",
);

const MESSAGES: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"a-1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":20,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"twelve\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":7}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

/// Serves on a free port of the loopback until the runtime ends.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Answers as models do, in parts if it is asked to.
async fn models() -> SocketAddr {
    let chat = async |asked: Bytes| match asked.windows(13).any(|part| part == b"\"stream\":true") {
        true => ([(CONTENT_TYPE, "text/event-stream")], CHAT),
        false => ([(CONTENT_TYPE, "application/json")], ANSWER),
    };
    let messages = async || ([(CONTENT_TYPE, "text/event-stream")], MESSAGES);
    let app = Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/messages", post(messages));
    serve(app).await
}
