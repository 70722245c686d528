//! The door through which opentelemetry-otlp's exporters send.
//!
//! They convert and encode; we carry the bytes. Their own clients are not used:
//! which of them is compiled in is decided by cargo features that any crate in
//! the tree can turn on, and none runs on our private runtime.

use std::{
    fmt,
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use opentelemetry_http::{HttpClient, HttpError};
use otelier_otlp::{
    Cause, Compression, Delivered, Failure, MAX_REQUEST, Protocol, Signal, Transport,
};

use super::{json, labels, split};

/// The longest body that the exporters make, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) enum Wire {
    /// To a receiver.
    Otlp(Transport),
    /// To who asks for them: they are sent from an outbox.
    Kept,
    /// To standard output, as OTLP JSON lines (`OTEL_*_EXPORTER=console`).
    Console,
}

/// What became of one export.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) requests: u32,
    pub(crate) attempts: u32,
    pub(crate) wire_bytes: usize,
    pub(crate) rejected: u64,
    pub(crate) message: Option<String>,
    /// The status of HTTP that was answered last, where it was taken.
    pub(crate) status: Option<u16>,
    /// The protocol that was found out.
    pub(crate) instead: Option<Protocol>,
    /// Items that were too large, or in a part that failed.
    pub(crate) oversized: usize,
    pub(crate) lost: usize,
    /// Labels that named a secret.
    pub(crate) redacted: u64,
    pub(crate) failure: Option<Failure>,
    /// Requests and their items, 0 for all, that are still to be sent.
    pub(crate) kept: Vec<(Bytes, usize)>,
}

/// An HTTP client as opentelemetry-otlp wants one. Exports of one signal come
/// one after the other, so what became of the last is kept here.
#[derive(Clone)]
pub(crate) struct Client {
    wire: Wire,
    signal: Signal,
    protocol: Protocol,
    /// Bytes of a request.
    largest: usize,
    sent: Arc<Mutex<Sent>>,
}

impl Client {
    pub(crate) fn to_receiver(signal: Signal, protocol: Protocol, transport: Transport) -> Self {
        Self::new(Wire::Otlp(transport), signal, protocol)
    }

    pub(crate) fn to_console(signal: Signal) -> Self {
        Self::new(Wire::Console, signal, Protocol::HttpJson)
    }

    /// Sends nothing: what is to be sent is found in [`Sent::kept`].
    pub(crate) fn keeper(signal: Signal, protocol: Protocol) -> Self {
        Self::new(Wire::Kept, signal, protocol)
    }

    fn new(wire: Wire, signal: Signal, protocol: Protocol) -> Self {
        Self {
            wire,
            signal,
            protocol,
            largest: MAX_REQUEST,
            sent: Arc::default(),
        }
    }

    /// Makes requests of at most so many bytes.
    pub(crate) const fn with_largest(mut self, bytes: usize) -> Self {
        self.largest = bytes;
        self
    }

