//! A call that is a future.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::{
    call::Call,
    failure::Failure,
    record::{self, Running},
};

pin_project! {
    /// The future of [`Call::future`].
    ///
    /// ```
    /// use otelier_functions::Function;
    ///
    /// static BAKE: Function = Function::new("bakery::ovens::bake");
    ///
    /// fn bake(cakes: u32) -> impl Future<Output = u32> {
    ///     BAKE.call(|_| {}).future(async move { cakes * 2 }, |_: &u32| None)
    /// }
    /// # drop(bake(3));
    /// ```
    pub struct CallFuture<F, J> {
        // Until the first poll.
        call: Option<Call>,
        #[pin]
        body: Traced<F, Running>,
        judge: Option<J>,
    }
}

impl<F, J> CallFuture<F, J> {
    #[inline]
    pub(crate) fn new(call: Call, body: F, judge: J) -> Self {
        Self {
            call: Some(call),
            body: Traced::new(body, None),
            judge: Some(judge),
        }
    }
}

impl<T, F, J> Future for CallFuture<F, J>
where
    F: Future<Output = T>,
    J: FnOnce(&T) -> Option<Failure>,
{
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        if let Some(call) = this.call.take() {
            let run = record::begin(call.prepared, call.function, call.of);
            *this.body.as_mut().scope() = run;
        }
        let (output, run) = ready!(this.body.as_mut().poll_output(cx));
        let judge = this.judge.take();
        record::end(run, || judge.and_then(|judge| judge(&output)));
        Poll::Ready(output)
    }
}

impl<F, J> fmt::Debug for CallFuture<F, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture").finish_non_exhaustive()
    }
}
