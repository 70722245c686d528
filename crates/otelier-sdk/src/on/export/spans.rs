//! Spans to the wire.

use std::{mem, sync::atomic::Ordering::Relaxed, time::Duration};

use futures_executor::block_on;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter as _},
};

use super::{Outlet, Own, fit, redact};
use crate::imp::{batch::Sink, weigh::Scale};

/// Exports spans to the receiver, to the console, or to both.
#[derive(Debug)]
pub(crate) struct ExportSpans {
    /// Those of opentelemetry-otlp.
    stock: Vec<Outlet<opentelemetry_otlp::SpanExporter>>,
    /// Keeps the books, if it is there.
    own: Option<Own>,
    /// Bytes beside the resource in one request, for each of `stock`.
    room: usize,
}

impl ExportSpans {
    pub(crate) fn new(
        stock: Vec<Outlet<opentelemetry_otlp::SpanExporter>>,
        own: Option<Own>,
    ) -> Self {
        Self {
            stock,
            own,
            room: usize::MAX,
        }
    }
}

impl Sink for ExportSpans {
    type Item = SpanData;

    fn export(&self, batch: &mut Vec<SpanData>) {
        if let Some(own) = &self.own {
            own.spans(batch);
        }
        if !self.stock.is_empty() {
            block_on(self.export_stock(mem::take(batch)));
        }
    }

    fn panicked(&self) {
        if let (None, Some(last)) = (&self.own, self.stock.last()) {
            last.ledger.lose_inflight();
        }
    }

    fn shutdown(&self, bound: Duration) -> OTelSdkResult {
        let each = self.stock.iter();
        each.map(|outlet| outlet.encoder.shutdown_with_timeout(bound))
            .fold(Ok(()), Result::and)
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(own) = &self.own {
            own.set_resource(resource);
        }
        for outlet in &mut self.stock {
            outlet.encoder.set_resource(resource);
        }
        self.room = super::room(&self.stock, resource);
    }
}

impl ExportSpans {
    async fn export_stock(&self, mut batch: Vec<SpanData>) {
        let Some((last, others)) = self.stock.split_last() else {
            return;
        };
        let redacted = batch.iter_mut().map(redact::span).sum();
        if self.own.is_none() {
            last.ledger.take(batch.len()).hand_over_all();
            last.ledger.redacted.fetch_add(redacted, Relaxed);
        }
        for outlet in others {
            // A second outlet is a developer's console: a copy is no matter.
            outlet.send(batch.clone(), self.room).await.ok();
        }
        last.send(batch, self.room).await.ok();
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
                let full = mem::take(&mut part);
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
