//! Nothing writes lines: there is nothing to limit.

#[derive(Debug, Default)]
pub(crate) struct Limit(());

impl Limit {
    pub(crate) fn new(_: u32, _: &otelier_sdk::Telemetry) -> Self {
        Self::default()
    }
}
