//! The record of what follows an upgrade.

use std::{borrow::Cow, sync::Arc, time::Duration};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Outcome, Record, Run, Source,
    context::Slot,
    edge::{self, Clock, Recorder, Span},
};

use super::{
    ending::Ending,
    fate::Fate,
    marks::UpgradedRoute,
    streams::{ENDING, Kind, Stream, Streams},
    telemetry::Instruments,
};

/// What the handler knows of the talk to come.
pub(crate) struct Upgrade {
    name: Cow<'static, str>,
    parent: Context,
    source: Source,
    route: UpgradedRoute,
    connection: Option<Fate>,
}

impl Upgrade {
    pub(crate) fn new(name: Cow<'static, str>) -> Self {
        Self {
            name,
            parent: Context::current(),
            source: Source::current(),
            route: UpgradedRoute::of_this_request(),
            connection: Fate::here(),
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
            run: None,
        });
    };
    let builder = SpanBuilder::from_name(upgrade.name).with_kind(SpanKind::Internal);
    let recorder = Recorder::<Instruments>::of(providers);
    let clock = Clock::now();
    let span = recorder.start(builder, &upgrade.parent, clock);
    let context = span.context.clone();
    let talked = Talked {
        span,
        stream: Streams::of(providers).open(Kind::Upgrade, upgrade.route.get()),
        connection: upgrade.connection,
    };
    Some(Talk {
        context,
        slot: Slot::default(),
        run: Some(Run::start_at(clock.ticks, talked)),
    })
}

/// The context in which the talk runs, and its record. It ends with the talk:
/// only a panic is an error.
#[derive(Debug)]
pub(crate) struct Talk {
    context: Context,
    slot: Slot,
    run: Option<Run<Talked>>,
}

/// The talk came to its end.
pub(crate) fn over(talk: Option<Talk>) {
    if let Some(run) = talk.and_then(|talk| talk.run) {
        run.finish(Outcome::Done);
    }
}

impl edge::Scope for Talk {
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        self.slot.run(&mut self.context, part)
    }
}

struct Talked {
    span: Span,
    stream: Arc<Stream>,
    connection: Option<Fate>,
}

impl Record for Talked {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let ending = Ending::of_task(outcome, self.connection.as_ref());
        self.stream.end(ending);
        let ending = KeyValue::new(ENDING, ending.as_str());
        self.span.tell(|span| span.set_attribute(ending));
        self.span.end_by(outcome, elapsed);
    }
}
