//! Calls that a collector elsewhere answers.

use super::{answer::Answer, table::Tool};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use rmcp::model::JsonObject;
use serde_json::{Value, json};
use std::{error::Error as _, time::Duration};
use tokio::time::timeout;

/// How long an answer may take: longer than anybody may want to wait for a trace.
const PATIENCE: Duration = Duration::from_secs(90);
/// Bytes of an answer; ours are far smaller.
const LONGEST: usize = 1 << 20;

/// The collector at an endpoint.
#[derive(Debug, Clone)]
pub(super) struct Far(String);

impl Far {
    pub(super) fn at(endpoint: &str) -> Self {
        Self(endpoint.trim_end_matches('/').to_owned())
    }

    pub(super) async fn call(&self, tool: &Tool, arguments: JsonObject) -> Answer {
        let endpoint = &self.0;
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": tool.name, "arguments": arguments },
        });
        let answer = timeout(PATIENCE, self.post(call.to_string())).await;
        let answer = answer.unwrap_or_else(|_| Err("no answer in time".into()));
        let (status, body) = answer.map_err(|error| {
            format!(
                "nobody answers at {endpoint} ({error}): start `otelier-collector`, or give the \
                 address of its HTTP port with --endpoint, and call again"
            )
        })?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = answer
            .pointer("/result/content/0/text")
            .and_then(Value::as_str);
        if let Some(text) = text {
            let failed = answer.pointer("/result/isError") == Some(&Value::Bool(true));
            return match failed {
                true => Err(text.to_owned()),
                false => Ok(text.to_owned()),
            };
        }
        let error = answer
            .pointer("/error/message")
            .or_else(|| answer.get("error"));
        Err(match error.and_then(Value::as_str) {
            Some(error) => format!("{endpoint} answers: {error}"),
            None => format!(
                "{endpoint}/mcp answers {status}: is it otelier-collector's HTTP port (4318), and \
                 of a version that has /mcp?"
            ),
        })
    }

    async fn post(&self, call: String) -> Result<(StatusCode, Bytes), String> {
        let request = Request::post(format!("{}/mcp", self.0))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream")
            .body(Full::new(Bytes::from(call)));
        let request = request.map_err(|error| error.to_string())?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.map_err(|error| {
            let cause = error.source().map(ToString::to_string);
            cause.unwrap_or_else(|| error.to_string())
        })?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        let body = body.map_err(|error| error.to_string())?;
        Ok((status, body.to_bytes()))
    }
}
