//! Log records to the wire.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use futures_executor::block_on;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{LogBatch, LogExporter as _, SdkLogRecord},
};

use super::{Outlet, Own, fit, redact};
use crate::imp::{
    batch::{Logged, Sink},
    weigh::Scale,
};

/// Exports log records to the receiver, to the console, or to both.
#[derive(Debug)]
pub(crate) struct ExportLogs {
    /// Those of opentelemetry-otlp.
    stock: Vec<Outlet<opentelemetry_otlp::LogExporter>>,
    /// Keeps the books, if it is there.
    own: Option<Own>,
    room: usize,
}

impl ExportLogs {
    pub(crate) fn new(
        stock: Vec<Outlet<opentelemetry_otlp::LogExporter>>,
        own: Option<Own>,
    ) -> Self {
        Self {
            stock,
            own,
            room: usize::MAX,
        }
    }
}

impl Sink for ExportLogs {
    type Item = Logged;

    fn export(&self, batch: &mut Vec<Logged>) {
        let records: Vec<_> = batch
            .iter()
            .map(|(record, scope)| (record, scope))
            .collect();
        if let Some(own) = &self.own {
            own.logs(&records);
        }
        if !self.stock.is_empty() {
            block_on(self.export_stock(&records));
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

impl ExportLogs {
    async fn export_stock(&self, records: &[(&SdkLogRecord, &InstrumentationScope)]) {
        let Some(last) = self.stock.last() else {
            return;
        };
        if self.own.is_none() {
            last.ledger.take(records.len()).hand_over_all();
        }
        let redacted: Vec<_> = records
            .iter()
            .map(|(record, _)| redact::log(record))
            .collect();
        if self.own.is_none() {
            let count = redacted.iter().flatten().map(|(_, count)| count).sum();
            last.ledger.redacted.fetch_add(count, Relaxed);
        }
        let records: Vec<_> = records
            .iter()
            .zip(&redacted)
            .map(|((original, scope), redacted)| {
                let copy = redacted.as_ref().map(|(copy, _)| copy);
                (copy.unwrap_or(*original), *scope)
            })
            .collect();
        for outlet in &self.stock {
            outlet.send(&records, self.room).await.ok();
        }
    }
}

impl Outlet<opentelemetry_otlp::LogExporter> {
    async fn send(
        &self,
        records: &[(&SdkLogRecord, &InstrumentationScope)],
        room: usize,
    ) -> OTelSdkResult {
        let scale = Scale::of(self.client.protocol());
        let fitted: Vec<_> = records
            .iter()
            .map(|(record, scope)| fit::log(record, scope, scale, room))
            .collect();
        let mut result = Ok(());
        let mut part = Vec::with_capacity(records.len());
        let mut weight = 0;
        for ((record, scope), fitted) in records.iter().zip(&fitted) {
            let (heavy, record) = match fitted {
                fit::Fitted::AsIs(weight) => (*weight, *record),
                fit::Fitted::Cut(weight, copy) => (*weight, copy.as_ref()),
                fit::Fitted::TooLarge => {
                    if self.booked {
                        self.ledger.oversize(1);
                    }
                    continue;
                }
            };
            if weight + heavy > room && !part.is_empty() {
                result = result.and(self.send_part(&part).await);
                part.clear();
                weight = 0;
            }
            weight += heavy;
            part.push((record, *scope));
        }
        if !part.is_empty() {
            result = result.and(self.send_part(&part).await);
        }
        result
    }

    async fn send_part(&self, part: &[(&SdkLogRecord, &InstrumentationScope)]) -> OTelSdkResult {
        let export = self.encoder.export(LogBatch::new(part));
        self.settle(part.len(), export).await
    }
}
