//! The layer of spans of `tracing`, beside the one that it fills.

use std::{
    error::Error,
    fmt, io,
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry::{
    Context as OtelContext, KeyValue, TraceFlags,
    trace::{
        Link, SpanContext, SpanId, Status, TraceContextExt as _, TraceId, TraceState,
        TracerProvider as _,
    },
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanProcessor},
};
use otelier_core::span_layer;
use tracing::{
    Callsite as _, Dispatch, Span,
    dispatcher::with_default,
    field::{Empty, display},
    metadata::Kind,
};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer, Registry, layer::SubscriberExt as _};

/// Keeps the spans that ended.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl Kept {
    fn spans(&self) -> Vec<SpanData> {
        self.0.lock().unwrap().clone()
    }
}

impl SpanProcessor for Kept {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &OtelContext) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The spans that end while a function runs, those of `layer` being recorded.
fn spans_of(
    layer: impl FnOnce(opentelemetry_sdk::trace::Tracer) -> Box<dyn Layer<Registry> + Send + Sync>,
    run: impl FnOnce(),
) -> Vec<SpanData> {
    let exporter = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(exporter.clone())
        .build();
    let layer = layer(provider.tracer("test"));
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    with_default(&dispatch, run);
    exporter.spans()
}

fn ours(run: impl FnOnce()) -> Vec<SpanData> {
    spans_of(|tracer| span_layer(tracer), run)
}

fn theirs(run: impl FnOnce()) -> Vec<SpanData> {
    let layer = |tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .boxed()
    };
    spans_of(layer, run)
}

/// What tells a span but its ids and times. Of attributes the last of equals counts.
fn said(span: &SpanData) -> String {
    let mut attributes: Vec<KeyValue> = Vec::new();
    for attribute in &span.attributes {
        attributes.retain(|before| before.key != attribute.key);
        attributes.push(attribute.clone());
    }
    attributes.sort_by(|a, b| a.key.cmp(&b.key));
    let events: Vec<_> = span.events.iter().map(|event| &event.name).collect();
    format!(
        "{} {:?} {:?} {attributes:?} {:?} {events:?} {}",
        span.name,
        span.span_kind,
        span.status,
        span.links.iter().map(links_to).collect::<Vec<_>>(),
        span.parent_span_id != SpanId::INVALID,
    )
}

/// Ids that are made here differ from run to run.
fn links_to(link: &Link) -> (Option<TraceId>, Vec<KeyValue>) {
    let context = &link.span_context;
    let id = context.is_remote().then(|| context.trace_id());
    (id, link.attributes.clone())
}

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn remote(id: u128) -> SpanContext {
    SpanContext::new(
        TraceId::from(id),
        SpanId::from(7),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    )
}

