//! The layer itself.

use opentelemetry::trace::Tracer;
use tracing::{
    Event, Level, Metadata, Subscriber,
    callsite::DefaultCallsite,
    level_filters::LevelFilter,
    metadata,
    metadata::Kind,
    span::{Attributes, Id, Record},
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    Layer,
    filter::{FilterExt as _, filter_fn},
    layer::{Context, Filter},
    registry::LookupSpan,
};

use super::{
    found,
    gathered::Gathered,
    late::{IsOurs, OneByOne, Which},
    prepared::Prepared,
    status,
};
use crate::is_own_target;

/// A span without fields: what there are is gathered already.
static BARE: Metadata<'static> = metadata! {
    name: "span",
    target: module_path!(),
    level: Level::INFO,
    fields: &[],
    callsite: &CALLSITE,
    kind: Kind::SPAN,
};
static CALLSITE: DefaultCallsite = DefaultCallsite::new(&BARE);

/// What ours listens to.
pub(super) fn filter<S>() -> impl Filter<S> {
    let heard = |metadata: &Metadata<'_>| {
        (metadata.is_span() && !is_own_target(metadata.target())) || status::tells_error(metadata)
    };
    filter_fn(heard).and(LevelFilter::INFO)
}

/// The layer of tracing-opentelemetry.
pub(super) fn theirs<S, T>(tracer: Prepared<T>) -> OpenTelemetryLayer<S, Prepared<T>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    T: Tracer + 'static,
    T::Span: Send + Sync,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
}

/// Has tracing-opentelemetry keep its data of each span, and fills it: its own way
/// would write every integer but `i64` as a text, and copy each value twice.
///
/// That layer cannot be found inside of this one. One like it stands beside, for which
/// the data is as good as its own.
pub(super) struct SpanLayer<S, T>(OpenTelemetryLayer<S, Prepared<T>>);

impl<S, T> SpanLayer<S, T>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    T: Tracer + 'static,
    T::Span: Send + Sync,
{
    pub(super) fn new(tracer: Prepared<T>) -> Self {
        Self(theirs(tracer))
    }

    fn one_by_one<'a>(
        &'a self,
        metadata: &'a Metadata<'_>,
        id: &'a Id,
        cx: Context<'a, S>,
        which: Which,
    ) -> OneByOne<'a, S, T> {
        OneByOne {
            layer: &self.0,
            fields: metadata.fields(),
            id,
            cx,
            which,
        }
    }
}

impl<S, T> Layer<S> for SpanLayer<S, T>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    T: Tracer + 'static,
    T::Span: Send + Sync,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if found::is_taken(id, &cx) {
            return;
        }
        let gathered = Gathered::of(attributes);
        let none = BARE.fields().value_set(&[]);
        let bare = match attributes.parent() {
            Some(parent) => Attributes::child_of(parent.clone(), &BARE, &none),
            None if attributes.is_root() => Attributes::new_root(&BARE, &none),
            None => Attributes::new(&BARE, &none),
        };
        gathered
            .start
            .with(|| self.0.on_new_span(&bare, id, cx.clone()));
        if gathered.has_more {
            let metadata = attributes.metadata();
            attributes.record(&mut self.one_by_one(metadata, id, cx, Which::StatusAndErrors));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        match cx.metadata(id) {
            Some(metadata) if IsOurs::in_record(values) => {
                values.record(&mut self.one_by_one(metadata, id, cx, Which::All));
            }
            _ => self.0.on_record(id, values, cx),
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, cx: Context<'_, S>) {
        self.0.on_follows_from(id, follows, cx);
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        // Events are log records: this one says how the span ends.
        status::set(event, &cx);
    }

    fn on_enter(&self, id: &Id, cx: Context<'_, S>) {
        self.0.on_enter(id, cx);
    }

    fn on_exit(&self, id: &Id, cx: Context<'_, S>) {
        self.0.on_exit(id, cx);
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        self.0.on_close(id, cx);
    }
}
