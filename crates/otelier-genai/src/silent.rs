//! What stands in for `record` where telemetry is compiled out: everything passes
//! through.

#[cfg(feature = "http")]
#[path = "silent/exchange.rs"]
mod exchange;
#[cfg(feature = "rmcp")]
#[path = "silent/mcp.rs"]
pub(crate) mod mcp;

use std::{
    borrow::Cow,
    fmt::{Debug, Display},
};

use otelier_core::{
    ContentCapture,
    edge::{Kept, Never},
};

#[cfg(feature = "http")]
pub(crate) use self::exchange::{
    Exchange, Layered, Reading, Telemetry, answered, begin_exchange, failed, feed, layered, over,
};
use crate::{
    answer::Answer,
    describe::Description,
    message::Message,
    price::{BadPrices, PriceOf},
};

pub(crate) type Open = Never;
pub(crate) type Running = Never;
pub(crate) type Streaming = Never;
pub(crate) type Within = Never;

#[inline]
pub(crate) fn is_on() -> bool {
    false
}

#[inline]
pub(crate) fn capture() -> ContentCapture {
    ContentCapture::Nowhere
}

#[inline]
pub(crate) fn prices(_: &str) -> Result<Option<PriceOf>, BadPrices> {
    Ok(None)
}

#[inline]
pub(crate) fn begin(_: Kept<Description>) -> (Option<Running>, Option<Open>) {
    (None, None)
}

#[inline]
pub(crate) fn converse(_: impl Into<Cow<'static, str>>) -> Option<Within> {
    None
}

#[inline]
pub(crate) fn end<T, E: Display + Debug + 'static>(_: Option<Open>, _: &Result<T, E>) {}

#[inline]
pub(crate) fn tell(_: Option<&Running>, _: impl FnOnce(&mut Answer)) {}

#[inline]
pub(crate) fn answer(_: Option<&Running>, _: impl FnOnce() -> Message) {}

#[inline]
pub(crate) fn text<S: AsRef<str>>(_: Option<&Running>, _: impl FnOnce() -> S) {}

#[inline]
pub(crate) fn result<S: Into<String>>(_: Option<&Running>, _: impl FnOnce() -> S) {}

#[inline]
pub(crate) fn chunk(_: Option<&Running>) {}

#[inline]
pub(crate) fn keep_open(_: Option<Running>) -> Option<Streaming> {
    None
}

#[inline]
pub(crate) fn received(_: Option<&mut Streaming>) {}

#[inline]
pub(crate) fn broke<E: Display + Debug + 'static>(_: Option<Streaming>, _: &E) {}

#[inline]
pub(crate) fn ended(_: Option<Streaming>) {}

#[cfg(test)]
mod tests {
    use crate::Call;

    const _: () = assert!(size_of::<Call>() == 0);
}