#[test]
fn a_span_says_what_it_would_by_the_layer_that_it_is_of() {
    let error = Outer(io::Error::other("inner"));
    let error: &(dyn Error + 'static) = &error;
    let run = || {
        drop(tracing::info_span!("plain"));
        let outer = tracing::info_span!(
            "all",
            yes = true,
            float = 1.5,
            integer = -3_i64,
            text = "a text",
            shown = %"shown",
            debugged = ?Some(1),
            bytes = &[0_u8, 255][..],
            nothing = &[][..] as &[u8],
            huge = u64::MAX,
            error,
            late = Empty,
            otel.status_code = Empty,
        );
        outer.record("late", "so");
        {
            let _entered = outer.enter();
            drop(tracing::info_span!("inner", a = 1_i64));
            drop(tracing::info_span!(parent: None, "root", a = 1_i64));
            outer.record("late", display("again"));
            outer.record("yes", false);
            outer.record("bytes", &b"seen"[..]);
            outer.record("error", error);
        }
        let explicit = tracing::info_span!(parent: &outer, "explicit", b = ?"x");
        explicit.follows_from(tracing::info_span!("followed").id());
        outer.record("otel.status_code", "ERROR");
        drop(tracing::info_span!(
            "made",
            otel.name = "GET /",
            otel.kind = "Client",
            otel.status_code = "ok",
        ));
        drop(tracing::info_span!(
            "made", otel.name = %"shown", otel.kind = ?display("server"),
            otel.status_code = "error", otel.status_description = "why", a = "b",
        ));
        drop(tracing::info_span!(
            "made",
            otel.name = 7_u64,
            otel.kind = "unheard",
            otel.other = "x"
        ));
        drop(tracing::info_span!(
            "made",
            otel.name = true,
            otel.kind = 1.0,
            otel.status_code = 3_i64
        ));
    };
    let (ours, theirs) = (ours(run), theirs(run));
    let lines = |spans: &[SpanData]| spans.iter().map(said).collect::<Vec<_>>();
    assert_eq!(lines(&ours), lines(&theirs));
    assert_eq!(ours.len(), 10);
}

#[test]
fn bytes_that_are_a_text_with_a_secret_lose_it_on_spans_too() {
    let spans = ours(|| {
        let secret: &[u8] = b"user=ann password=s3cret";
        let span = tracing::info_span!("made", early = secret, late = Empty, both = Empty);
        span.record("late", secret);
        span.record("both", 7_u64);
        span.record("both", secret);
    });
    let attributes = spans[0].attributes.iter().map(|it| it.value.as_str());
    let attributes: Vec<_> = attributes.collect();
    let shown = "user=ann password=[REDACTED]";
    assert_eq!(attributes, [shown, shown, "7", shown]);
}

#[test]
fn what_is_said_of_a_span_through_its_extension_reaches_it() {
    let run = || {
        for is_entered in [false, true] {
            let span = tracing::info_span!("extended", before = 1_i64);
            span.set_parent(OtelContext::new().with_remote_span_context(remote(1)))
                .unwrap();
            span.add_link(remote(2));
            span.set_attribute("early", 1);
            let entered = is_entered.then(|| span.enter());
            if is_entered {
                let context = span.context();
                assert_eq!(context.span().span_context().trace_id(), TraceId::from(1));
                assert!(span.set_parent(OtelContext::new()).is_err());
            }
            span.add_link_with_attributes(remote(3), vec![KeyValue::new("a", "b")]);
            span.set_attribute("late", "so");
            span.set_status(Status::error("why"));
            span.add_event("happened", vec![KeyValue::new("c", 1)]);
            drop(entered);
        }
    };
    let ours = ours(run);
    let theirs = theirs(run);
    let lines = |spans: &[SpanData]| spans.iter().map(said).collect::<Vec<_>>();
    assert_eq!(lines(&ours), lines(&theirs));
    for span in &ours {
        assert_eq!(span.span_context.trace_id(), TraceId::from(1));
        assert_eq!(span.parent_span_id, SpanId::from(7));
        assert_eq!(span.status, Status::error("why"));
        assert_eq!(span.links.len(), 2);
        assert_eq!(span.attributes.len(), 3);
    }
}

#[test]
fn a_span_for_which_nobody_was_asked_is_recorded_once() {
    let spans = ours(|| {
        for _ in 0..3 {
            let callsite = tracing::callsite!(name: "unasked", kind: Kind::SPAN, fields: n);
            let metadata = callsite.metadata();
            let fields = metadata.fields();
            let field = fields.field("n").unwrap();
            let values = [(&field, Some(&1_i64 as &dyn tracing::Value))];
            let span = Span::new(metadata, &fields.value_set(&values));
            span.set_attribute("m", 2);
            span.in_scope(|| drop(tracing::info_span!("inside", n = 3_u64)));
            drop(span);
            drop(tracing::info_span!("next", n = 4_u64));
        }
    });
    let lines: Vec<_> = spans.iter().map(said).collect();
    let one = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!(
        (one("unasked"), one("inside"), one("next")),
        (3, 3, 3),
        "{lines:#?}"
    );
    assert!(lines.iter().all(|line| line.contains("I64")), "{lines:#?}");
}
