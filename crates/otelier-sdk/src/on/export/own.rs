//! The way of spans and log records to a receiver of protobuf: our encoder,
//! and an outbox that sends on the private runtime.

use std::{
    borrow::Cow,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{Resource, logs::SdkLogRecord, trace::SpanData};
use otelier_core::{REDACTED, Treatment, is_secret, redact_text, treatment};
use otelier_otlp::{
    Books, Cause, Delivered, Encoder, Failure, Outbox, Packer, Parcel, Policy, Protocol, Request,
    Tally, Transport,
};

use super::{fit, redact};
use crate::imp::{
    config::Sending,
    ledger::{Ledger, Taken},
    notice,
    weigh::Scale,
};

/// Requests are made no smaller than this for a receiver that takes less, in
/// bytes: records would be cut for it. Those are halved when they are refused.
const LEAST: usize = 64 << 10;

/// Opens what the batches of one signal wait in, and are sent from.
pub(crate) fn outbox(transport: Transport, how: Sending, ledger: &Arc<Ledger>) -> Arc<Outbox> {
    let books = Booking {
        ledger: Arc::clone(ledger),
        buffer: how.buffer,
    };
    let in_flight = NonZeroUsize::new(how.concurrency).unwrap_or(NonZeroUsize::MIN);
    let outbox = Outbox::open(transport, how.buffer, in_flight, books);
    outbox.set_largest(how.request);
    Arc::new(outbox)
}

/// Encodes and posts, which waits for no receiver that is away.
#[derive(Debug)]
pub(crate) struct Own {
    desk: Mutex<Desk>,
    outbox: Arc<Outbox>,
    ledger: Arc<Ledger>,
    /// Bytes of a request.
    largest: usize,
}

#[derive(Debug)]
struct Desk {
    encoder: Encoder<Rules>,
    packer: Packer,
}

impl Own {
    pub(crate) fn new(outbox: Arc<Outbox>, ledger: Arc<Ledger>, how: Sending) -> Self {
        Self {
            largest: how.request,
            desk: Mutex::new(Desk {
                encoder: Encoder::new(Rules),
                packer: outbox.packer(),
            }),
            outbox,
            ledger,
        }
    }

    pub(super) fn set_resource(&self, resource: &Resource) {
        self.desk().encoder.set_resource(resource);
    }

    pub(super) fn spans(&self, batch: &[SpanData]) {
        let mut taken = self.ledger.take(batch.len());
        let Desk { encoder, packer } = &mut *self.desk();
        encoder.set_limit(self.limit());
        let tally = encoder.spans(batch, |request| self.post(packer, request, &mut taken));
        self.tally(tally);
        taken.hand_over_all();
    }

    pub(super) fn logs(&self, batch: &[(&SdkLogRecord, &InstrumentationScope)]) {
        let mut taken = self.ledger.take(batch.len());
        let Desk { encoder, packer } = &mut *self.desk();
        encoder.set_limit(self.limit());
        let tally = encoder.logs(batch, |request| self.post(packer, request, &mut taken));
        self.tally(tally);
        taken.hand_over_all();
    }

    fn post(&self, packer: &mut Packer, request: Request<'_>, taken: &mut Taken<'_>) {
        let items = request.items();
        let packed = packer.pack(request);
        taken.hand_over(items);
        post(&self.outbox, &self.ledger, packed, items);
    }

    /// How large a request may be: what is set, or what the receiver is known to
    /// take.
    fn limit(&self) -> usize {
        let known = self.outbox.limit().unwrap_or(usize::MAX);
        self.largest.min(known.max(LEAST))
    }

    fn tally(
        &self,
        Tally {
            oversized,
            redacted,
        }: Tally,
    ) {
        if oversized > 0 {
            self.ledger.oversize(oversized);
        }
        self.ledger.redacted.fetch_add(redacted, Relaxed);
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Posts a batch, or books that it cannot be.
pub(super) fn post(outbox: &Outbox, ledger: &Ledger, packed: Result<Parcel, Cause>, items: usize) {
    match packed {
        Ok(parcel) => outbox.post(parcel, items),
        Err(cause) => ledger.failed(items, &cause.to_string(), &cause.error_type()),
    }
}

/// What leaves only redacted or cut, as on the other way.
#[derive(Debug)]
struct Rules;

impl Policy for Rules {
    fn is_secret(&self, key: &str) -> bool {
        is_secret(key)
    }

    fn is_closed(&self, key: &str) -> bool {
        treatment(key) == Treatment::Keep
    }

    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        redact_text(text)
    }

    fn replacement(&self) -> &str {
        REDACTED
    }

    fn cut_span(&self, span: &SpanData, room: usize) -> Option<SpanData> {
        let mut copy = span.clone();
        redact::span(&mut copy);
        fit::span(&mut copy, Scale::of(Protocol::HttpProtobuf), room).map(|_| copy)
    }

    fn cut_log(
        &self,
        record: &SdkLogRecord,
        scope: &InstrumentationScope,
        room: usize,
    ) -> Option<SdkLogRecord> {
        let redacted = redact::log(record).map(|(copy, _)| copy);
        let record = redacted.as_ref().unwrap_or(record);
        match fit::log(record, scope, Scale::of(Protocol::HttpProtobuf), room) {
            fit::Fitted::AsIs(_) => Some(record.clone()),
            fit::Fitted::Cut(_, copy) => Some(*copy),
            fit::Fitted::TooLarge => None,
        }
    }
}

/// Enters into the ledger what becomes of each batch.
struct Booking {
    ledger: Arc<Ledger>,
    buffer: usize,
}

impl Booking {
    fn report(&self, items: usize, attempts: u32, bytes: usize, elapsed: Duration, answer: &str) {
        notice::quietly(|| {
            tracing::debug!(
                target: "otelier",
                signal = self.ledger.signal.as_str(),
                items,
                attempts,
                bytes,
                ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
                answer,
                "export"
            );
        });
    }

    fn report_failure(&self, items: usize, failure: &Failure) -> String {
        let cause = failure.cause.to_string();
        let Failure {
            attempts,
            wire_bytes,
            elapsed,
            ..
        } = *failure;
        self.report(items, attempts, wire_bytes, elapsed, &cause);
        let answer = super::answer(Some(&failure.cause), None);
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
        self.report(items, attempts, wire_bytes, elapsed, &answer);
        self.ledger.took(elapsed, super::answer(None, status), None);
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
        self.ledger.displaced(items, self.buffer);
    }

    fn halved(&self, bytes: usize, failure: &Failure) {
        let cause = self.report_failure(0, failure);
        self.ledger.halved(bytes, &cause);
    }
}
