//! Stands for opentelemetry-otlp where the feature `stock` is off: there is none.

use opentelemetry_sdk::Resource;
use otelier_otlp::{Request, Signal, Tally};

use super::data::Data;

pub(crate) const HAS_STOCK: bool = false;

#[derive(Debug)]
pub(super) enum Stock {}

impl Stock {
    pub(super) fn new(_: Signal) -> Result<Self, String> {
        Err("the cargo feature `stock` is not enabled".to_owned())
    }

    pub(super) fn set_resource(&mut self, _: &Resource) {
        match *self {}
    }

    pub(super) fn each(&mut self, _: usize, _: Data<'_>, _: &mut dyn FnMut(Request<'_>)) -> Tally {
        match *self {}
    }
}
