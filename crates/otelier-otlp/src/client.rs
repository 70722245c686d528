//! One request, one answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::{Buf as _, Bytes, BytesMut, buf::Chain};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{
        self,
        connect::{CaptureConnection, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use tokio::sync::Notify;

use crate::{
    Cause, Error, Protocol, Settings, answer::PartialSuccess, cause::NOT_HTTP,
    connector::Connector, delivery::Failure, frames::INFORMATIONAL, http2, stream::Spoken, tls,
};

/// The most that is read of an answer's body, in bytes.
pub(crate) const LIMIT: usize = 16 << 10;
/// The most that a connection holds of what nobody has read yet, in bytes.
const UNREAD: u32 = 64 << 10;
const IDLE: Duration = Duration::from_secs(90);
/// The most connections that are kept: more are open only if as many batches
/// are under way.
const CONNECTIONS: usize = 16;

/// What comes before a message, and the message, without a copy of it.
pub(crate) type Body = Full<Chain<Bytes, Bytes>>;

pub(crate) fn body(prefix: Bytes, message: Bytes) -> Body {
    Full::new(prefix.chain(message))
}

/// The end of one attempt.
pub(crate) type Outcome = Result<PartialSuccess, Failure>;

/// An answer, all of it that is of interest.
pub(crate) struct Answer {
    pub(crate) head: http::response::Parts,
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) end: End,
}

/// How an answer's body ended.
pub(crate) enum End {
    Complete,
    /// At [`LIMIT`].
    Cut,
    Broken(Cause),
}

/// A connection that is made when it is needed and kept after it.
pub(crate) struct Client {
    hyper: legacy::Client<Connector, Body>,
    connector: Connector,
    protocol: Protocol,
    secure: bool,
}

impl Client {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let connector = Connector::new(settings)?;
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(CONNECTIONS)
            .timer(TokioTimer::new())
            .http1_max_buf_size(UNREAD as usize);
        if settings.protocol == Protocol::Grpc {
            http2::speak(&mut builder, UNREAD);
        }
        Ok(Self {
            hyper: builder.build(connector.clone()),
            connector,
            protocol: settings.protocol,
            secure: settings.endpoint.scheme_str() == Some("https"),
        })
    }

    pub(crate) const fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Sends a request and reads its answer to the end.
    ///
    /// # Cancellation
    /// Dropping the future gives the connection up, too: it may be dead.
    pub(crate) async fn exchange(&self, mut request: Request<Body>) -> Result<Answer, Cause> {
        let mut guard = Guard {
            connection: capture_connection(&mut request),
            healthy: false,
        };
        let flood = Flood::watch(&mut request);
        let answer = tokio::select! {
            biased;
            () = flood.begins() => return Err(self.flooded()),
            answer = self.hyper.request(request) => answer.map_err(|error| self.cause(&error))?,
        };
        let answer = self.read(answer).await;
        guard.healthy = matches!(answer.end, End::Complete);
        Ok(answer)
    }

    async fn read(&self, answer: Response<Incoming>) -> Answer {
        let (head, mut incoming) = answer.into_parts();
        let mut body = BytesMut::new();
        let mut trailers = None;
        let end = loop {
            match incoming.frame().await {
                None => break End::Complete,
                Some(Err(error)) => break End::Broken(self.cause(&error)),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if body.len() + data.len() > LIMIT => break End::Cut,
                    Ok(data) => body.extend_from_slice(&data),
                    Err(frame) => trailers = frame.into_trailers().ok().or(trailers),
                },
            }
        };
        Answer {
            head,
            body: body.freeze(),
            trailers,
            end,
        }
    }

    const fn flooded(&self) -> Cause {
        Cause::Malformed {
            protocol: self.protocol,
            reason: "it begins with more than 16 heads of 1xx",
        }
    }

    fn cause(&self, error: &(dyn std::error::Error + 'static)) -> Cause {
        let cause = Cause::of(error, self.protocol, self.connector.peer());
        // Only for what broke on an open connection: the evidence is of an
        // older one than the one that failed to open.
        if !matches!(
            cause,
            Cause::Closed { .. } | Cause::Network { .. } | Cause::Malformed { .. }
        ) {
            return cause;
        }
        let evidence = self.connector.evidence();
        let peer = self.connector.peer();
        if evidence.is_flooded() {
            return self.flooded();
        }
        if let Some(error) = evidence.tls() {
            return tls::cause(&error, self.protocol, peer);
        }
        match (evidence.spoken(), self.protocol) {
            (Spoken::Tls, _) if !self.secure => Cause::UnexpectedTls,
            (Spoken::Http2, Protocol::HttpProtobuf | Protocol::HttpJson) => Cause::ExpectedHttp,
            (Spoken::Http1, Protocol::Grpc) => Cause::ExpectedGrpc,
            (Spoken::Tls | Spoken::Other, Protocol::Grpc) => Cause::Malformed {
                protocol: self.protocol,
                reason: NOT_HTTP,
            },
            // A server of HTTP/2 speaks first.
            (Spoken::Nothing, Protocol::Grpc) => Cause::Silent {
                peer: Arc::clone(peer),
            },
            _ => cause,
        }
    }
}

/// Too many heads of 1xx in HTTP/1; in HTTP/2 the stream below looks for them.
struct Flood(Arc<(AtomicUsize, Notify)>);

impl Flood {
    fn watch(request: &mut Request<Body>) -> Self {
        let heads = Arc::new((AtomicUsize::new(0), Notify::new()));
        let seen = Arc::clone(&heads);
        hyper::ext::on_informational(request, move |_| {
            if seen.0.fetch_add(1, Relaxed) >= INFORMATIONAL {
                seen.1.notify_one();
            }
        });
        Self(heads)
    }

    async fn begins(&self) {
        self.0.1.notified().await;
    }
}

/// Keeps a connection that did not finish an exchange from being used again.
struct Guard {
    connection: CaptureConnection,
    healthy: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.healthy {
            return;
        }
        if let Some(connection) = self.connection.connection_metadata().as_ref() {
            connection.poison();
        }
    }
}
