//! Pages as a parser of our own reads them, and over a socket.
#![cfg(test)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in what it calls, too"
)]

mod exemplars;
mod pages;
mod parser;
mod property;
mod served;

use opentelemetry::{KeyValue, metrics::Meter, metrics::MeterProvider as _};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};
use otelier_prometheus::Reader;

use self::parser::Parsed;

const TEXT: &str = "text/plain;version=0.0.4";
const OPEN: &str = "application/openmetrics-text;version=1.0.0";

/// A provider whose metrics are read.
struct Bakery {
    provider: SdkMeterProvider,
    reader: Reader,
}

impl Bakery {
    fn new() -> Self {
        Self::reading(Reader::new(), Resource::builder_empty().build())
    }

    fn reading(reader: Reader, resource: Resource) -> Self {
        let builder = SdkMeterProvider::builder().with_resource(resource);
        Self {
            provider: builder.with_reader(reader.clone()).build(),
            reader,
        }
    }

    fn meter(&self) -> Meter {
        self.provider.meter("bakery")
    }

    async fn text(&self, accept: &str) -> String {
        let page = self.reader.page(accept).await.unwrap();
        String::from_utf8(page.body.to_vec()).unwrap()
    }

    /// Both forms, which must say the same.
    async fn pages(&self) -> [Parsed; 2] {
        let text = Parsed::text(&self.text(TEXT).await).unwrap();
        let open = Parsed::open_metrics(&self.text(OPEN).await).unwrap();
        assert_eq!(text.values(), open.values());
        [text, open]
    }
}

fn label(key: &'static str, value: &'static str) -> KeyValue {
    KeyValue::new(key, value)
}
