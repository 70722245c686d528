//! Exports a span, a log record and a point, by otelier-sdk.

use std::panic::Location;

use opentelemetry::{
    global,
    logs::{LogRecord as _, Logger as _, LoggerProvider as _},
    trace::Tracer as _,
};

fn main() {
    let setup = otelier_sdk::Setup::new("size", "1.0.0");
    let telemetry = otelier_sdk::start(&setup, Location::caller());
    drop(global::tracer("size").start("work"));
    global::meter("size")
        .u64_counter("work")
        .build()
        .add(1, &[]);
    if let Some(provider) = telemetry.logger_provider() {
        let logger = provider.logger("size");
        let mut record = logger.create_log_record();
        record.set_body("work".into());
        logger.emit(record);
    }
    let report = telemetry.shutdown_blocking();
    std::process::exit(i32::from(!report.is_complete()));
}
