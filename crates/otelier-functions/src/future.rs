//! A call that is a future.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::{
    failure::Failure,
    record::{self, Names, Prepared, Running},
};

/// What a call begins with.
type Begins = (Option<Prepared>, &'static Names, Option<&'static str>);

pin_project! {
    /// The future of [`Call::future`](crate::Call::future).
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
        call: Option<Begins>,
        #[pin]
        body: Traced<F, Running>,
        judge: Option<J>,
    }
}

impl<F, J> CallFuture<F, J> {
    #[inline]
    pub(crate) fn new(call: Begins, body: F, judge: J) -> Self {
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
        if let Some((prepared, names, of)) = this.call.take() {
            let run = record::begin(prepared, names, of);
            *this.body.as_mut().scope() = run;
        }
        let (output, run) = ready!(this.body.as_mut().poll_output(cx));
        let judge = this.judge.take();
        record::end(run, || judge.and_then(|judge| Some(judge(&output)?.0)));
        Poll::Ready(output)
    }
}

otelier_core::shown!([F, J] CallFuture<F, J>);
