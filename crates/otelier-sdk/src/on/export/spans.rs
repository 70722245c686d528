//! Spans to the wire.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};

use super::{Outlet, fit, redact};
use crate::imp::weigh::{MAX_REQUEST, Scale};

/// Exports spans to the receiver, to the console, or to both.
#[derive(Debug)]
pub(crate) struct ExportSpans {
    outlets: Vec<Outlet<opentelemetry_otlp::SpanExporter>>,
    /// Bytes beside the resource in one request, for each outlet.
    room: usize,
}

impl ExportSpans {
    pub(crate) fn new(outlets: Vec<Outlet<opentelemetry_otlp::SpanExporter>>) -> Self {
        Self {
            outlets,
            room: MAX_REQUEST,
        }
    }
}

impl SpanExporter for ExportSpans {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        let Some((last, others)) = self.outlets.split_last() else {
            return Ok(());
        };
        let ledger = &last.ledger;
        ledger.take(batch.len());
        let redacted = batch.iter_mut().map(redact::span).sum();
        ledger.redacted.fetch_add(redacted, Relaxed);
        for outlet in others {
            // A second outlet is a developer's console: a copy is no matter.
            outlet.send(batch.clone(), self.room).await.ok();
        }
        last.send(batch, self.room).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let each = self.outlets.iter();
        each.map(|outlet| outlet.encoder.shutdown_with_timeout(timeout))
            .fold(Ok(()), Result::and)
    }

    fn set_resource(&mut self, resource: &Resource) {
        for outlet in &mut self.outlets {
            outlet.encoder.set_resource(resource);
        }
        self.room = super::room(&self.outlets, resource);
    }
}

impl Outlet<opentelemetry_otlp::SpanExporter> {
    async fn send(&self, batch: Vec<SpanData>, room: usize) -> OTelSdkResult {
        let scale = Scale::of(self.client.protocol());
        let mut result = Ok(());
        let mut part = Vec::with_capacity(batch.len());
        let mut weight = 0;
        for mut span in batch {
            let Some(heavy) = fit::span(&mut span, scale, room) else {
                if self.booked {
                    self.ledger.oversize(1);
                }
                continue;
            };
            if weight + heavy > room && !part.is_empty() {
                let full = std::mem::take(&mut part);
                result = result.and(self.settle(full.len(), self.encoder.export(full)).await);
                weight = 0;
            }
            weight += heavy;
            part.push(span);
        }
        if !part.is_empty() {
            result = result.and(self.settle(part.len(), self.encoder.export(part)).await);
        }
        result
    }
}
