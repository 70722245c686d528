//! Metrics that are kept for Prometheus to scrape, beside those that are exported.

use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::MeterProviderBuilder;
use otelier_core::edge::{Exemplar, Exemplars};
use otelier_prometheus::{Reader, Shared};

use super::notice;

pub(crate) const HAS_PROMETHEUS: bool = true;

/// The reader that scrapes ask, if any do.
#[derive(Debug)]
pub(crate) struct Pages(Option<Reader>);

/// Where exemplars are taken from.
#[derive(Debug)]
pub(crate) enum Kept {
    Alone(Exemplars),
    Shared(Shared),
}

impl Pages {
    pub(crate) fn new(is_scraped: bool, exemplars: Option<Exemplars>) -> Self {
        let warn = |text: &str| notice::warn(format_args!("{text}"));
        Self(is_scraped.then(|| Reader::with(exemplars, Some(warn))))
    }

    pub(crate) fn attach(&self, builder: MeterProviderBuilder) -> MeterProviderBuilder {
        match &self.0 {
            Some(reader) => builder.with_reader(reader.clone()),
            None => builder,
        }
    }

    /// The exemplars for an exporter, of which scrapes take none.
    pub(crate) fn share(&self, exemplars: Exemplars) -> Kept {
        let shared = self.0.as_ref().and_then(Reader::share);
        shared.map_or(Kept::Alone(exemplars), Kept::Shared)
    }

    #[cfg(test)]
    pub(crate) async fn text(&self) -> String {
        let reader = self.0.as_ref().unwrap();
        let page = reader.page("application/openmetrics-text").await.unwrap();
        String::from_utf8(page.body.to_vec()).unwrap()
    }

    pub(crate) fn install(&self) {
        if let Some(reader) = &self.0 {
            reader.install();
        }
    }
}

impl Kept {
    pub(crate) fn take(
        &self,
        each: impl FnMut(&InstrumentationScope, &str, &[KeyValue], Exemplar),
    ) {
        match self {
            Self::Alone(kept) => kept.take(each),
            Self::Shared(kept) => kept.take(each),
        }
    }
}
