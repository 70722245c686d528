//! Sends one request.

use super::{target::Target, via::Via};
use crate::signal::Signal;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::Duration;

/// What of an answer is read.
const ANSWER: usize = 64 << 10;
/// No longer wait is taken from a receiver.
const LONGEST: u64 = 60;

/// Why a request did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    /// Whether another try may help.
    pub(crate) passes: bool,
    /// How long the receiver wants to be left alone.
    pub(crate) pause: Option<Duration>,
}

impl Failure {
    pub(crate) const fn passing(reason: String) -> Self {
        Self {
            reason,
            passes: true,
            pause: None,
        }
    }
}

/// A way to send a request.
pub(crate) trait Post: Send + Sync {
    fn post(
        &self,
        signal: Signal,
        message: Bytes,
        via: &Via,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Sends over HTTP, in protobuf.
#[derive(Debug)]
pub(crate) struct HttpPost {
    target: Target,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl HttpPost {
    pub(crate) fn to(target: Target) -> Self {
        Self {
            target,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }
}

impl Post for HttpPost {
    async fn post(&self, signal: Signal, message: Bytes, via: &Via) -> Result<(), Failure> {
        let mut request = Request::post(format!("{}{}", self.target.base, signal.http_path()))
            .header(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-protobuf"),
            );
        if let Some(authorization) = &self.target.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(via) = via.header() {
            request = request.header(Via::HEADER, via);
        }
        let request = request.body(Full::new(message));
        let request = request.map_err(|e| Failure::passing(e.to_string()))?;
        let answer = self.client.request(request).await;
        let (head, body) = answer
            .map_err(|e| Failure::passing(cause(&e)))?
            .into_parts();
        // Read, so that the connection can be used again; what it says does not matter.
        let _ = Limited::new(body, ANSWER).collect().await;
        if head.status.is_success() {
            return Ok(());
        }
        Err(Failure {
            reason: format!("answered {}", head.status),
            passes: matches!(
                head.status,
                StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            ),
            pause: (head.headers.get(header::RETRY_AFTER))
                .and_then(|value| value.to_str().ok()?.parse().ok())
                .map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST))),
        })
    }
}

/// The innermost cause, which is the one that says something ("connection refused").
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
