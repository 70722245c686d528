//! The way out of every signal: encoded while the policy is asked what may leave,
//! then posted to the signal's outbox, or printed.

mod books;
mod data;
mod metrics;
#[cfg_attr(not(feature = "stock"), path = "no_stock.rs")]
mod stock;
#[cfg(test)]
mod tests;
mod ways;

use std::{num::NonZeroUsize, sync::Arc};

use opentelemetry_sdk::{Resource, trace::SpanData};
use otelier_otlp::{Outbox, Transport};

use self::{books::Booking, data::Data};
pub(crate) use self::{metrics::ExportMetrics, stock::HAS_STOCK, ways::Export};
use super::{
    batch::{Logged, Sink},
    config::Sending,
    ledger::Ledger,
};

/// Opens what the batches of one signal wait in, and are sent from: all of them, or
/// the newest alone.
pub(crate) fn outbox(
    transport: Transport,
    how: Sending,
    ledger: &Arc<Ledger>,
    newest_wins: bool,
) -> Arc<Outbox> {
    let books = Booking {
        ledger: Arc::clone(ledger),
        buffer: how.buffer,
        newest_wins,
    };
    // Each cumulative collection is a request by itself, behind the one before: a
    // receiver would have two values of each series in one, or the older one last.
    let (concurrency, largest) = match newest_wins {
        true => (1, 0),
        false => (how.concurrency, how.request),
    };
    let in_flight = NonZeroUsize::new(concurrency).unwrap_or(NonZeroUsize::MIN);
    let outbox = Outbox::open(transport, how.buffer, in_flight, books);
    outbox.set_largest(largest);
    Arc::new(outbox)
}

/// Exports spans.
#[derive(Debug)]
pub(crate) struct ExportSpans(pub(crate) Export);

impl Sink for ExportSpans {
    type Item = SpanData;

    fn export(&self, batch: &mut Vec<SpanData>) {
        let taken = self.0.ledger.take(batch.len());
        self.0.export(Data::Spans(batch), taken);
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Exports log records.
#[derive(Debug)]
pub(crate) struct ExportLogs(pub(crate) Export);

impl Sink for ExportLogs {
    type Item = Logged;

    fn export(&self, batch: &mut Vec<Logged>) {
        let taken = self.0.ledger.take(batch.len());
        let records: Vec<_> = batch
            .iter()
            .map(|(record, scope)| (record, scope))
            .collect();
        self.0.export(Data::Logs(&records), taken);
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
