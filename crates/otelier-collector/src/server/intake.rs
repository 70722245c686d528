//! The path of a request from its bytes to the store, the same for both transports.

use super::{body, inflate::inflate};
use crate::{
    decode::{Export, Format, Rejected},
    fault::{Action, Faults},
    file::Saver,
    forward::Forwarder,
    received::{Outcome, Received},
    refusal::Refusal,
    signal::{Signal, Transport},
    store::Store,
};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use std::{sync::Arc, time::SystemTime};
use tokio::sync::watch;

/// How many times its size a request may take in memory; small attributes come near eight.
const MEMORY_FACTOR: usize = 16;

/// Everything that a request passes through.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) store: Store,
    pub(crate) faults: Arc<Faults>,
    pub(crate) forward: Option<Forwarder>,
    pub(crate) save: Option<Saver>,
    pub(crate) max_request: usize,
    /// Becomes true, or loses its sender, when requests have to end.
    pub(crate) closing: watch::Receiver<bool>,
}

/// A request on its way; whatever way it leaves, it is recorded when this is dropped.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    intake: &'a Intake,
    signal: Signal,
    received: Option<Received>,
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
    ) -> Arrival<'_> {
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
        Arrival {
            intake: self,
            signal,
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
        }
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
        let bytes = body::read(body, limit).await?;
        self.note(|received| received.wire_bytes = bytes.len());
        Ok(bytes)
    }

    /// Decompresses a message by the name of its encoding.
    pub(crate) fn inflate(&mut self, message: Bytes) -> Result<Bytes, Refusal> {
        let limit = self.intake.max_request;
        match &self.received {
            Some(received) => inflate(&received.encoding, message, limit),
            None => Ok(message),
        }
    }

    /// Hands a message to the store, unless a fault is set.
    pub(crate) async fn take(
        &mut self,
        message: Bytes,
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
        let memory = intake.max_request.saturating_mul(MEMORY_FACTOR);
        let mut export = Export::decode(self.signal, format, message.clone(), memory)?;
        let mut rejected = export.reject_invalid();
        let items = export.items();
        if intake.forward.is_some() || intake.save.is_some() {
            let message = if format == Format::Protobuf && rejected.count == 0 {
                message
            } else {
                export.to_protobuf()
            };
            if let Some(forward) = &intake.forward {
                forward.pass(self.signal, message.clone());
            }
            if let Some(save) = &intake.save {
                save.pass(self.signal, message).await;
            }
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
        Ok(rejected)
    }

    /// Notes a refusal on the way out.
    pub(crate) fn refused(&mut self, refusal: &Refusal) {
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
