//! What is recorded of messages of the Model Context Protocol.

mod instruments;
mod operation;

use std::{collections::HashMap, sync::Arc};

use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator as _,
    trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt as _},
};
use otelier_core::{
    ContentCapture, Outcome, Propagation, Run, Source, TextMap,
    edge::{Clock, Edge, Recorder, Shared, Span},
};
use rmcp::{
    ErrorData, Peer, RoleClient, RoleServer, ServiceError,
    model::{CallToolResult, ClientRequest, GetMeta as _, JsonObject, RequestId, ServerResult},
    service::RequestContext,
};

use self::{
    instruments::{Instruments, label},
    operation::Operation,
};
use super::{
    content::Content,
    labels::text,
    names::{OPERATION_NAME, TOOL_NAME},
};
use crate::{
    describe::{Description, Kind},
    mcp::message::{Message, Subject},
};

const METHOD: &str = "mcp.method.name";
const PROTOCOL_VERSION: &str = "mcp.protocol.version";
const RESOURCE_URI: &str = "mcp.resource.uri";
const SESSION_ID: &str = "mcp.session.id";
const PROMPT_NAME: &str = "gen_ai.prompt.name";
const REQUEST_ID: &str = "jsonrpc.request.id";
/// What clients record with: they are of no object.
static RECORDER: Shared<Arc<Recorder<Instruments>>> = Shared::new();

#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry(Arc<Edge<Arc<Recorder<Instruments>>>>);

/// The record of a message, until it is answered.
pub(crate) type Serving = Run<Operation>;

/// What a message's sender is in.
pub(crate) type Within = Context;

/// Begins the answer to a request, below the span that it carries.
pub(crate) fn served(
    telemetry: &Telemetry,
    message: Message<'_>,
    context: &RequestContext<RoleServer>,
) -> Option<Serving> {
    let recorder = telemetry.0.on(Recorder::<Instruments>::of)?;
    let head = context.extensions.get::<::http::request::Parts>();
    // A session answers on a task of its own, where the request is not current.
    let carried = head.and_then(|head| head.extensions.get::<Ambient>());
    let ambient = carried.map_or_else(Context::current, |ambient| ambient.0.clone());
    let parent = extracted(recorder.propagation(), &context.meta, &ambient);
    let mut told = vec![KeyValue::new(REQUEST_ID, text(&context.id.to_string()))];
    let session = head.and_then(|head| head.headers.get("mcp-session-id"));
    if let Some(session) = session.and_then(|id| id.to_str().ok()) {
        told.push(KeyValue::new(SESSION_ID, text(session)));
    }
    let version = context.protocol_version();
    let version = version.as_ref().map(|version| version.as_str());
    let asked = Asked {
        kind: SpanKind::Server,
        parent: &parent,
        link: beside(&ambient, &parent),
        version,
        told,
    };
    Some(begin(recorder, message, asked))
}

/// Begins a question to a server.
pub(crate) fn asked(request: &ClientRequest, peer: &Peer<RoleClient>) -> Option<Serving> {
    if Context::is_current_telemetry_suppressed() {
        return None;
    }
    let recorder = RECORDER.current(Recorder::<Instruments>::of)?;
    let parent = Context::current();
    let info = peer.peer_info();
    let version = info.as_ref().map(|info| info.protocol_version.as_str());
    let asked = Asked {
        kind: SpanKind::Client,
        parent: &parent,
        link: None,
        version,
        told: Vec::new(),
    };
    Some(begin(&recorder, request.into(), asked))
}

/// What is known of a message beside itself.
struct Asked<'a> {
    kind: SpanKind,
    parent: &'a Context,
    /// What it came by, where that is not what it is below.
    link: Option<SpanContext>,
    version: Option<&'a str>,
    told: Vec<KeyValue>,
}

fn begin(
    recorder: &Arc<Recorder<Instruments>>,
    message: Message<'_>,
    asked: Asked<'_>,
) -> Run<Operation> {
    let Asked {
        kind,
        parent,
        link,
        version,
        told,
    } = asked;
    let clock = Clock::now();
    let names = &recorder.instruments.names;
    let method = label(names, message.method);
    let mut labels = vec![KeyValue::new(METHOD, method.clone())];
    let subject = match message.subject {
        Subject::Tool(call) => {
            labels.push(KeyValue::new(OPERATION_NAME, "execute_tool"));
            Some((TOOL_NAME, &*call.name))
        }
        Subject::Prompt(name) => Some((PROMPT_NAME, name)),
        Subject::Resource(_) | Subject::Nothing => None,
    };
    let subject = subject.map(|(key, name)| (key, label(names, name)));
    if let Some((key, name)) = &subject {
        labels.push(KeyValue::new(*key, name.clone()));
    }
    if let Some(version) = version {
        labels.push(KeyValue::new(PROTOCOL_VERSION, label(names, version)));
    }
    let mut attributes = labels.clone();
    attributes.extend(told);
    if let Subject::Resource(uri) = message.subject {
        attributes.push(KeyValue::new(RESOURCE_URI, text(uri)));
    }
    let content = content(recorder, message.subject, &attributes);
    let span = if recorder.never_samples(parent) {
        Span::none(parent.clone(), clock)
    } else {
        let name = match subject {
            Some((_, subject)) => [method, subject].join(" "),
            None => method,
        };
        let span = SpanBuilder::from_name(name);
        let span = span.with_kind(kind.clone()).with_attributes(attributes);
        let link = link.map(|link| Link::new(link, Vec::new(), 0));
        let span = span.with_links(link.into_iter().collect());
        recorder.start(span, parent, clock)
    };
    let operation = Operation {
        recorder: Arc::clone(recorder),
        span,
        kind,
        labels,
        content,
    };
    Run::start_at(clock.ticks, operation)
}

