//! What runs, ends, panics and is dropped in its context.

use std::{
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context as TaskContext, Poll},
};

use pin_project_lite::pin_project;

use super::shadow::Shadow;

/// What a future, stream or body runs in: a record that ends with it, and the
/// context that is current meanwhile. Dropping it ends the record; a panic drops
/// it while the thread unwinds, which a [`Run`](crate::Run) takes for what it is.
///
/// A run is one whose record has a span; a context alone is one without a record.
///
/// See the example of [`Traced`].
pub trait Scope {
    /// Whether it makes a context current, which may have to be told elsewhere.
    const HAS_CONTEXT: bool = true;

    /// Runs a part in the context.
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T;
}

impl<S: Scope> Scope for Box<S> {
    const HAS_CONTEXT: bool = S::HAS_CONTEXT;

    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        (**self).enter(part)
    }
}

/// What there is none of: the scope of an edge that records nothing.
///
/// See the [example of the stand-ins](super::silent).
#[derive(Clone, Copy, Debug)]
pub enum Never {}

impl Scope for Never {
    fn enter<T>(&mut self, _: impl FnOnce() -> T) -> T {
        match *self {}
    }
}

pin_project! {
    /// A future, stream or body in its [`Scope`], if it has one.
    ///
    /// ```
    /// use otelier_core::{Outcome, Record, Run, edge::{Scope, Traced}};
    ///
    /// async fn measured<R: Record>(run: Option<Run<R>>, operation: impl Future<Output = u16>) -> u16
    /// where
    ///     Run<R>: Scope,
    /// {
    ///     let (status, run) = Traced::run(operation, run).await;
    ///     if let Some(run) = run {
    ///         run.finish(Outcome::Done);
    ///     }
    ///     status
    /// }
    /// ```
    ///
    /// # Cancellation
    /// Dropping it drops what is inside in its context, and then the scope.
    pub struct Traced<T, S: Scope> {
        // Empty when the last poll is over, and while it is dropped.
        #[pin]
        inner: Option<T>,
        scope: Option<S>,
        shadow: Shadow,
    }

    impl<T, S: Scope> PinnedDrop for Traced<T, S> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(scope) = this.scope {
                scope.enter(|| this.inner.set(None));
            }
        }
    }
}

impl<T, S: Scope> Traced<T, S> {
    /// Wraps what is to run in a scope, or as it is without one.
    #[inline]
    #[must_use]
    pub fn new(inner: T, scope: Option<S>) -> Self {
        Self {
            inner: Some(inner),
            scope,
            shadow: Shadow::default(),
        }
    }

    /// The same for what is made in the context, too: a service may begin in
    /// `call` already.
    #[inline]
    pub fn make(mut scope: Option<S>, make: impl FnOnce() -> T) -> Self {
        let inner = match &mut scope {
            Some(scope) => scope.enter(make),
            None => make(),
        };
        Self::new(inner, scope)
    }

    /// What is inside, `None` after the last poll, and while it is dropped.
    #[inline]
    #[must_use]
    pub fn inner(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    /// The scope, until it was taken out.
    #[inline]
    #[must_use]
    pub fn scope(self: Pin<&mut Self>) -> &mut Option<S> {
        self.project().scope
    }

    /// What is inside, and the scope, until it was taken out.
    #[inline]
    #[must_use]
    pub fn parts(self: Pin<&mut Self>) -> (Option<&T>, &mut Option<S>) {
        let this = self.project();
        (this.inner.into_ref().get_ref().as_ref(), this.scope)
    }

    /// The scope, as long as it is there.
    #[inline]
    #[must_use]
    pub fn scope_mut(self: Pin<&mut Self>) -> Option<&mut S> {
        self.project().scope.as_mut()
    }

    /// Takes the scope out: from then on it runs as it is.
    #[inline]
    #[must_use]
    pub fn take_scope(self: Pin<&mut Self>) -> Option<S> {
        self.project().scope.take()
    }

    /// Runs a part of what is inside in its context, `None` once a future is done,
    /// and while it is dropped. A panic ends the scope.
    #[inline]
    pub fn poll<O>(self: Pin<&mut Self>, part: impl FnOnce(Pin<&mut T>) -> O) -> Option<O> {
        self.poll_or(|| None, |inner| Some(part(inner)))
    }

    /// The same with what to return while it is dropped: what is polled may be
    /// large, and does not move.
    #[inline]
    pub fn poll_or<O>(
        self: Pin<&mut Self>,
        none: impl FnOnce() -> O,
        part: impl FnOnce(Pin<&mut T>) -> O,
    ) -> O {
        self.within(|inner| match inner.as_pin_mut() {
            Some(inner) => part(inner),
            None => none(),
        })
    }

    #[inline]
    fn within<O>(self: Pin<&mut Self>, part: impl FnOnce(Pin<&mut Option<T>>) -> O) -> O {
        let this = self.project();
        // The panic must be seen here: where one further out catches it, the
        // scope is dropped later, on a thread that is not panicking any more.
        let mut unwound = Unwound(Some(this.scope));
        // One place for what is done, which may be large: it does not move.
        let done = match unwound.0.as_deref_mut() {
            Some(Some(scope)) if S::HAS_CONTEXT => {
                scope.enter(|| this.shadow.cover(|| part(this.inner)))
            }
            Some(Some(scope)) => scope.enter(|| part(this.inner)),
            _ => part(this.inner),
        };
        unwound.0 = None;
        done
    }
}

impl<F: Future, S: Scope> Traced<F, S> {
    /// Runs a future in its scope, for wrappers that are `async` themselves. With
    /// its output comes the scope, whose end is the caller's to name.
    pub async fn run(inner: F, scope: Option<S>) -> (F::Output, Option<S>) {
        let mut traced = pin!(Self::new(inner, scope));
        poll_fn(|cx| traced.as_mut().poll_output(cx)).await
    }

    /// Polls the future in its context. With its output comes the scope, whose end
    /// is the caller's to name.
    #[inline]
    pub fn poll_output(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<(F::Output, Option<S>)> {
        let polled = self
            .as_mut()
            .poll_or(|| Poll::Pending, |inner| inner.poll(cx));
        polled.map(|output| (output, self.take_scope()))
    }

    /// The same for a future that may hold something when it is done: it is
    /// dropped in its context then, and stays pending.
    ///
    /// # Cost
    /// The output moves once more.
    #[inline]
    pub fn poll_last(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<(F::Output, Option<S>)> {
        let polled = self.as_mut().within(|mut inner| {
            let polled = match inner.as_mut().as_pin_mut() {
                Some(future) => future.poll(cx),
                None => Poll::Pending,
            };
            if polled.is_ready() {
                inner.set(None);
            }
            polled
        });
        polled.map(|output| (output, self.take_scope()))
    }
}

/// The future itself, for a scope whose end nobody has to name.
impl<F: Future, S: Scope> Future for Traced<F, S> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        self.poll_last(cx).map(|(output, _)| output)
    }
}

struct Unwound<'a, S>(Option<&'a mut Option<S>>);

impl<S> Drop for Unwound<'_, S> {
    fn drop(&mut self) {
        if let Some(scope) = self.0.take() {
            *scope = None;
        }
    }
}

impl<T, S: Scope> fmt::Debug for Traced<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traced")
            .field("is_recorded", &self.scope.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "traced/tests.rs"]
mod tests;
