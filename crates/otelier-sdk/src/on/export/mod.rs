//! Exporters: our own for spans and log records, and around opentelemetry-otlp's
//! for the rest. They redact, split by size, keep the books, and say what happened.

mod client;
mod fit;
mod json;
mod labels;
mod logs;
mod metrics;
mod own;
mod redact;
mod spans;
mod split;
#[cfg(test)]
mod tests;

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
};
use otelier_core::semconv;
use otelier_otlp::{Cause, Code};

pub(crate) use self::{
    client::{Client, Sent},
    logs::ExportLogs,
    metrics::{ExportMetrics, Posted},
    own::{Own, outbox},
    spans::ExportSpans,
};
use super::{ledger::Ledger, notice, weigh::Scale};

/// One place that data of a signal goes to: an encoder of opentelemetry-otlp
/// and our client beneath it.
#[derive(Debug)]
pub(crate) struct Outlet<E> {
    encoder: E,
    client: Client,
    ledger: Arc<Ledger>,
    booked: bool,
}

impl<E> Outlet<E> {
    pub(crate) fn new(encoder: E, client: Client, ledger: Arc<Ledger>) -> Self {
        Self {
            encoder,
            client,
            ledger,
            booked: true,
        }
    }

    /// Leaves the books to another outlet, which gets the same data.
    pub(crate) fn unbooked(mut self) -> Self {
        self.booked = false;
        self
    }

    /// Runs one export and books what became of its `items`.
    async fn settle(
        &self,
        items: usize,
        export: impl Future<Output = OTelSdkResult> + Send,
    ) -> OTelSdkResult {
        let started = Instant::now();
        let result = export.await;
        let sent = self.client.take_sent();
        if !self.booked {
            // Only a console has a receiver beside it that keeps the books.
            if let Some(failure) = &sent.failure {
                let cause = failure.cause.to_string();
                self.ledger.unprinted_copies(items, &cause);
            }
            return result;
        }
        self.report(items, &sent, started);
        if let Some(protocol) = sent.instead {
            self.ledger.speaks(protocol);
        }
        self.ledger.redacted.fetch_add(sent.redacted, Relaxed);
        let cause = sent.failure.as_ref().map(|failure| &failure.cause);
        let error_type = cause.map(Cause::error_type);
        let answer = answer(cause, sent.status);
        self.ledger
            .took(started.elapsed(), answer, error_type.as_deref());
        self.book(items, &sent, &result);
        result
    }

    fn book(&self, items: usize, sent: &Sent, result: &OTelSdkResult) {
        if sent.oversized > 0 {
            self.ledger.oversize(sent.oversized);
        }
        let rest = items.saturating_sub(sent.oversized);
        match (&sent.failure, result) {
            (Some(failure), _) => {
                // A part of 0 items is the whole request.
                let lost = if sent.lost == 0 {
                    rest
                } else {
                    sent.lost.min(rest)
                };
                if rest > lost {
                    self.ledger.delivered(rest - lost, sent.rejected, None);
                }
                let cause = failure.cause.to_string();
                let kind = failure.cause.error_type();
                if self.client.prints() {
                    self.ledger.unprinted(lost, &cause, &kind);
                } else {
                    self.ledger.failed(lost, &cause, &kind);
                }
            }
            (None, Ok(())) => {
                let message = sent.message.as_deref();
                self.ledger.delivered(rest, sent.rejected, message);
            }
            (None, Err(error)) => self.ledger.failed(rest, &plain(error), "encoding"),
        }
    }

    fn report(&self, items: usize, sent: &Sent, started: Instant) {
        let answer = match &sent.failure {
            Some(failure) => failure.cause.to_string(),
            None if sent.rejected > 0 => format!("{} rejected", sent.rejected),
            None => "ok".to_owned(),
        };
        notice::quietly(|| {
            tracing::debug!(
                target: "otelier",
                signal = self.client.signal().as_str(),
                items,
                requests = sent.requests,
                attempts = sent.attempts,
                bytes = sent.wire_bytes,
                ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                answer,
                "export"
            );
        });
    }
}

/// What was answered, if anything was: a status of HTTP, else one of gRPC.
fn answer(cause: Option<&Cause>, http: Option<u16>) -> Option<KeyValue> {
    let of_http =
        |status: u16| KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, i64::from(status));
    let of_grpc = |code: Code| KeyValue::new(semconv::RPC_STATUS_CODE, code.as_str());
    match cause {
        None => Some(http.map_or_else(|| of_grpc(Code::OK), of_http)),
        Some(Cause::Http { status, .. }) => Some(of_http(*status)),
        Some(Cause::Grpc { code, .. }) => Some(of_grpc(*code)),
        Some(_) => None,
    }
}

/// Bytes beside the resource that one request can hold at every outlet.
fn room<E>(outlets: &[Outlet<E>], resource: &Resource) -> usize {
    let each = outlets.iter().map(|outlet| {
        let scale = Scale::of(outlet.client.protocol());
        scale.room(resource, outlet.client.largest())
    });
    each.min().unwrap_or(usize::MAX)
}

fn plain(error: &OTelSdkError) -> String {
    match error {
        OTelSdkError::InternalFailure(cause) => cause.clone(),
        other => other.to_string(),
    }
}
