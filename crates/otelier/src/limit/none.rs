//! Nothing writes lines: there is nothing to limit.

use crate::Setup;

#[derive(Debug, Default)]
pub(crate) struct Limit(());

impl Limit {
    pub(crate) fn new(_: &Setup, _: &otelier_sdk::Telemetry) -> Self {
        Self::default()
    }
}
