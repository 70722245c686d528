//! What became of each batch, entered into the ledger of its signal.

use std::{sync::Arc, time::Duration};

use opentelemetry::KeyValue;
use otelier_core::semconv;
use otelier_otlp::{Books, Cause, Code, Delivered, Failure};

use crate::imp::{ledger::Ledger, notice};

/// Enters into the ledger what becomes of each batch.
pub(super) struct Booking {
    pub(super) ledger: Arc<Ledger>,
    pub(super) buffer: usize,
    /// Whether what makes room does so because newer items tell the same.
    pub(super) newest_wins: bool,
}

impl Booking {
    fn report_failure(&self, items: usize, failure: &Failure) -> String {
        let cause = failure.cause.to_string();
        let Failure {
            attempts,
            wire_bytes,
            elapsed,
            ..
        } = *failure;
        report(&self.ledger, items, attempts, wire_bytes, elapsed, &cause);
        let answer = answer(Some(&failure.cause), None);
        let error_type = failure.cause.error_type();
        self.ledger.took(elapsed, answer, Some(&error_type));
        cause
    }
}

impl Books for Booking {
    fn delivered(&self, items: usize, delivered: &Delivered) {
        let Delivered {
            rejected,
            ref message,
            attempts,
            wire_bytes,
            elapsed,
            status,
            instead,
        } = *delivered;
        if let Some(protocol) = instead {
            self.ledger.speaks(protocol);
        }
        let answer = match rejected {
            0 => "ok".to_owned(),
            some => format!("{some} rejected"),
        };
        report(&self.ledger, items, attempts, wire_bytes, elapsed, &answer);
        self.ledger.took(elapsed, self::answer(None, status), None);
        self.ledger.delivered(items, rejected, message.as_deref());
    }

    fn failed(&self, items: usize, failure: &Failure) {
        let cause = self.report_failure(items, failure);
        self.ledger
            .failed(items, &cause, &failure.cause.error_type());
    }

    fn held(&self, waiting: usize, failure: &Failure) {
        let cause = self.report_failure(waiting, failure);
        self.ledger.held(waiting, &cause);
    }

    fn displaced(&self, items: usize) {
        if self.newest_wins {
            self.ledger.replaced(items);
        } else {
            self.ledger.displaced(items, self.buffer);
        }
    }

    fn halved(&self, bytes: usize, failure: &Failure) {
        let cause = self.report_failure(0, failure);
        self.ledger.halved(bytes, &cause);
    }
}

/// Tells of one export, to who looks.
pub(super) fn report(
    ledger: &Ledger,
    items: usize,
    attempts: u32,
    bytes: usize,
    elapsed: Duration,
    answer: &str,
) {
    notice::quietly(|| {
        tracing::debug!(
            target: "otelier",
            signal = ledger.signal.as_str(),
            items,
            attempts,
            bytes,
            ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            answer,
            "export"
        );
    });
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
