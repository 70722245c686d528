//! Neither console nor log records: nobody is told of a panic.

use crate::Telemetry;

#[derive(Debug, Default)]
pub(crate) struct PanicHook(());

#[derive(Debug, Default)]
pub(crate) struct PanicGuard(());

pub(crate) fn install(_: &Telemetry, _: PanicHook) -> PanicGuard {
    PanicGuard::default()
}
