//! What is recorded of messages of the Model Context Protocol.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc, time::Duration};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    metrics::Meter,
    propagation::TextMapPropagator as _,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Conventions, Message, Outcome, Propagation, Record, Run, Source, TextMap,
    edge::{self, Clock, Durations, Edge, Recorder, Shared, Span},
    scope,
};
use rmcp::{
    ErrorData, Peer, RoleClient, RoleServer, ServiceError,
    model::{ClientRequest, GetMeta as _, JsonObject, ServerResult},
    service::RequestContext,
};

use super::{
    labels::text,
    names::{OPERATION_NAME, SECONDS, TOOL_NAME},
    telemetry::Few,
};

const CLIENT_DURATION: &str = "mcp.client.operation.duration";
const SERVER_DURATION: &str = "mcp.server.operation.duration";
const METHOD: &str = "mcp.method.name";
const PROTOCOL_VERSION: &str = "mcp.protocol.version";
const RESOURCE_URI: &str = "mcp.resource.uri";
const SESSION_ID: &str = "mcp.session.id";
const PROMPT_NAME: &str = "gen_ai.prompt.name";
const REQUEST_ID: &str = "jsonrpc.request.id";
const STATUS_CODE: &str = "rpc.status_code";

/// The error of a tool that says that it failed.
const TOOL_ERROR: &str = "tool_error";

pub(crate) struct Instruments {
    client: Durations,
    server: Durations,
    /// Strangers make up names of tools, prompts and methods.
    names: Few,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let seconds = |name, description| {
            let histogram = meter.f64_histogram(name).with_description(description);
            let histogram = histogram.with_boundaries(SECONDS.to_vec());
            let histogram = histogram.with_unit("s");
            Durations::new(histogram, Self::scope(), conventions)
        };
        Self {
            client: seconds(CLIENT_DURATION, "Time until a server of MCP answered."),
            server: seconds(
                SERVER_DURATION,
                "Time that it took to answer a client of MCP.",
            ),
            names: Few::default(),
        }
    }
}

/// What clients record with: they are of no object.
static RECORDER: Shared<Arc<Recorder<Instruments>>> = Shared::new();

#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry(Arc<Edge<Arc<Recorder<Instruments>>>>);

/// The record of a message, until it is answered.
pub(crate) type Asked = Run<Operation>;

/// What a message's sender is in.
pub(crate) type Within = Context;

/// Begins the answer to a request, below the span that it carries.
pub(crate) fn served(
    telemetry: &Telemetry,
    request: &ClientRequest,
    context: &RequestContext<RoleServer>,
) -> Option<Asked> {
    let recorder = telemetry.0.on(Recorder::<Instruments>::of)?;
    let parent = extracted(recorder.propagation(), &context.meta);
    let mut told = vec![KeyValue::new(REQUEST_ID, text(&context.id.to_string()))];
    let head = context.extensions.get::<::http::request::Parts>();
    let session = head.and_then(|head| head.headers.get("mcp-session-id"));
    if let Some(session) = session.and_then(|id| id.to_str().ok()) {
        told.push(KeyValue::new(SESSION_ID, text(session)));
    }
    let version = context.protocol_version();
    let version = version.as_ref().map(|version| version.as_str());
    Some(begin(
        recorder,
        SpanKind::Server,
        request,
        &parent,
        version,
        told,
    ))
}

/// Begins a question to a server.
pub(crate) fn asked(request: &ClientRequest, peer: &Peer<RoleClient>) -> Option<Asked> {
    if Context::is_current_telemetry_suppressed() {
        return None;
    }
    let recorder = RECORDER.current(Recorder::<Instruments>::of)?;
    let parent = Context::current();
    let info = peer.peer_info();
    let version = info.as_ref().map(|info| info.protocol_version.as_str());
    Some(begin(
        &recorder,
        SpanKind::Client,
        request,
        &parent,
        version,
        Vec::new(),
    ))
}

fn begin(
    recorder: &Arc<Recorder<Instruments>>,
    kind: SpanKind,
    request: &ClientRequest,
    parent: &Context,
    version: Option<&str>,
    told: Vec<KeyValue>,
) -> Run<Operation> {
    let clock = Clock::now();
    let names = &recorder.instruments.names;
    let method = label(names, request.method());
    let mut labels = vec![KeyValue::new(METHOD, method.clone())];
    let subject = match request {
        ClientRequest::CallToolRequest(call) => {
            labels.push(KeyValue::new(OPERATION_NAME, "execute_tool"));
            Some((TOOL_NAME, &*call.params.name))
        }
        ClientRequest::GetPromptRequest(get) => Some((PROMPT_NAME, get.params.name.as_str())),
        _ => None,
    };
    let subject = subject.map(|(key, name)| (key, label(names, name)));
    if let Some((key, name)) = &subject {
        labels.push(KeyValue::new(*key, name.clone()));
    }
    if let Some(version) = version {
        labels.push(KeyValue::new(PROTOCOL_VERSION, label(names, version)));
    }
    let span = if recorder.never_samples(parent) {
        Span::none(parent.clone(), clock)
    } else {
        let name = match subject {
            Some((_, subject)) => [method, subject].join(" "),
            None => method,
        };
        let mut attributes = labels.clone();
        attributes.extend(told);
        if let ClientRequest::ReadResourceRequest(read) = request {
            attributes.push(KeyValue::new(RESOURCE_URI, text(&read.params.uri)));
        }
        let span = SpanBuilder::from_name(name);
        let span = span.with_kind(kind.clone()).with_attributes(attributes);
        recorder.start(span, parent, clock)
    };
    let operation = Operation {
        recorder: Arc::clone(recorder),
        span,
        kind,
        labels,
    };
    Run::start_at(clock.ticks, operation)
}

