//! Events inside events, which only a global subscriber lets through.
#![cfg(all(feature = "otel", feature = "console"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says so by panicking"
)]

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use otelier_logs::{Console, Format, Ship, bridge, console_filter};
use tracing::{debug, info, trace};
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// Keeps bodies, and logs while it does.
#[derive(Debug, Clone, Default)]
struct Talkative(Arc<Mutex<Vec<String>>>);

impl LogProcessor for Talkative {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        self.0.lock().unwrap().push(format!("{:?}", record.body()));
        info!("from the export path");
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Endless;

impl fmt::Debug for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(inner = ?Self, "again");
        f.write_str("endless")
    }
}

struct Logs;

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!("formatting");
        debug!("in detail");
        trace!("in greater detail");
        f.write_str("formatted")
    }
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in Debug")
    }
}

#[test]
fn events_inside_events_end_and_a_panic_inside_one_harms_no_other() {
    let (records, lines) = (Talkative::default(), Lines::default());
    let writer = lines.clone();
    let provider = SdkLoggerProvider::builder()
        .with_log_processor(records.clone())
        .build();
    let subscriber = tracing_subscriber::registry()
        .with(bridge(&provider, Ship::new()))
        .with(
            Console::new(Format::Json)
                .with_writer(move || writer.clone())
                .with_filter(console_filter(Some("debug")).0),
        );
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let count = |text: &str| {
        let records = records
            .0
            .lock()
            .unwrap()
            .iter()
            .filter(|body| body.contains(text))
            .count();
        let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        (
            records,
            lines
                .lines()
                .filter(|line| line.contains(&format!("\"message\":\"{text}")))
                .count(),
        )
    };

    info!(value = ?Logs, "outer");
    assert_eq!(count("outer"), (1, 1));
    // Each of the two layers formats the value, and each event inside reaches both.
    assert_eq!(count("formatting"), (2, 2));
    assert_eq!(count("in detail"), (0, 2));
    assert_eq!(count("in greater detail"), (0, 0));
    assert_eq!(count("from the export path").0, 0);

    info!(value = ?Endless, "endless");
    assert_eq!(count("endless"), (1, 1));
    assert!(
        count("again").0 < 20 && count("again").1 < 20,
        "{:?}",
        count("again")
    );

    let panicked = catch_unwind(AssertUnwindSafe(|| info!(value = ?Panics, "before")));
    assert!(panicked.is_err());
    info!(value = 1, "after");
    assert_eq!(count("after"), (1, 1));

    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}
