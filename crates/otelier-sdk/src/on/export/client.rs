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
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use otelier_otlp::{Delivered, Failure, Protocol, Signal, Transport};

use super::{compact::compact, split};

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) enum Wire {
    /// To a receiver.
    Otlp(Transport),
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
    /// Items that were too large, or in a part that failed.
    pub(crate) oversized: usize,
    pub(crate) lost: usize,
    pub(crate) failure: Option<Failure>,
}

/// An HTTP client as opentelemetry-otlp wants one. Exports of one signal come
/// one after the other, so what became of the last is kept here.
#[derive(Clone)]
pub(crate) struct Client {
    wire: Wire,
    signal: Signal,
    protocol: Protocol,
    sent: Arc<Mutex<Sent>>,
}

impl Client {
    pub(crate) fn to_receiver(signal: Signal, protocol: Protocol, transport: Transport) -> Self {
        Self {
            wire: Wire::Otlp(transport),
            signal,
            protocol,
            sent: Arc::default(),
        }
    }

    pub(crate) fn to_console(signal: Signal) -> Self {
        Self {
            wire: Wire::Console,
            signal,
            protocol: Protocol::HttpJson,
            sent: Arc::default(),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(crate) fn signal(&self) -> Signal {
        self.signal
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
            Wire::Console => Ok(print(&body)),
        };
        self.note(|sent| {
            sent.requests += 1;
            match &delivered {
                Ok(delivered) => {
                    sent.attempts += delivered.attempts;
                    sent.wire_bytes += delivered.wire_bytes;
                    sent.rejected += delivered.rejected;
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
        let body = match self.protocol {
            Protocol::HttpJson => compact(request.body()),
            Protocol::Grpc | Protocol::HttpProtobuf => request.into_body(),
        };
        let parts = match self.signal {
            Signal::Metrics => split::metrics(body, self.protocol),
            // Their batches were split before they were encoded.
            Signal::Traces | Signal::Logs => split::Parts::whole(body),
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

/// One line for one request; a closed pipe is nobody's concern.
fn print(body: &Bytes) -> Delivered {
    let mut out = io::stdout().lock();
    let _ = out.write_all(body).and_then(|()| out.write_all(b"\n"));
    Delivered {
        rejected: 0,
        message: None,
        attempts: 1,
        wire_bytes: body.len(),
        elapsed: Duration::ZERO,
    }
}