fn label(names: &Few, name: &str) -> String {
    names.label(text(name).as_str()).to_owned()
}

/// Sends the context of a span along.
pub(crate) fn send(run: Option<&mut Asked>, request: &mut ClientRequest) {
    let meta = request.get_meta_mut();
    match run {
        Some(run) => {
            let record = run.record();
            write(record.recorder.propagation(), &record.span.context, meta);
        }
        None => inject(meta),
    }
}

/// Ends what a server answered. What the client did wrong is no error of the server.
pub(crate) fn answered(run: Option<Asked>, answer: &Result<ServerResult, ErrorData>) {
    let Some(mut run) = run else { return };
    let outcome = match answer {
        Ok(result) => failed_tool(result),
        Err(error) => {
            let code = run.record_mut().told(error);
            if matches!(error.code.0, -32603 | -32099..=-32000) {
                run.record().fail(error, &code)
            } else {
                Outcome::Done
            }
        }
    };
    run.finish(outcome);
}

/// Ends what a client asked.
pub(crate) fn heard(run: Option<Asked>, answer: &Result<ServerResult, ServiceError>) {
    let Some(mut run) = run else { return };
    let outcome = match answer {
        Ok(result) => failed_tool(result),
        Err(ServiceError::McpError(error)) => {
            let code = run.record_mut().told(error);
            run.record().fail(error, &code)
        }
        Err(ServiceError::Timeout { .. }) => Outcome::Failed("timeout".into()),
        Err(error) => run.record().span.failed(error),
    };
    run.finish(outcome);
}

fn failed_tool(result: &ServerResult) -> Outcome {
    match result {
        ServerResult::CallToolResult(result) if result.is_error == Some(true) => {
            Outcome::Failed(TOOL_ERROR.into())
        }
        _ => Outcome::Done,
    }
}

/// Writes the current context, also that of others while telemetry is disabled.
pub(crate) fn inject(meta: &mut JsonObject) {
    with_propagation(|propagation| write(propagation, &Context::current(), meta));
}

pub(crate) fn extract(meta: &JsonObject) -> Option<Context> {
    let mut extracted_context = None;
    with_propagation(|propagation| extracted_context = Some(extracted(propagation, meta)));
    extracted_context
}

fn with_propagation(using: impl FnOnce(&Propagation)) {
    let source = Source::current();
    let recording = source.providers().map(|providers| providers.propagation());
    if let Some(propagation) = recording.or_else(|| source.passing())
        && !Context::is_current_telemetry_suppressed()
    {
        using(propagation);
    }
}

fn write(propagation: &Propagation, context: &Context, meta: &mut JsonObject) {
    let mut carrier = HashMap::new();
    TextMap::from(propagation.clone()).inject_context(context, &mut carrier);
    meta.extend(carrier.into_iter().map(|(key, value)| (key, value.into())));
}

fn extracted(propagation: &Propagation, meta: &JsonObject) -> Context {
    let mut carrier = HashMap::new();
    for field in propagation.fields() {
        if let Some(value) = meta.get(field).and_then(|value| value.as_str()) {
            carrier.insert(field.to_owned(), value.to_owned());
        }
    }
    TextMap::from(propagation.clone()).extract_with_context(&Context::current(), &carrier)
}

/// What is written when a message was answered.
pub(crate) struct Operation {
    recorder: Arc<Recorder<Instruments>>,
    span: Span,
    kind: SpanKind,
    labels: Vec<KeyValue>,
}

impl Operation {
    /// Takes down the code of an error.
    fn told(&mut self, error: &ErrorData) -> String {
        let code = label(&self.recorder.instruments.names, &error.code.0.to_string());
        let status = KeyValue::new(STATUS_CODE, code.clone());
        self.span.tell(|span| span.set_attribute(status.clone()));
        self.labels.push(status);
        code
    }

    fn fail(&self, error: &ErrorData, code: &str) -> Outcome {
        if self.span.is_recording() {
            self.span.fail(Message::of(&error.message), code);
        }
        Outcome::Failed(Cow::Owned(code.to_owned()))
    }
}

impl AsRef<Span> for Operation {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let instruments = &self.recorder.instruments;
        let duration = match self.kind {
            SpanKind::Server => &instruments.server,
            _ => &instruments.client,
        };
        self.labels.extend(outcome.label());
        self.span.end_by(outcome, elapsed);
        let sampled = || self.span.sampled();
        duration.record(elapsed.as_secs_f64(), sampled, &self.labels);
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruments").finish_non_exhaustive()
    }
}
