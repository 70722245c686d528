//! An operation that runs, and who may end it.

use std::{
    fmt::{Debug, Display, Formatter, Result as Written},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use otelier_core::{
    Outcome, Run,
    edge::{Scope, Span},
};

use super::{content::Content, error, operation::Operation, pace::Pace};
use crate::{answer::Answer, message::Message};

/// An operation, in the hands of what runs it, of the call that is told about it, and of
/// the stream that it may end with. One lock, held for a few stores; nobody waits for
/// anything while holding it but the recording of the end.
#[derive(Clone)]
pub(crate) struct Running(Arc<Shared>);

struct Shared {
    span: Span,
    state: Mutex<State>,
    /// For who does not look at the state.
    is_over: AtomicBool,
}

struct State {
    /// Taken out by whoever ends it.
    run: Option<Run<Operation>>,
    /// Whether a stream ends it.
    is_streamed: bool,
}

impl Running {
    pub(super) fn new(run: Run<Operation>) -> Self {
        let span = run.record().span.clone();
        let state = State {
            run: Some(run),
            is_streamed: false,
        };
        Self(Arc::new(Shared {
            span,
            state: Mutex::new(state),
            is_over: AtomicBool::new(false),
        }))
    }

    fn with<T>(&self, part: impl FnOnce(&mut State) -> T) -> T {
        part(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn run(&self, part: impl FnOnce(&mut Run<Operation>)) {
        self.with(|state| state.run.as_mut().map(part));
    }

    /// Takes the operation to end it, if that is the taker's.
    fn take_if(&self, is_mine: impl FnOnce(&State) -> bool) -> Option<Run<Operation>> {
        let run = self.with(|state| match is_mine(state) {
            true => state.run.take(),
            false => None,
        })?;
        self.0.is_over.store(true, Ordering::Relaxed);
        Some(run)
    }
}

impl Debug for Running {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

/// The right to end an operation. Dropping it ends the operation: by a panic, if one
/// unwinds, else as given up.
#[derive(Debug)]
pub(crate) struct Open {
    running: Running,
    /// Whether it is that of a stream, which nobody takes over.
    is_stream: bool,
}

/// The right to end an operation that a stream has, whose pace needs no lock.
#[derive(Debug)]
pub(crate) struct Streaming {
    open: Open,
    pace: Pace,
}

impl Open {
    pub(super) fn new(running: Running) -> Self {
        Self {
            running,
            is_stream: false,
        }
    }

    fn take(&self) -> Option<Run<Operation>> {
        let is_stream = self.is_stream;
        let is_mine = |state: &State| is_stream || !state.is_streamed;
        self.running.take_if(is_mine)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Recorded outside of the lock.
        drop(self.take());
    }
}

impl Scope for Open {
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let _current = self.running.0.span.attach();
        part()
    }
}

impl Scope for Streaming {
    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        self.open.enter(part)
    }
}

/// Ends an operation with its result, unless a stream is the result.
pub(crate) fn end<T, E: Display + Debug + 'static>(open: Option<Open>, result: &Result<T, E>) {
    let Some(open) = open else { return };
    match result {
        Ok(_) => {
            if let Some(run) = open.take() {
                run.finish(Outcome::Done);
            }
        }
        // A stream that was made before is lost by now, or will say nothing of this.
        Err(error) => {
            if let Some(run) = open.running.take_if(|_| true) {
                let outcome = error::fail(error, &run.record().span);
                run.finish(outcome);
            }
        }
    }
}

pub(crate) fn tell(running: Option<&Running>, tell: impl FnOnce(&mut Answer)) {
    if let Some(running) = running {
        running.run(|run| tell(&mut run.record_mut().answer));
    }
}

/// Tells what is said, if content is asked for. What the program makes of it is made
/// outside of the lock.
fn say<T>(running: Option<&Running>, make: impl FnOnce() -> T, tell: impl FnOnce(&mut Content, T)) {
    let Some(running) = running else { return };
    let mut is_wanted = false;
    running.run(|run| is_wanted = run.record().content.is_some());
    if is_wanted {
        let told = make();
        running.run(|run| {
            if let Some(content) = &mut run.record_mut().content {
                tell(content, told);
            }
        });
    }
}

pub(crate) fn answer(running: Option<&Running>, message: impl FnOnce() -> Message) {
    say(running, message, Content::answer);
}

pub(crate) fn text<S: AsRef<str>>(running: Option<&Running>, text: impl FnOnce() -> S) {
    say(running, text, |content, text| content.text(text.as_ref()));
}

pub(crate) fn result<S: Into<String>>(running: Option<&Running>, result: impl FnOnce() -> S) {
    say(running, || result().into(), Content::result);
}

pub(crate) fn chunk(running: Option<&Running>) {
    if let Some(running) = running {
        running.run(|run| Operation::chunks(run, 1));
    }
}

/// From now on a stream ends the operation.
pub(crate) fn keep_open(running: Option<Running>) -> Option<Streaming> {
    let running = running?;
    running.with(|state| state.is_streamed = true);
    running.run(|run| run.record_mut().is_stream = true);
    Some(Streaming {
        open: Open {
            running,
            is_stream: true,
        },
        pace: Pace::default(),
    })
}

pub(crate) fn received(streaming: Option<&mut Streaming>) {
    let Some(streaming) = streaming else { return };
    let (running, pace) = (&streaming.open.running, &mut streaming.pace);
    let Shared { span, is_over, .. } = &*running.0;
    if is_over.load(Ordering::Relaxed) || pace.went_on(1, span) {
        return;
    }
    running.run(|run| pace.begin(Operation::first(run), 1, span));
}

pub(crate) fn broke<E: Display + Debug + 'static>(streaming: Option<Streaming>, error: &E) {
    if let Some(mut run) = streaming.and_then(|streaming| streaming.open.take()) {
        let record = run.record_mut();
        record.broke();
        let outcome = error::fail(error, &record.span);
        run.finish(outcome);
    }
}

pub(crate) fn ended(streaming: Option<Streaming>) {
    if let Some(run) = streaming.and_then(|streaming| streaming.open.take()) {
        run.finish(Outcome::Done);
    }
}
