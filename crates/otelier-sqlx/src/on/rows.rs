//! The stream of a statement's results.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use futures_core::{Stream, stream::BoxStream};
use otelier_core::{Outcome, Run};

use super::call::Call;
use crate::driver::{Driver, sealed::Step};

/// Counts rows and ends the call with the stream.
pub(super) struct TracedRows<'e, DB: Driver, F> {
    inner: BoxStream<'e, Step<DB>>,
    start: Option<F>,
    run: Option<Run<Call>>,
}

impl<'e, DB: Driver, F> TracedRows<'e, DB, F>
where
    F: FnOnce() -> Option<Run<Call>>,
{
    /// Starts the call when the stream is first polled.
    pub(super) fn new(inner: BoxStream<'e, Step<DB>>, start: F) -> Self {
        Self {
            inner,
            start: Some(start),
            run: None,
        }
    }
}

impl<DB: Driver, F> Stream for TracedRows<'_, DB, F>
where
    F: FnOnce() -> Option<Run<Call>> + Unpin,
{
    type Item = Step<DB>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(start) = this.start.take() {
            this.run = start();
        }
        if let Some(run) = &mut this.run {
            run.record_mut().set_waited_for(true);
        }
        let step = ready!(this.inner.as_mut().poll_next(cx));
        match &step {
            None => {
                if let Some(run) = this.run.take() {
                    run.finish(Outcome::Done);
                }
            }
            Some(Err(error)) => {
                if let Some(mut run) = this.run.take() {
                    Call::fail::<DB>(&mut run, error);
                }
            }
            Some(Ok(step)) => {
                if let Some(run) = &mut this.run {
                    let call = run.record_mut();
                    call.set_waited_for(false);
                    if step.is_right() {
                        call.row();
                    }
                }
            }
        }
        Poll::Ready(step)
    }
}
