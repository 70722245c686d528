//! A subscriber that keeps what is shipped.

use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord, SdkLoggerProvider};
use otelier_logs::{Bridge, Ship, ShipFilter, bridge};
use tracing::Subscriber;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

pub(crate) struct Shipped {
    exporter: InMemoryLogExporter,
    pub(crate) provider: SdkLoggerProvider,
}

impl Shipped {
    pub(crate) fn new() -> Self {
        let exporter = InMemoryLogExporter::default();
        let provider = SdkLoggerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        Self { exporter, provider }
    }

    pub(crate) fn layer<S>(
        &self,
        ship: Ship,
    ) -> Filtered<Bridge<opentelemetry_sdk::logs::SdkLogger>, ShipFilter, S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        bridge(&self.provider, ship)
    }

    pub(crate) fn records(&self) -> Vec<SdkLogRecord> {
        self.exporter
            .get_emitted_logs()
            .unwrap()
            .into_iter()
            .map(|log| log.record)
            .collect()
    }

    pub(crate) fn scope_versions(&self) -> Vec<Option<String>> {
        let logs = self.exporter.get_emitted_logs().unwrap();
        let versions = logs
            .iter()
            .map(|log| log.instrumentation.version().map(str::to_owned));
        versions.collect()
    }

    pub(crate) fn only(&self) -> SdkLogRecord {
        let mut records = self.records();
        assert_eq!(records.len(), 1, "{records:?}");
        records.remove(0)
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.records().iter().map(body).collect()
    }
}

/// What is shipped with these settings while `emit` runs.
pub(crate) fn shipped_with(ship: Ship, emit: impl FnOnce()) -> Shipped {
    let shipped = Shipped::new();
    let subscriber = tracing_subscriber::registry().with(shipped.layer(ship));
    tracing::subscriber::with_default(subscriber, emit);
    shipped
}

/// The one record that is shipped by default while `emit` runs.
pub(crate) fn record(emit: impl FnOnce()) -> SdkLogRecord {
    shipped_with(Ship::new(), emit).only()
}

pub(crate) fn body(record: &SdkLogRecord) -> String {
    match record.body() {
        Some(AnyValue::String(text)) => text.as_str().to_owned(),
        None => String::new(),
        other => unreachable!("a body that is no text: {other:?}"),
    }
}

pub(crate) fn attribute(record: &SdkLogRecord, name: &str) -> Option<AnyValue> {
    let mut found = record
        .attributes_iter()
        .filter(|(key, _)| key.as_str() == name)
        .map(|(_, value)| value.clone());
    let first = found.next();
    assert_eq!(found.next(), None, "two attributes are called {name}");
    first
}

pub(crate) fn text(value: &str) -> Option<AnyValue> {
    Some(AnyValue::String(value.to_owned().into()))
}

/// All but where the event stands.
pub(crate) fn names(record: &SdkLogRecord) -> Vec<String> {
    let names = record
        .attributes_iter()
        .map(|(key, _)| key.as_str().to_owned());
    names.filter(|name| !name.starts_with("code.")).collect()
}
