//! Panics as log records.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::SystemTime,
};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger, LoggerProvider, Severity};

use otelier_core::scope;

use crate::panics::{Attribute, Grade, PanicHook, Tell, Told};

impl PanicHook {
    /// Hands panics to the provider as log records, and calls `flush` to have them sent at once: on a thread of its
    /// own, since the panic may be caught and its thread has work to do, but on the panicking one where the process
    /// ends.
    #[must_use]
    pub fn with_records<P>(mut self, provider: &P, flush: impl Fn() + Send + Sync + 'static) -> Self
    where
        P: LoggerProvider,
        P::Logger: Send + Sync + 'static,
    {
        self.places.push(record_panics(provider, flush));
        self
    }
}

/// Hands what is told to the provider, and has it sent.
fn record_panics<P>(provider: &P, flush: impl Fn() + Send + Sync + 'static) -> Tell
where
    P: LoggerProvider,
    P::Logger: Send + Sync + 'static,
{
    let logger = provider.logger_with_scope(scope(env!("CARGO_PKG_NAME"), None));
    let flush = Arc::new(flush);
    Box::new(move |told| {
        record(&logger, told);
        if told.is_last {
            flush();
        } else {
            flush_soon(Arc::clone(&flush));
        }
    })
}

fn record(logger: &impl Logger, told: &Told) {
    let (severity, text) = match told.grade {
        Grade::Error => (Severity::Error, "ERROR"),
        Grade::Fatal => (Severity::Fatal, "FATAL"),
    };
    let mut record = logger.create_log_record();
    let now = SystemTime::now();
    record.set_timestamp(now);
    record.set_observed_timestamp(now);
    record.set_severity_number(severity);
    record.set_severity_text(text);
    if let Some(name) = told.event_name {
        record.set_event_name(name);
    }
    record.set_target(Told::TARGET);
    record.set_body(AnyValue::from(told.body.clone()));
    for (name, value) in &told.attributes {
        let value = match value {
            Attribute::Text(text) => AnyValue::from(text.clone()),
            Attribute::Number(number) => AnyValue::Int(*number),
        };
        record.add_attribute(*name, value);
    }
    logger.emit(record);
}

fn flush_soon(flush: Arc<impl Fn() + Send + Sync + 'static>) {
    static FLUSHING: AtomicBool = AtomicBool::new(false);
    if FLUSHING.swap(true, Ordering::AcqRel) {
        return;
    }
    let thread = thread::Builder::new().name("otelier-flush".to_owned());
    let spawned = thread.spawn(move || {
        flush();
        FLUSHING.store(false, Ordering::Release);
    });
    if spawned.is_err() {
        FLUSHING.store(false, Ordering::Release);
    }
}
