//! The future of a job that runs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use otelier_core::{Outcome, Run};
use pin_project_lite::pin_project;

use super::{
    begin::begin,
    claim::Claim,
    job::{Ending, Job},
};
use crate::Panicked;

pin_project! {
    /// Runs a job in its context and ends its record.
    pub(super) struct JobFuture<F, J> {
        #[pin]
        inner: Option<F>,
        judge: Option<J>,
        // Boxed, because futures move often.
        run: Option<Box<Run<Claim>>>,
    }

    impl<F, J> PinnedDrop for JobFuture<F, J> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(run) = this.run {
                run.record_mut().enter(|| this.inner.set(None));
            }
        }
    }
}

impl<F, J> JobFuture<F, J>
where
    F: Future,
    J: FnOnce(&F::Output) -> Option<Ending>,
{
    pub(super) fn start(job: Job, future: F, judge: J) -> Self {
        Self::start_with(job, judge, || future)
    }

    /// Makes the future in the context of the job, too.
    pub(super) fn start_with(job: Job, judge: J, future: impl FnOnce() -> F) -> Self {
        let mut run = job.0.map(|facts| Box::new(begin(*facts)));
        let inner = match &mut run {
            Some(run) => run.record_mut().enter(future),
            None => future(),
        };
        Self {
            inner: Some(inner),
            judge: Some(judge),
            run,
        }
    }
}

impl<F, J> Future for JobFuture<F, J>
where
    F: Future,
    J: FnOnce(&F::Output) -> Option<Ending>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(run) = this.run else {
            return inner.poll(cx);
        };
        let claim = run.record_mut();
        claim.beat(Instant::now());
        // The panic must be seen here: where one further out catches it, this
        // future is dropped later, on a thread that is not panicking any more.
        let polled = claim.enter(|| catch_unwind(AssertUnwindSafe(|| inner.poll(cx))));
        let outcome = match &polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => match this.judge.take().and_then(|judge| judge(output)) {
                None => Outcome::Done,
                Some(Ending::Failed(failure)) => claim.failed(failure),
                Some(Ending::Panicked(panicked)) => claim.panicked(&panicked),
            },
            Err(payload) => claim.panicked(&Panicked::new(&**payload)),
        };
        run.set_outcome(outcome);
        // What the job still holds is dropped in its context, too.
        run.record_mut().enter(|| this.inner.set(None));
        *this.run = None;
        match polled {
            Ok(polled) => polled,
            Err(payload) => resume_unwind(payload),
        }
    }
}
