//! Panics as log records.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::{self, PanicHookInfo},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::SystemTime,
};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use otelier_core::{scope, semconv};

/// Records every panic of the process as a FATAL log with the current trace's
/// ids, after the hook that was there, and has it sent without delay.
///
/// A panic that will unwind is sent in the background, since it may be caught
/// and its thread has work to do; one that aborts is waited for.
pub(crate) fn install(provider: &SdkLoggerProvider) {
    let logger = provider.logger_with_scope(scope("otelier", None));
    let provider = provider.clone();
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        previous(info);
        record(&logger, info);
        flush(&provider);
    }));
}

fn record(logger: &SdkLogger, info: &PanicHookInfo<'_>) {
    let mut record = logger.create_log_record();
    let message = message(info);
    record.set_timestamp(SystemTime::now());
    record.set_severity_number(Severity::Fatal);
    record.set_severity_text("FATAL");
    record.set_event_name("exception");
    record.set_target("panic");
    record.set_body(AnyValue::from(format!("panicked: {message}")));
    record.add_attribute(semconv::EXCEPTION_TYPE, "panic");
    record.add_attribute(semconv::EXCEPTION_MESSAGE, message);
    if let Some(place) = info.location() {
        record.add_attribute(semconv::CODE_FILE_PATH, place.file().to_owned());
        record.add_attribute(semconv::CODE_LINE_NUMBER, i64::from(place.line()));
    }
    if let Some(name) = thread::current().name() {
        record.add_attribute(semconv::THREAD_NAME, name.to_owned());
    }
    // Costly, so only where RUST_BACKTRACE asks for it.
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        record.add_attribute(semconv::EXCEPTION_STACKTRACE, backtrace.to_string());
    }
    logger.emit(record);
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is not text").to_owned()
}

fn flush(provider: &SdkLoggerProvider) {
    static FLUSHING: AtomicBool = AtomicBool::new(false);
    if cfg!(panic = "abort") {
        provider.force_flush().ok();
        return;
    }
    if FLUSHING.swap(true, Ordering::AcqRel) {
        return;
    }
    let provider = provider.clone();
    let spawned = thread::Builder::new()
        .name("otelier-flush".to_owned())
        .spawn(move || {
            provider.force_flush().ok();
            FLUSHING.store(false, Ordering::Release);
        });
    if spawned.is_err() {
        FLUSHING.store(false, Ordering::Release);
    }
}
