//! The future of a job that runs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::Instant,
};

use opentelemetry as otel;
use otelier_core::{Outcome, Run, Source};
use pin_project_lite::pin_project;

use super::{
    begin::{begin, has_span},
    claim::Claim,
    context::Context,
    job::{Ending, Job, State},
};
use crate::Panicked;

pin_project! {
    /// Runs a job in its context and ends its record.
    pub(super) struct JobFuture<F, J> {
        #[pin]
        inner: Option<F>,
        judge: Option<J>,
        // Boxed, because futures move often.
        running: Option<Box<Running>>,
    }

    impl<F, J> PinnedDrop for JobFuture<F, J> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(running) = this.running {
                running.enter(|| this.inner.set(None));
            }
        }
    }
}

/// What a job runs in.
enum Running {
    Recorded(Run<Claim>),
    /// The context of others, without a record.
    Within(otel::Context),
}

impl Running {
    /// `None` for a job that runs as if it were none.
    fn begin(state: State) -> Option<Box<Self>> {
        Some(Box::new(match state {
            State::Recording(facts) => Self::Recorded(begin(*facts)),
            State::Passing(Some(enqueued)) => Self::Within(passing(&enqueued)?),
            State::Passing(None) | State::Off => return None,
        }))
    }

    /// Runs a part of the job in its context.
    fn enter<T>(&mut self, run: impl FnOnce() -> T) -> T {
        match self {
            Self::Recorded(recorded) => recorded.record_mut().enter(run),
            Self::Within(context) => {
                let _attached = context.clone().attach();
                run()
            }
        }
    }
}

/// The context of who enqueued a job. A span that is current already stays.
fn passing(enqueued: &Context) -> Option<otel::Context> {
    let source = Source::current();
    let cx = enqueued.add_baggage(source.passing()?, otel::Context::current());
    Some(if has_span(&cx) {
        cx
    } else {
        enqueued.add_span(&cx)
    })
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
        let mut running = Running::begin(job.0);
        let inner = match &mut running {
            Some(running) => running.enter(future),
            None => future(),
        };
        Self {
            inner: Some(inner),
            judge: Some(judge),
            running,
        }
    }
}

impl<F: Future> JobFuture<F, fn(&F::Output) -> Option<Ending>> {
    /// A future that runs in a context, if there is one, and is no job.
    pub(super) fn within(context: Option<otel::Context>, future: F) -> Self {
        Self {
            inner: Some(future),
            judge: None,
            running: context.map(|context| Box::new(Running::Within(context))),
        }
    }
}

impl<F, J> Future for JobFuture<F, J>
where
    F: Future,
    J: FnOnce(&F::Output) -> Option<Ending>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(running) = this.running else {
            return inner.poll(cx);
        };
        let Running::Recorded(run) = &mut **running else {
            let polled = running.enter(|| inner.poll(cx));
            if polled.is_ready() {
                running.enter(|| this.inner.set(None));
                *this.running = None;
            }
            return polled;
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
        *this.running = None;
        match polled {
            Ok(polled) => polled,
            Err(payload) => resume_unwind(payload),
        }
    }
}
