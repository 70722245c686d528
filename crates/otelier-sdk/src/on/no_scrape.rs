//! Stands for scrapes where the feature `prometheus` is off: there are none.

use opentelemetry_sdk::metrics::MeterProviderBuilder;
use otelier_core::edge::Exemplars;

pub(crate) const HAS_PROMETHEUS: bool = false;

#[derive(Debug)]
pub(crate) struct Pages;

pub(crate) type Kept = Exemplars;

impl Pages {
    pub(crate) fn new(_: bool, _: Option<Exemplars>) -> Self {
        Self
    }

    pub(crate) fn attach(&self, builder: MeterProviderBuilder) -> MeterProviderBuilder {
        builder
    }

    pub(crate) fn share(&self, exemplars: Exemplars) -> Kept {
        exemplars
    }

    pub(crate) fn install(&self) {}
}
