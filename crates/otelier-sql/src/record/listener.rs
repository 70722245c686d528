//! Hears what sqlx logs.

use opentelemetry::Context as OtelContext;
use otelier_core::edge::{CLAIMED, Edge, SHADOW, ask_for_claims, is_claimed};
use tracing_core::{
    Event, Subscriber,
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, filter::Filtered, layer::Context, registry::LookupSpan};

use super::{event::Over, filter::Only, telemetry::Telemetry};
use crate::Config;

/// Records the statements that nobody else does.
pub(crate) struct Listener {
    config: Config,
    edge: Edge<Telemetry>,
}

pub(crate) fn layer<S>(config: Config) -> Filtered<Listener, Only, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    ask_for_claims();
    let listener = Listener {
        config,
        edge: Edge::new(),
    };
    listener.with_filter(Only)
}

impl<S> Layer<S> for Listener
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if attributes.metadata().target() == SHADOW
            && let Some(span) = ctx.span(id)
        {
            span.extensions_mut().insert(Told(OtelContext::current()));
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        if is_claimed() {
            return;
        }
        // The layer sees none but those that say whose a statement is.
        let span = ctx.lookup_current();
        if span
            .as_ref()
            .is_some_and(|span| span.metadata().target() == CLAIMED)
        {
            return;
        }
        let make = |providers: &_| Telemetry::new(providers, &self.config);
        let Some(telemetry) = self.edge.on(make) else {
            return;
        };
        let statements = telemetry.statements();
        if let Some(over) = Over::of(event, |sql| statements.find(sql)) {
            let told = span.and_then(|span| span.extensions().get::<Told>().cloned());
            telemetry.record(&over, told.as_ref().map(|Told(context)| context));
        }
    }
}

/// The context that a span stands for.
#[derive(Clone)]
struct Told(OtelContext);
