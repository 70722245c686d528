//! Sends one request, and reads what the answer means.

use super::{
    connection::{Peer, Place},
    proxy::Proxy,
    settings::{Protocol, Way},
    test_data::TestData,
};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper_util::rt::{TokioExecutor, TokioIo};
use otelier_collector::Signal;
use percent_encoding::percent_decode_str;
use std::{error::Error, pin::pin, time::Duration};
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// What of an answer is read.
const ANSWER: usize = 64 << 10;

/// What became of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    Taken,
    /// It speaks the protocol, and does not take it.
    Refused(String),
    /// It seems to speak another protocol.
    Other(String),
}

pub(super) async fn send(way: &Way, place: &Place, protocol: Protocol, data: &TestData) -> Outcome {
    let stream = match place.open(protocol).await {
        Ok(stream) => TokioIo::new(stream),
        Err(error) => return Outcome::Other(error),
    };
    let request = match request(way, place, protocol, data) {
        Ok(request) => request,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let exchange = async {
        match protocol {
            Protocol::Grpc => {
                let executor = TokioExecutor::new();
                let (mut sender, connection) =
                    hyper::client::conn::http2::handshake(executor, stream).await?;
                beside(connection, async move {
                    read(sender.send_request(request).await?).await
                })
                .await
            }
            Protocol::Http => {
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(stream).await?;
                beside(connection, async move {
                    read(sender.send_request(request).await?).await
                })
                .await
            }
        }
    };
    match timeout(PATIENCE, exchange).await {
        Ok(Ok(answer)) => answer.outcome(protocol),
        Ok(Err(error)) => {
            let mut cause: &dyn Error = &*error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            Outcome::Other(cause.to_string())
        }
        Err(_) => Outcome::Other(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

/// Works, and keeps the connection going meanwhile.
async fn beside<T>(
    connection: impl Future,
    work: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, BoxError> {
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => done,
        // It may have ended after the answer was there.
        _ = connection => work.await,
    }
}

fn request(
    way: &Way,
    place: &Place,
    protocol: Protocol,
    data: &TestData,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let message = data.message(way.signal);
    let uri: http::Uri = match place.peer {
        // There is no room for a path of HTTP in that of a socket.
        Peer::Socket(_) => http::Uri::from_static("http://localhost"),
        Peer::Host(..) => way.endpoint.parse()?,
    };
    let base = uri.path_and_query().map_or("", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let scheme = if place.secure { "https" } else { "http" };
    let mut request = match protocol {
        Protocol::Grpc => Request::post(format!("{scheme}://{authority}{}", service(way.signal)))
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers"),
        Protocol::Http => {
            let path = match way.whole {
                true if place.peer.is_host() => base.to_owned(),
                _ => format!("{}/v1/{}", base.trim_end_matches('/'), way.signal.as_str()),
            };
            let target = match place.is_passed_on(protocol) {
                true => format!("{scheme}://{authority}{path}"),
                false => path,
            };
            Request::post(target)
                .header(header::HOST, authority)
                .header(header::CONTENT_TYPE, "application/x-protobuf")
        }
    };
    for (name, value) in &way.headers {
        request = request.header(name, value);
    }
    let proxy = place
        .proxy
        .as_ref()
        .filter(|_| place.is_passed_on(protocol));
    if let Some(auth) = proxy.and_then(Proxy::auth) {
        request = request.header(header::PROXY_AUTHORIZATION, auth);
    }
    let body = match protocol {
        Protocol::Grpc => {
            let mut frame = BytesMut::with_capacity(message.len() + 5);
            frame.put_u8(0);
            frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
            frame.put_slice(&message);
            frame.freeze()
        }
        Protocol::Http => message.into(),
    };
    request.body(Full::new(body))
}

const fn service(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    trailers: HeaderMap,
}

async fn read(answer: hyper::Response<hyper::body::Incoming>) -> Result<Answer, BoxError> {
    let (head, body) = answer.into_parts();
    // What it says does not matter, but what comes behind it does.
    let body = Limited::new(body, ANSWER).collect().await;
    let trailers = body.ok().as_ref().and_then(Collected::trailers).cloned();
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        trailers: trailers.unwrap_or_default(),
    })
}

impl Answer {
    fn outcome(&self, protocol: Protocol) -> Outcome {
        let content_type = self.text(header::CONTENT_TYPE.as_str());
        let grpc = content_type.starts_with("application/grpc");
        match (protocol, self.status) {
            (_, StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
                Outcome::Refused("the proxy answers 407: put user and password into its URL".into())
            }
            (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Outcome::Refused(format!(
                "it answers {}: it wants a key, or another (OTEL_EXPORTER_OTLP_HEADERS)",
                self.status
            )),
            (Protocol::Grpc, StatusCode::OK) if grpc => self.grpc_outcome(),
            (Protocol::Http, status) if status.is_success() && !grpc => Outcome::Taken,
            (Protocol::Http, StatusCode::NOT_FOUND) => {
                Outcome::Other("it answers 404: is the path right?".into())
            }
            // As who speaks gRPC answers to what is none.
            (
                Protocol::Http,
                status @ (StatusCode::BAD_REQUEST
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::UNSUPPORTED_MEDIA_TYPE
                | StatusCode::HTTP_VERSION_NOT_SUPPORTED),
            ) => Outcome::Other(format!("it answers {status}")),
            (Protocol::Http, status) if !grpc => Outcome::Refused(format!("it answers {status}")),
            (_, status) => Outcome::Other(format!("it answers {status}")),
        }
    }

    fn grpc_outcome(&self) -> Outcome {
        let message = self.text("grpc-message");
        let message = percent_decode_str(&message).decode_utf8_lossy();
        match &*self.text("grpc-status") {
            "0" => Outcome::Taken,
            "16" | "7" => Outcome::Refused(format!(
                "it wants a key, or another (OTEL_EXPORTER_OTLP_HEADERS): {message}"
            )),
            "12" => Outcome::Refused(format!("it has no receiver of this signal: {message}")),
            code => Outcome::Refused(format!("it answers status {code}: {message}")),
        }
    }

    fn text(&self, name: &str) -> String {
        let value = self.trailers.get(name).or_else(|| self.headers.get(name));
        let value = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
        value.unwrap_or_default().into_owned()
    }
}
