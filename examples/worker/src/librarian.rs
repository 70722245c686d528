//! An agent that describes a repository: it asks a model, which asks for a tool
//! before it answers.
//!
//! `MODEL_URL` says where a model is that speaks as OpenAI's do; where it is not set
//! nobody is asked. The middlewares make the spans of the calls, `Agent` and `Tool`
//! those around them.

use std::env;

use anyhow::{Context as _, bail};
use otelier::{
    genai::{Agent, Config, GenAiMiddleware, Prices, Tool},
    reqwest::TraceMiddleware,
};
use reqwest_middleware::{
    ClientBuilder, ClientWithMiddleware,
    reqwest::{Client, Response, header::CONTENT_TYPE},
};
use serde_json::{Value, json};

const MODEL: &str = "demo-1";
/// Dollars for a million tokens; it is nobody's price.
const PRICES: &str = r#"{"demo-1": {"input": 2, "output": 8}}"#;
/// A model that asks for tools without end is not asked any more.
const MAX_ROUNDS: u8 = 4;

pub(crate) struct Librarian {
    client: ClientWithMiddleware,
    url: String,
}

/// What the model says at once.
#[derive(Default)]
struct Said {
    text: String,
    call: Option<ToolCall>,
}

#[derive(Default)]
struct ToolCall {
    id: String,
    name: String,
}

impl Librarian {
    pub(crate) fn from_env() -> anyhow::Result<Option<Self>> {
        let Ok(url) = env::var("MODEL_URL") else {
            return Ok(None);
        };
        let (_, host) = url.split_once("://").context("MODEL_URL is no URL")?;
        let config = Config::new()
            .with_host(host.trim_end_matches('/'), "demo")
            .with_prices(&Prices::from_json(PRICES)?);
        let client = ClientBuilder::new(Client::builder().no_proxy().build()?)
            .with(GenAiMiddleware::with_config(config))
            .with(TraceMiddleware::new())
            .build();
        Ok(Some(Self { client, url }))
    }

    /// Describes a repository in a sentence.
    pub(crate) async fn describe(&self, conversation: &str, repo: &str) -> anyhow::Result<String> {
        let agent = Agent::new("librarian").with_conversation(conversation.to_owned());
        agent
            .run(async |_| {
                let question = format!("Describe the repository {repo} in a sentence.");
                let mut messages = vec![json!({"role": "user", "content": question})];
                for _ in 0..MAX_ROUNDS {
                    let said = self.ask(conversation, &messages).await?;
                    let Some(call) = said.call else {
                        return Ok(said.text);
                    };
                    let answer = use_tool(&call, repo).await?;
                    messages.push(json!({"role": "assistant", "tool_calls": [
                        {"id": call.id, "type": "function", "function": {"name": call.name}},
                    ]}));
                    messages
                        .push(json!({"role": "tool", "tool_call_id": call.id, "content": answer}));
                }
                bail!("the model does not come to an end");
            })
            .await
    }

    async fn ask(&self, conversation: &str, messages: &[Value]) -> anyhow::Result<Said> {
        let body = json!({
            "model": MODEL,
            "conversation": conversation,
            "stream": true,
            "stream_options": {"include_usage": true},
            "tools": [{"type": "function", "function": {"name": "count_files"}}],
            "messages": messages,
        });
        let request = self
            .client
            .post(format!("{}/v1/chat/completions", self.url))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let response = request.send().await?.error_for_status()?;
        read(response).await
    }
}

/// Reads the stream of an answer to its end.
async fn read(mut response: Response) -> anyhow::Result<Said> {
    let (mut said, mut rest) = (Said::default(), Vec::new());
    while let Some(chunk) = response.chunk().await? {
        rest.extend_from_slice(&chunk);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            if let Some(event) = line.strip_prefix(b"data: {") {
                let event: Value = serde_json::from_slice(&[b"{", event].concat())?;
                said.add(&event);
            }
        }
    }
    Ok(said)
}

impl Said {
    fn add(&mut self, event: &Value) {
        let Some(delta) = event.pointer("/choices/0/delta") else {
            return;
        };
        if let Some(text) = delta.pointer("/content").and_then(Value::as_str) {
            self.text.push_str(text);
        }
        if let Some(asked) = delta.pointer("/tool_calls/0") {
            let call = self.call.get_or_insert_default();
            let add = |to: &mut String, path: &str| {
                to.push_str(
                    asked
                        .pointer(path)
                        .and_then(Value::as_str)
                        .unwrap_or_default(),
                );
            };
            add(&mut call.id, "/id");
            add(&mut call.name, "/function/name");
        }
    }
}

async fn use_tool(call: &ToolCall, repo: &str) -> anyhow::Result<String> {
    let tool = Tool::new(call.name.clone())
        .with_call(call.id.clone())
        .with_type("function");
    tool.run(async |_| match call.name.as_str() {
        "count_files" => Ok(count_files(repo).to_string()),
        other => bail!("there is no tool {other:?}"),
    })
    .await
}

/// How many files a repository has, as far as this example knows.
#[otelier::trace(record(repo))]
fn count_files(repo: &str) -> usize {
    repo.len() * 17
}
