//! The record of what follows an upgrade.

use std::{borrow::Cow, time::Duration};

use opentelemetry::{
    Context,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Outcome, Record, Run, Source,
    context::Slot,
    edge::{self, Clock, Recorder, Span},
};

use super::telemetry::Instruments;

/// What the handler knows of the talk to come.
pub(crate) struct Upgrade {
    name: Cow<'static, str>,
    parent: Context,
    source: Source,
}

impl Upgrade {
    pub(crate) fn new(name: Cow<'static, str>) -> Self {
        Self {
            name,
            parent: Context::current(),
            source: Source::current(),
        }
    }
}

/// Starts the talk, `None` while nothing is recorded and nothing passes
/// through.
pub(crate) fn talk(upgrade: Upgrade) -> Option<Talk> {
    let Some(providers) = upgrade.source.providers() else {
        // Context of others goes on into the task, too.
        return upgrade.source.passing().map(|_| Talk {
            context: upgrade.parent,
            slot: Slot::default(),
            _run: None,
        });
    };
    let builder = SpanBuilder::from_name(upgrade.name).with_kind(SpanKind::Internal);
    let recorder = Recorder::<Instruments>::of(providers);
    let clock = Clock::now();
    let span = recorder.start(builder, &upgrade.parent, clock);
    Some(Talk {
        context: span.context.clone(),
        slot: Slot::default(),
        _run: Some(Run::start_at(clock.ticks, Talked(span))),
    })
}

/// The context in which the talk runs, and its record. It ends with the talk:
/// only a panic is an error.
#[derive(Debug)]
pub(crate) struct Talk {
    context: Context,
    slot: Slot,
    _run: Option<Run<Talked>>,
}

impl edge::Scope for Talk {
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        self.slot.run(&mut self.context, part)
    }
}

struct Talked(Span);

impl Record for Talked {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        self.0.end_by(outcome, elapsed);
    }
}
