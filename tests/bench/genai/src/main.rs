//! What the layer adds to a call to a model, and to a part of its answer, on a service
//! that answers at once.
//!
//! `genai` prints the table, `genai only NAME..` some rows, `genai memory` what 10,000
//! streams leave behind, and `genai NAME` runs one variant.

use std::{
    convert::Infallible,
    fs,
    pin::{Pin, pin},
    task::{Context as TaskContext, Poll, Waker},
    time::Instant,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use measure::{below_caller, drive, measure};
use opentelemetry::{
    KeyValue,
    metrics::MeterProvider as _,
    trace::{Span as _, SpanBuilder, SpanKind, TracerProvider as _},
};
use opentelemetry_sdk::{metrics::SdkMeterProvider, trace::SdkTracerProvider};
use otelier_core::{Conventions, Propagation, Providers};
use otelier_genai::{GenAiLayer, Inference, Usage};
use tower_layer::Layer as _;
use tower_service::Service;

const NAMES: [&str; 12] = [
    "guard, off",
    "guard, sampled",
    "guard, not sampled",
    "call, off",
    "call, sampled",
    "call, not sampled",
    "call, by hand",
    "chunk, off",
    "chunk, sampled",
    "chunk, not sampled",
    "item, sampled",
    "item, not sampled",
];

const ASKED: &str = r#"{"model":"gpt-5","temperature":0.5,"max_tokens":99,"messages":[{"role":"user","content":"What is in stock, and how much of it was sold on the last day of the month?"}]}"#;
const ANSWER: &str = r#"{"id":"c-1","object":"chat.completion","created":1,"model":"gpt-5-x","choices":[{"index":0,"message":{"role":"assistant","content":"Twelve loaves of bread, and nothing else."},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27}}"#;
const CHUNK: &str = "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" loaves\"},\"finish_reason\":null}]}\n\n";

fn main() {
    measure::program(&NAMES, base_of, run);
}

fn base_of(variant: &str) -> &'static str {
    match variant.split(',').next() {
        Some("chunk") => "chunk, bare",
        Some("item") => "item, bare",
        Some("guard") => "guard, bare",
        _ => "call, bare",
    }
}

fn record(tracers: &SdkTracerProvider, meters: &SdkMeterProvider) {
    let (propagation, conventions) = (Propagation::none(), Conventions::default());
    let providers = Providers::new(tracers.clone(), meters.clone(), propagation, conventions)
        .with_parent_based_sampling();
    otelier_core::install(providers).expect("once");
}

/// Answers at once, in one part or in one after the other without end.
#[derive(Clone)]
struct Model;

enum Answer {
    Whole(Full<Bytes>),
    Endless,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx),
            Self::Endless => {
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(CHUNK.as_bytes())))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Endless => false,
        }
    }
}

impl Service<Request<Full<Bytes>>> for Model {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Answer>, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let (kind, body) = match request.headers().contains_key("x-stream") {
            true => ("text/event-stream", Answer::Endless),
            false => ("application/json", Answer::Whole(Full::from(ANSWER))),
        };
        let answer = Response::builder().header("content-type", kind);
        std::future::ready(Ok(answer.body(body).expect("an answer")))
    }
}

fn request(is_stream: bool) -> Request<Full<Bytes>> {
    let request = Request::post("https://api.openai.com/v1/chat/completions");
    let request = match is_stream {
        true => request.header("x-stream", "1"),
        false => request,
    };
    request.body(Full::from(ASKED)).expect("a request")
}

fn run(variant: &str) {
    if variant == "memory" {
        return memory();
    }
    let (tracers, meters) = (measure::tracers(), measure::meters());
    let is_bare = variant.ends_with("bare") || variant.ends_with("by hand");
    if !is_bare && !variant.ends_with("off") {
        record(&tracers, &meters);
    }
    let _attached = below_caller(variant).attach();
    if variant.ends_with("by hand") {
        return by_hand(&tracers, &meters);
    }
    match (variant.split(',').next(), is_bare) {
        (Some("guard"), true) => asks(async || Ok(std::hint::black_box(7))),
        (Some("guard"), false) => asks(guarded),
        (Some("item"), true) => items(&mut pin!(Endless)),
        (Some("item"), false) => {
            let mut made = None;
            drive(pin!(Inference::new("own", "chat", "m").run(async |call| {
                made = Some(call.stream(Endless));
                Ok::<_, Infallible>(())
            })));
            items(&mut pin!(made.expect("a stream")));
        }
        (Some("chunk"), true) => chunks(Model),
        (Some("chunk"), false) => chunks(GenAiLayer::new().layer(Model)),
        (_, true) => calls(Model),
        (_, false) => calls(GenAiLayer::new().layer(Model)),
    }
}

fn asks(ask: impl AsyncFn() -> Result<u32, Infallible>) {
    measure(|count| {
        for _ in 0..count {
            assert!(drive(pin!(ask())).is_ok());
        }
    });
}

/// What a client that is not seen over HTTP needs.
async fn guarded() -> Result<u32, Infallible> {
    Inference::new("openai", "chat", "gpt-5")
        .with_temperature(0.5)
        .with_max_tokens(99)
        .with_server("api.openai.com", 443)
        .run(async |call| {
            call.response_id("c-1");
            call.response_model("gpt-5-x");
            call.finish("stop");
            call.usage(Usage::new().with_input_tokens(20).with_output_tokens(7));
            Ok(std::hint::black_box(7))
        })
        .await
}