/// What a tool is asked, where content is asked for.
fn content(
    recorder: &Recorder<Instruments>,
    subject: Subject<'_>,
    attributes: &[KeyValue],
) -> Option<Box<Content>> {
    let capture = recorder.conventions().gen_ai_content;
    let Subject::Tool(call) = subject else {
        return None;
    };
    if capture == ContentCapture::Nowhere {
        return None;
    }
    let mut of = Description::new(Kind::Tool, "execute_tool", None, "");
    of.capture = capture;
    let mut content = Content::begin(&mut of, recorder, |_| attributes.to_vec())?;
    if let Some(arguments) = &call.arguments {
        content.arguments(arguments.clone());
    }
    Some(content)
}

/// The span that a message came by, where it is not what the message is below.
fn beside(ambient: &Context, parent: &Context) -> Option<SpanContext> {
    let (ambient, parent) = (ambient.span(), parent.span());
    let ambient = ambient.span_context();
    let is_beside = ambient.is_valid() && ambient.span_id() != parent.span_context().span_id();
    is_beside.then(|| ambient.clone())
}

/// Sends the context of a span along.
pub(crate) fn send(run: Option<&mut Serving>, request: &mut ClientRequest) {
    let meta = request.get_meta_mut();
    match run {
        Some(run) => {
            let record = run.record();
            write(record.recorder.propagation(), &record.span.context, meta);
        }
        None => inject(meta),
    }
}

/// Tells what a question is called by those who answer it.
pub(crate) fn numbered(run: Option<&Serving>, id: &RequestId) {
    if let Some(run) = run {
        let id = KeyValue::new(REQUEST_ID, text(&id.to_string()));
        run.record().span.tell(|span| span.set_attribute(id));
    }
}

/// Ends what a server answered. What the client did wrong is no error of the server:
/// what cannot be read or is not known, a wrong parameter, a resource that is not there.
pub(crate) fn answered(run: Option<Serving>, answer: Result<Option<&CallToolResult>, &ErrorData>) {
    let Some(mut run) = run else { return };
    let outcome = match answer {
        Ok(result) => run.record_mut().done(result),
        Err(error) => {
            let code = run.record_mut().told(error);
            if matches!(error.code.0, -32700 | -32602..=-32600 | -32002) {
                Outcome::Done
            } else {
                run.record().fail(error, &code)
            }
        }
    };
    run.finish(outcome);
}

/// Ends what a client asked.
pub(crate) fn heard(run: Option<Serving>, answer: &Result<ServerResult, ServiceError>) {
    let Some(mut run) = run else { return };
    let outcome = match answer {
        Ok(ServerResult::CallToolResult(result)) => run.record_mut().done(Some(result)),
        Ok(_) => Outcome::Done,
        Err(ServiceError::McpError(error)) => {
            let code = run.record_mut().told(error);
            run.record().fail(error, &code)
        }
        Err(ServiceError::Timeout { .. }) => Outcome::Failed("timeout".into()),
        Err(error) => run.record().span.failed(error),
    };
    run.finish(outcome);
}

/// Writes the current context, also that of others while telemetry is disabled.
pub(crate) fn inject(meta: &mut JsonObject) {
    with_propagation(|propagation| write(propagation, &Context::current(), meta));
}

pub(crate) fn extract(meta: &JsonObject) -> Option<Context> {
    let mut extracted_context = None;
    with_propagation(|propagation| {
        extracted_context = Some(extracted(propagation, meta, &Context::current()));
    });
    extracted_context
}

/// What a request is served in, for the messages that it brings.
#[derive(Clone)]
struct Ambient(Context);

/// Puts what is current where the messages of a request find it.
pub(crate) fn carry(extensions: &mut ::http::Extensions) {
    if Source::current().providers().is_some() {
        extensions.insert(Ambient(Context::current()));
    }
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

fn extracted(propagation: &Propagation, meta: &JsonObject, ambient: &Context) -> Context {
    let mut carrier = HashMap::new();
    for field in propagation.fields() {
        if let Some(value) = meta.get(field).and_then(|value| value.as_str()) {
            carrier.insert(field.to_owned(), value.to_owned());
        }
    }
    TextMap::from(propagation.clone()).extract_with_context(ambient, &carrier)
}
