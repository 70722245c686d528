//! An operation that runs, and who may end it.

use std::{
    fmt::{Debug, Display, Formatter, Result as Written},
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry::Context;
use otelier_core::{Outcome, Run, edge::Scope};

use super::{content::Content, error, operation::Operation};
use crate::{answer::Answer, message::Message};

/// An operation, in the hands of what runs it, of the call that is told about it, and of
/// the stream that it may end with. One lock, held for a few stores; nobody waits for
/// anything while holding it but the recording of the end.
#[derive(Clone)]
pub(crate) struct Running(Arc<Shared>);

struct Shared {
    context: Context,
    state: Mutex<State>,
}

struct State {
    /// Taken out by whoever ends it.
    run: Option<Run<Operation>>,
    /// Whether a stream ends it.
    is_streamed: bool,
}

impl Running {
    pub(super) fn new(run: Run<Operation>) -> Self {
        let context = run.record().span.context.clone();
        let state = State {
            run: Some(run),
            is_streamed: false,
        };
        Self(Arc::new(Shared {
            context,
            state: Mutex::new(state),
        }))
    }

    fn with<T>(&self, part: impl FnOnce(&mut State) -> T) -> T {
        part(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn run(&self, part: impl FnOnce(&mut Run<Operation>)) {
        self.with(|state| state.run.as_mut().map(part));
    }

    fn take(&self) -> Option<Run<Operation>> {
        self.with(|state| state.run.take())
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

impl Open {
    pub(super) fn new(running: Running) -> Self {
        Self {
            running,
            is_stream: false,
        }
    }

    fn take(&self) -> Option<Run<Operation>> {
        self.running.with(|state| {
            let is_mine = self.is_stream || !state.is_streamed;
            is_mine.then(|| state.run.take()).flatten()
        })
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
        let _current = self.running.0.context.clone().attach();
        part()
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
            if let Some(run) = open.running.take() {
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
        running.run(Operation::chunk);
    }
}

/// From now on a stream ends the operation.
pub(crate) fn keep_open(running: Option<Running>) -> Option<Open> {
    let running = running?;
    running.with(|state| state.is_streamed = true);
    running.run(|run| run.record_mut().is_stream = true);
    Some(Open {
        running,
        is_stream: true,
    })
}

pub(crate) fn received(open: Option<&mut Open>) {
    chunk(open.map(|open| &open.running));
}

pub(crate) fn broke<E: Display + Debug + 'static>(open: Option<Open>, error: &E) {
    if let Some(mut run) = open.and_then(|open| open.take()) {
        let record = run.record_mut();
        record.broke();
        let outcome = error::fail(error, &record.span);
        run.finish(outcome);
    }
}

pub(crate) fn ended(open: Option<Open>) {
    if let Some(run) = open.and_then(|open| open.take()) {
        run.finish(Outcome::Done);
    }
}