fn calls<B>(
    mut service: impl Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
) where
    B: Body,
{
    measure(|count| {
        for _ in 0..count {
            let answer = drive(pin!(service.call(request(false))));
            let mut body = pin!(answer.expect("an answer").into_body());
            while frame(body.as_mut()) {}
        }
    });
}

fn chunks<B>(
    mut service: impl Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
) where
    B: Body,
{
    let answer = drive(pin!(service.call(request(true))));
    let mut body = pin!(answer.expect("an answer").into_body());
    measure(|count| {
        for _ in 0..count {
            frame(body.as_mut());
        }
    });
}

/// Says the same without end.
struct Endless;

impl Stream for Endless {
    type Item = Result<u32, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(7)))
    }
}

fn items(stream: &mut Pin<&mut impl Stream<Item = Result<u32, Infallible>>>) {
    measure(|count| {
        for _ in 0..count {
            let mut cx = TaskContext::from_waker(Waker::noop());
            assert!(std::hint::black_box(stream.as_mut().poll_next(&mut cx)).is_ready());
        }
    });
}

/// As people write it: a span of twelve attributes, the answer parsed, two counters and a
/// histogram, unbound.
fn by_hand(tracers: &SdkTracerProvider, meters: &SdkMeterProvider) {
    let tracer = tracers.tracer("bench");
    let meter = meters.meter("bench");
    let duration = meter
        .f64_histogram("gen_ai.client.inference.duration")
        .build();
    let usage = ["input", "output"].map(|kind| {
        let name = format!("gen_ai.client.inference.usage.{kind}_tokens");
        meter.u64_counter(name).build()
    });
    measure(|count| {
        for _ in 0..count {
            let started = Instant::now();
            let labels = [
                KeyValue::new("gen_ai.operation.name", "chat"),
                KeyValue::new("gen_ai.provider.name", "openai"),
                KeyValue::new("gen_ai.request.model", "gpt-5"),
                KeyValue::new("server.address", "api.openai.com"),
                KeyValue::new("server.port", 443),
            ];
            let mut span = SpanBuilder::from_name("chat gpt-5")
                .with_kind(SpanKind::Client)
                .with_attributes(labels.clone())
                .start(&tracer);
            let asked: serde_json::Value = serde_json::from_str(ASKED).expect("JSON");
            span.set_attribute(KeyValue::new(
                "gen_ai.request.temperature",
                asked["temperature"].as_f64().unwrap_or(0.0),
            ));
            span.set_attribute(KeyValue::new(
                "gen_ai.request.max_tokens",
                asked["max_tokens"].as_i64().unwrap_or(0),
            ));
            let answer = drive(pin!(Model.call(request(false)))).expect("an answer");
            let mut body = pin!(answer.into_body());
            while frame(body.as_mut()) {}
            let answer: serde_json::Value = serde_json::from_str(ANSWER).expect("JSON");
            for (key, at) in [
                ("gen_ai.response.id", "id"),
                ("gen_ai.response.model", "model"),
            ] {
                span.set_attribute(KeyValue::new(
                    key,
                    answer[at].as_str().unwrap_or("").to_owned(),
                ));
            }
            let finished = answer["choices"][0]["finish_reason"].as_str().unwrap_or("");
            span.set_attribute(KeyValue::new(
                "gen_ai.response.finish_reasons",
                finished.to_owned(),
            ));
            for (counter, (key, at)) in usage.iter().zip([
                ("gen_ai.usage.input_tokens", "prompt_tokens"),
                ("gen_ai.usage.output_tokens", "completion_tokens"),
            ]) {
                let tokens = answer["usage"][at].as_u64().unwrap_or(0);
                span.set_attribute(KeyValue::new(key, tokens as i64));
                counter.add(tokens, &labels);
            }
            span.end();
            duration.record(started.elapsed().as_secs_f64(), &labels);
        }
    });
}

/// What is resident after so many streams of a hundred parts, each of which is left.
fn memory() {
    let (tracers, meters) = (measure::tracers(), measure::meters());
    record(&tracers, &meters);
    let mut service = GenAiLayer::new().layer(Model);
    let mut streams = |count: u32| {
        for _ in 0..count {
            let answer = drive(pin!(service.call(request(true))));
            let mut body = pin!(answer.expect("an answer").into_body());
            for _ in 0..100 {
                frame(body.as_mut());
            }
        }
    };
    let resident = || {
        let pages = fs::read_to_string("/proc/self/statm").expect("Linux");
        let pages = pages.split(' ').nth(1).expect("a number");
        pages.parse::<i64>().expect("a number") * 4
    };
    streams(1_000);
    let before = resident();
    streams(10_000);
    let after = resident();
    println!("10,000 streams of 100 parts: {before} KiB before, {after} KiB after");
    assert!(after - before < 256, "something is kept of each");
}

fn frame(body: Pin<&mut impl Body>) -> bool {
    let mut cx = TaskContext::from_waker(Waker::noop());
    matches!(
        std::hint::black_box(body.poll_frame(&mut cx)),
        Poll::Ready(Some(_))
    )
}
