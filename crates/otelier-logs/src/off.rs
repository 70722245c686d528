//! Without OpenTelemetry there is no current span, so the console prints no ids.

/// The ids of the current span; there never is one.
#[cfg(feature = "console")]
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) trace: u128,
    pub(crate) span: u64,
}

#[cfg(feature = "console")]
#[inline]
pub(crate) fn current_ids() -> Option<Ids> {
    None
}

#[cfg(feature = "console")]
pub(crate) const REDACTED: &str = "";

/// What names a secret is known to OpenTelemetry's crates alone.
#[cfg(feature = "console")]
#[inline]
pub(crate) fn is_secret(_: &str) -> bool {
    false
}

#[cfg(feature = "console")]
#[inline]
pub(crate) fn redact_from(_: &mut String, _: usize) {}
