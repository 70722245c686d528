//! What comes after an upgrade, such as a WebSocket.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind, Status, TraceContextExt as _},
};
use otelier_core::{Outcome, Record, Run, Source, context::Slot, scope, semconv};
use pin_project_lite::pin_project;

/// Gives the task that follows an upgrade a span of its own, below that of the
/// request, and the request's context.
///
/// Called in the handler, which the upgrade outlives:
///
/// ```
/// use otelier_axum::upgraded;
///
/// # struct WebSocketUpgrade;
/// # impl WebSocketUpgrade {
/// #     fn on_upgrade<F: Future<Output = ()>>(self, _: impl FnOnce(u8) -> F) {}
/// # }
/// async fn chat(upgrade: WebSocketUpgrade) {
///     upgrade.on_upgrade(upgraded("chat", async |socket| { /* talk */ }))
/// }
/// ```
///
/// The span ends with the task: with the `error.type` `panic` where it panics,
/// without an error where it is dropped.
pub fn upgraded<S, F, Fut>(
    name: impl Into<Cow<'static, str>>,
    task: F,
) -> impl FnOnce(S) -> Upgraded<Fut>
where
    F: FnOnce(S) -> Fut,
    Fut: Future,
{
    let name = name.into();
    let parent = Context::current();
    let source = Source::current();
    move |socket| {
        let Some(providers) = source.providers() else {
            // Context of others goes on into the task, too.
            let mut talk = source.passing().map(|_| (parent, Slot::default(), None));
            let inner = match &mut talk {
                Some((context, slot, _)) => slot.run(context, || task(socket)),
                None => task(socket),
            };
            return Upgraded {
                inner: Some(inner),
                talk,
            };
        };
        let scope = scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let span = SpanBuilder::from_name(name).with_kind(SpanKind::Internal);
        let mut context = providers.span_starter(scope).start(span, &parent);
        let run = Run::start(Talk(context.clone()));
        let mut slot = Slot::default();
        let inner = slot.run(&mut context, || task(socket));
        let talk = Some((context, slot, Some(run)));
        Upgraded {
            inner: Some(inner),
            talk,
        }
    }
}

pin_project! {
    /// The future of a task that follows an upgrade, made by [`upgraded`].
    ///
    /// # Cancellation
    /// Dropping it drops the task in its context and ends its span.
    #[derive(Debug)]
    pub struct Upgraded<F> {
        #[pin]
        inner: Option<F>,
        talk: Option<(Context, Slot, Option<Run<Talk>>)>,
    }

    impl<F> PinnedDrop for Upgraded<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some((context, slot, _)) = this.talk {
                slot.run(context, || this.inner.set(None));
            }
        }
    }
}

impl<F: Future> Future for Upgraded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let Some((context, slot, run)) = this.talk else {
            return inner.poll(cx);
        };
        let polled = slot.run(context, || inner.poll(cx));
        if polled.is_ready() {
            if let Some(run) = run {
                run.set_outcome(Outcome::Done);
            }
            *this.talk = None;
        }
        polled
    }
}

/// The span of an upgraded connection.
#[derive(Debug)]
struct Talk(Context);

impl Record for Talk {
    fn record(&mut self, outcome: &Outcome, _: Duration) {
        let span = self.0.span();
        if let Some(error) = outcome.error_type() {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error.to_owned()));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}
