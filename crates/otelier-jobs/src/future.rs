//! The future of a job that runs.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::{
    failure::Ending,
    record::{self, Claim, Scope},
};

pin_project! {
    /// Runs a job in its context and ends its record, as `judge` says.
    pub(crate) struct JobFuture<F, J> {
        #[pin]
        inner: Traced<F, Scope<J>>,
    }
}

impl<F, J> JobFuture<F, J> {
    #[inline]
    pub(crate) fn new(claim: Claim, future: F, judge: J) -> Self {
        Self::make(claim, judge, || future)
    }

    /// Makes the future in the context of the job, too.
    #[inline]
    pub(crate) fn make(claim: Claim, judge: J, future: impl FnOnce() -> F) -> Self {
        Self {
            inner: Traced::make(record::run(claim, judge), future),
        }
    }
}

impl<F, J> Future for JobFuture<F, J>
where
    F: Future,
    J: FnOnce(&F::Output) -> Option<Ending>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let mut inner = self.project().inner;
        if let Some(scope) = inner.as_mut().scope_mut() {
            record::beat(scope);
        }
        let (output, scope) = ready!(inner.poll_last(cx));
        if let Some(mut scope) = scope {
            record::end(&mut scope, &output);
        }
        Poll::Ready(output)
    }
}
