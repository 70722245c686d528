//! The same names where telemetry is compiled out: they record nothing and hold
//! nothing.
#![expect(missing_docs, reason = "documented once, in `mod.rs`")]

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use pin_project_lite::pin_project;

#[path = "http_client/off.rs"]
pub mod http_client;
#[path = "layered.rs"]
mod layered;

pub use self::layered::{Around, Layered, Unlayered, layered, unlayered};

/// What there is none of.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

pub trait Scope {
    const HAS_CONTEXT: bool = true;

    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T;
}

impl Scope for Never {
    fn enter<T>(&mut self, _: impl FnOnce() -> T) -> T {
        match *self {}
    }
}

impl<S: Scope> Scope for Box<S> {
    const HAS_CONTEXT: bool = S::HAS_CONTEXT;

    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        (**self).enter(part)
    }
}

#[derive(Clone)]
pub struct Kept<T>(PhantomData<fn() -> T>);

impl<T> Kept<T> {
    #[inline]
    #[must_use]
    pub fn new(_: impl FnOnce() -> Option<T>) -> Self {
        Self(PhantomData)
    }

    #[inline]
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        None
    }

    #[inline]
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        None
    }

    #[inline]
    #[must_use]
    pub fn with(self, _: impl FnOnce(&mut T)) -> Self {
        self
    }

    #[inline]
    #[must_use]
    pub fn take(self) -> Option<Box<T>> {
        None
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

pin_project! {
    pub struct Traced<T, S: Scope> {
        #[pin]
        inner: T,
        scope: PhantomData<fn() -> S>,
    }
}

impl<T, S: Scope> Traced<T, S> {
    #[inline]
    #[must_use]
    pub fn new(inner: T, _: Option<S>) -> Self {
        Self {
            inner,
            scope: PhantomData,
        }
    }

    #[inline]
    pub fn make(_: Option<S>, make: impl FnOnce() -> T) -> Self {
        Self::new(make(), None)
    }

    #[inline]
    #[must_use]
    pub fn inner(&self) -> Option<&T> {
        Some(&self.inner)
    }

    #[inline]
    #[must_use]
    pub fn scope_mut(self: Pin<&mut Self>) -> Option<&mut S> {
        None
    }

    #[inline]
    #[must_use]
    pub fn take_scope(self: Pin<&mut Self>) -> Option<S> {
        None
    }

    #[inline]
    pub fn poll<O>(self: Pin<&mut Self>, part: impl FnOnce(Pin<&mut T>) -> O) -> Option<O> {
        Some(part(self.project().inner))
    }

    #[inline]
    pub fn poll_or<O>(
        self: Pin<&mut Self>,
        _: impl FnOnce() -> O,
        part: impl FnOnce(Pin<&mut T>) -> O,
    ) -> O {
        part(self.project().inner)
    }
}

impl<F: Future, S: Scope> Traced<F, S> {
    #[inline]
    pub async fn run(inner: F, _: Option<S>) -> (F::Output, Option<S>) {
        (inner.await, None)
    }

    #[inline]
    pub fn poll_output(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<(F::Output, Option<S>)> {
        self.project().inner.poll(cx).map(|output| (output, None))
    }

    #[inline]
    pub fn poll_last(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<(F::Output, Option<S>)> {
        self.poll_output(cx)
    }
}

impl<F: Future, S: Scope> Future for Traced<F, S> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
    }
}

impl<T, S: Scope> fmt::Debug for Traced<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traced")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_takes_no_place() {
        assert_eq!(size_of::<Kept<String>>(), 0);
        assert_eq!(size_of::<Traced<u8, Never>>(), 1);
    }
}
