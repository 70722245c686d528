//! Neither console nor log records: nobody is told of a panic.

#[derive(Debug, Default)]
pub(crate) struct PanicHook(());

#[derive(Debug, Default)]
pub(crate) struct PanicGuard(());

pub(crate) fn install(_: &otelier_sdk::Telemetry, _: PanicHook) -> PanicGuard {
    PanicGuard::default()
}