    pub(crate) const fn largest(&self) -> usize {
        self.largest
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(crate) fn signal(&self) -> Signal {
        self.signal
    }

    /// Whether standard output is where it sends to.
    pub(crate) fn prints(&self) -> bool {
        matches!(self.wire, Wire::Console)
    }

    /// What became of everything sent since the last call.
    pub(crate) fn take_sent(&self) -> Sent {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, change: impl FnOnce(&mut Sent)) {
        change(&mut self.sent.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn send(&self, body: Bytes, items: usize) -> Result<(), Failure> {
        let delivered = match &self.wire {
            Wire::Otlp(transport) => transport.send(body).await,
            Wire::Console => print(&body),
            Wire::Kept => {
                self.note(|sent| sent.kept.push((body, items)));
                return Ok(());
            }
        };
        self.note(|sent| {
            sent.requests += 1;
            match &delivered {
                Ok(delivered) => {
                    sent.attempts += delivered.attempts;
                    sent.wire_bytes += delivered.wire_bytes;
                    sent.rejected += delivered.rejected;
                    sent.status = delivered.status;
                    sent.instead = delivered.instead.or(sent.instead);
                    sent.message = delivered.message.clone().or(sent.message.take());
                }
                Err(failure) => {
                    sent.attempts += failure.attempts;
                    sent.wire_bytes += failure.wire_bytes;
                    sent.lost += items;
                }
            }
        });
        delivered.map(drop)
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let body = plain(&head.headers, body)?;
        let parts = match self.signal {
            Signal::Metrics => {
                let (body, redacted) = labels::redact(body);
                self.note(|sent| sent.redacted += redacted);
                split::metrics(body, self.protocol, self.largest)
            }
            // Their batches were split before they were encoded.
            Signal::Traces | Signal::Logs => split::Parts::whole(match self.protocol {
                Protocol::HttpJson => {
                    let json = json::of(&body, self.signal);
                    json.ok_or("a value is nested too deeply")?.into()
                }
                Protocol::Grpc | Protocol::HttpProtobuf => body,
            }),
        };
        self.note(|sent| sent.oversized += parts.oversized);
        let mut failed = None;
        for (body, items) in parts.bodies {
            if let Err(failure) = self.send(body, items).await {
                failed = Some(failure);
            }
        }
        match failed {
            None => Ok(Response::new(Bytes::new())),
            Some(failure) => {
                let text = failure.cause.to_string();
                self.note(|sent| sent.failure = Some(failure));
                Err(text.into())
            }
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("signal", &self.signal)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

/// Undoes the compression of opentelemetry-otlp, whose cargo features any crate
/// may turn on: how we compress is for our own settings to say.
fn plain(headers: &HeaderMap, body: Bytes) -> Result<Bytes, HttpError> {
    let Some(encoding) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(body);
    };
    let known = encoding.to_str().ok().and_then(Compression::from_encoding);
    let compression = known.ok_or("opentelemetry-otlp compresses in an unknown way")?;
    Ok(compression.decompress(body, LONGEST)?)
}

/// One line for one request. A disk that is full, or a pipe that is closed,
/// loses it as a receiver would that is not there.
fn print(body: &Bytes) -> Result<Delivered, Failure> {
    let mut out = io::stdout().lock();
    let line = out.write_all(body).and_then(|()| out.write_all(b"\n"));
    match line.and_then(|()| out.flush()) {
        Ok(()) => Ok(Delivered {
            rejected: 0,
            message: None,
            attempts: 1,
            wire_bytes: body.len(),
            elapsed: Duration::ZERO,
            status: None,
            instead: None,
        }),
        Err(error) => Err(Failure {
            cause: Cause::Network {
                peer: "standard output".into(),
                message: error.to_string().into(),
            },
            attempts: 1,
            wire_bytes: body.len(),
            elapsed: Duration::ZERO,
            retry_after: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzEncoder;

    use super::*;

    const BODY: &[u8] = b"{\"resourceSpans\":[]}";

    /// What leaves when opentelemetry-otlp hands this over, or its complaint.
    async fn sent(encoding: Option<&str>, body: Vec<u8>) -> Result<Vec<(Bytes, usize)>, String> {
        let client = Client::keeper(Signal::Traces, Protocol::HttpProtobuf);
        let mut request = Request::post("http://otelier.invalid");
        if let Some(encoding) = encoding {
            request = request.header(header::CONTENT_ENCODING, encoding);
        }
        let request = request.body(Bytes::from(body)).unwrap();
        let answer = client.send_bytes(request).await;
        answer.map_err(|error| error.to_string())?;
        Ok(client.take_sent().kept)
    }

    #[tokio::test]
    async fn what_is_compressed_already_is_not_compressed_again() {
        let mut gzip = Vec::new();
        let mut encoder = GzEncoder::new(BODY, flate2::Compression::default());
        encoder.read_to_end(&mut gzip).unwrap();
        let zstd = zstd::bulk::compress(BODY, 0).unwrap();
        let plain = Ok(vec![(Bytes::from_static(BODY), 0)]);
        assert_eq!(sent(Some("gzip"), gzip).await, plain);
        assert_eq!(sent(Some("zstd"), zstd).await, plain);
        assert_eq!(sent(Some("identity"), BODY.to_vec()).await, plain);
        assert_eq!(sent(None, BODY.to_vec()).await, plain);
    }

    #[tokio::test]
    async fn what_is_compressed_in_another_way_is_not_sent() {
        let complaint = "opentelemetry-otlp compresses in an unknown way";
        let refused = sent(Some("br"), BODY.to_vec()).await;
        assert_eq!(refused, Err(complaint.to_owned()));
        sent(Some("gzip"), BODY.to_vec()).await.unwrap_err();
    }
}
