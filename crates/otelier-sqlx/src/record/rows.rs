//! The stream of a statement's results.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use futures_core::{Stream, stream::BoxStream};
use otelier_core::{Outcome, Run};

use super::{
    claim::{Claimed, claimed},
    operation::Operation,
};
use crate::driver::{Driver, sealed::Step};

/// Counts rows and ends the operation with the stream.
pub(super) struct TracedRows<'e, DB: Driver, F> {
    inner: Claimed<BoxStream<'e, Step<DB>>>,
    start: Option<F>,
    run: Option<Run<Operation>>,
}

impl<'e, DB: Driver, F> TracedRows<'e, DB, F>
where
    F: FnOnce() -> Option<Run<Operation>>,
{
    /// Starts the operation when the stream is first polled.
    pub(super) fn new(inner: BoxStream<'e, Step<DB>>, start: F) -> Self {
        Self {
            inner: claimed::<DB, _>(inner),
            start: Some(start),
            run: None,
        }
    }
}

impl<DB: Driver, F> Stream for TracedRows<'_, DB, F>
where
    F: FnOnce() -> Option<Run<Operation>> + Unpin,
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
        let inner = Pin::new(&mut this.inner);
        let step = ready!(inner.poll_or(
            || Poll::Ready(None),
            |inner| inner.get_mut().as_mut().poll_next(cx)
        ));
        match &step {
            None => {
                if let Some(run) = this.run.take() {
                    run.finish(Outcome::Done);
                }
            }
            Some(Err(error)) => {
                if let Some(mut run) = this.run.take() {
                    Operation::fail::<DB>(&mut run, error);
                }
            }
            Some(Ok(step)) => {
                if let Some(run) = &mut this.run {
                    let operation = run.record_mut();
                    operation.set_waited_for(false);
                    if step.is_right() {
                        operation.row();
                    }
                }
            }
        }
        Poll::Ready(step)
    }
}
