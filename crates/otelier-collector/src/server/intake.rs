//! The path of a request from its bytes to the store, the same for both transports.

use super::{body, decoder::Decoder, inflate::inflate, refusals::Refusals};
use crate::{
    decode::{Format, Rejected},
    fault::{Action, Faults},
    file::Saver,
    forward::{Forwarder, Via},
    received::{Outcome, Received},
    refusal::{Refusal, shorten},
    room::{Held, Room},
    signal::{Signal, Transport},
    store::Store,
};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use std::{sync::Arc, time::SystemTime};
use tokio::sync::watch;

/// How many times the largest request a request may take in memory; small attributes come near
/// eight times their own size.
const MEMORY_FACTOR: usize = 10;
/// However small requests have to be, one may take so much.
const LEAST_MEMORY: usize = 1 << 20;

/// What a request may take in memory where requests may have so many bytes.
pub(crate) fn memory_of(max_request: usize) -> usize {
    let memory = max_request.saturating_mul(MEMORY_FACTOR);
    memory.max(LEAST_MEMORY)
}

/// Everything that a request passes through.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) store: Store,
    pub(crate) faults: Arc<Faults>,
    pub(crate) forward: Option<Forwarder>,
    pub(crate) save: Option<Saver>,
    pub(crate) max_request: usize,
    pub(crate) room: Room,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) decoder: Decoder,
    /// What it is called on the way of a request.
    pub(crate) name: String,
    /// Becomes true, or loses its sender, when requests have to end.
    pub(crate) closing: watch::Receiver<bool>,
}

/// A request on its way; whatever way it leaves, it is recorded when this is dropped.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    intake: &'a Intake,
    signal: Signal,
    received: Option<Received>,
    /// What it takes until it is decoded.
    held: Held,
    /// The way it has come; none if that is a circle.
    via: Option<Via>,
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        if let Some(received) = self.received.take() {
            self.intake.store.record(received);
        }
    }
}

impl Intake {
    /// Notes the head of a request.
    pub(crate) fn arrive(
        &self,
        signal: Signal,
        transport: Transport,
        headers: &HeaderMap,
    ) -> Result<Arrival<'_>, Refusal> {
        let mut held = self.room.hold();
        // Once as it came, and once as it is recorded.
        let head: usize = (headers.iter())
            .map(|(name, value)| name.as_str().len() + value.len() + 64)
            .sum();
        if held.grow(2 * head).is_err() {
            let refusal = Refusal::busy();
            self.refusals
                .note(&refusal, format_args!("{signal} over {transport}"));
            return Err(refusal);
        }
        let encoding = match transport {
            Transport::Grpc => headers.get("grpc-encoding"),
            Transport::Http => headers.get(header::CONTENT_ENCODING),
        };
        let encoding = encoding
            .map(|value| {
                String::from_utf8_lossy(value.as_bytes())
                    .trim()
                    .to_ascii_lowercase()
            })
            .filter(|value| !value.is_empty())
            .unwrap_or_else(|| "identity".into());
        Ok(Arrival {
            intake: self,
            signal,
            held,
            via: Via::through(headers, &self.name),
            received: Some(Received {
                at: SystemTime::now(),
                signal,
                transport,
                content_type: media_type(headers),
                encoding,
                wire_bytes: 0,
                decoded_bytes: 0,
                headers: headers
                    .iter()
                    .map(|(name, value)| {
                        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                        (name.to_string(), value)
                    })
                    .collect(),
                outcome: Outcome::Abandoned,
            }),
        })
    }

    /// Resolves when requests have to end.
    pub(crate) async fn closing(&self) {
        let mut closing = self.closing.clone();
        // An error means that the collector's handle is gone, which closes as well.
        let _ = closing.wait_for(|closing| *closing).await;
    }
}

impl Arrival<'_> {
    fn note(&mut self, write: impl FnOnce(&mut Received)) {
        if let Some(received) = &mut self.received {
            write(received);
        }
    }

    /// Reads the body as it travels.
    pub(crate) async fn read(&mut self, body: Body, limit: usize) -> Result<Bytes, Refusal> {
        if self.via.is_none() {
            return Err(Refusal::in_a_circle());
        }
        let bytes = body::read(body, limit, &mut self.held).await?;
        self.note(|received| received.wire_bytes = bytes.len());
        Ok(bytes)
    }

    /// Decompresses a message by the name of its encoding.
    pub(crate) fn inflate(&mut self, message: Bytes) -> Result<Bytes, Refusal> {
        let limit = self.intake.max_request;
        match &self.received {
            Some(Received {
                encoding,
                transport,
                ..
            }) => inflate(encoding, *transport, message, limit, &mut self.held),
            None => Ok(message),
        }
    }

    /// Hands a message to the store, unless a fault is set.
    pub(crate) async fn take(
        &mut self,
        mut message: Bytes,
        format: Format,
    ) -> Result<Rejected, Refusal> {
        let intake = self.intake;
        self.note(|received| received.decoded_bytes = message.len());
        let mut claimed = Rejected::default();
        match intake.faults.next(self.signal) {
            Action::Take => {}
            Action::TakeAfter(delay) => tokio::time::sleep(delay).await,
            Action::Refuse(refusal) => return Err(refusal),
            Action::ClaimRejected(count, reason) => claimed = Rejected { count, reason },
            Action::Hold => {
                self.note(|received| received.outcome = Outcome::Held);
                if let Some(received) = self.received.take() {
                    intake.store.record(received);
                }
                std::future::pending::<()>().await;
            }
        }
        let memory = memory_of(intake.max_request);
        let decoded =
            intake
                .decoder
                .decode(self.signal, format, message.clone(), memory, &intake.room);
        let (mut export, mut decoded) = decoded.await?;
        let mut rejected = export.reject_invalid();
        let items = export.items();
        if intake.forward.is_none() {
            message.clear();
        }
        if let Some(save) = &intake.save {
            (export, decoded) = save.pass(export, decoded).await?;
        }
        if let Some(forward) = &intake.forward {
            let message = if format == Format::Protobuf && rejected.count == 0 {
                message
            } else {
                self.held.grow(export.protobuf_length())?;
                export.to_protobuf()
            };
            let held = self.held.split(message.len());
            let via = self.via.take().unwrap_or_default();
            forward.pass(self.signal, message, items, via, held);
        }
        let invalid = rejected.count;
        if claimed.count > 0 || !claimed.reason.is_empty() {
            claimed.count += invalid;
            rejected = claimed;
        }
        self.note(|received| {
            received.outcome = Outcome::Taken {
                items,
                rejected: rejected.count,
            };
        });
        intake.store.insert(export, self.received.take(), invalid);
        drop(decoded);
        Ok(rejected)
    }

    /// Notes a refusal on the way out.
    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        if let Some(received) = &self.received {
            let sender = received
                .header("user-agent")
                .unwrap_or("a sender without a name");
            let Received {
                signal, transport, ..
            } = received;
            let sender = shorten(sender, 60);
            let what = format_args!("{signal} over {transport} from {sender}");
            self.intake.refusals.note(refusal, what);
        }
        self.note(|received| received.outcome = Outcome::Refused(refusal.clone()));
    }
}

/// The content type, lower case, without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
