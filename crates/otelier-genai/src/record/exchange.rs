//! What is recorded of requests to models that pass by.

use std::{
    fmt::{Debug, Display},
    sync::Arc,
};

use http::{HeaderMap, Method, StatusCode, Uri, header};
use otelier_core::{
    Outcome, Run,
    edge::{Edge, Recorder, Scope},
};

use super::{
    begin, error,
    operation::Operation,
    read::{Api, Framing, Reader, Target, read_request},
    telemetry::Instruments,
};
use crate::{Config, describe::Description, names};

/// Of larger requests so much is read, which is what the providers take.
const MAX_REQUEST: usize = 32 << 20;
/// The content of larger requests is not taken down.
const MAX_CONTENT: usize = 256 * 1024;

/// What the clones of a layer have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry(Arc<(Config, Edge<Arc<Recorder<Instruments>>>)>);

impl Telemetry {
    pub(crate) fn new(config: Config) -> Self {
        Self(Arc::new((config, Edge::new())))
    }

    /// Whether a request could be a call to a model: all that its body need not be read
    /// for.
    pub(crate) fn target(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Target> {
        let (config, edge) = &*self.0;
        edge.on(Recorder::<Instruments>::of)?;
        let target = Target::of(config, method, uri, headers)?;
        (!is_encoded(headers)).then_some(target)
    }
}

/// Begins a call to a model, if that is what a request is, by the parts of its body.
///
/// # Cost
/// A few instructions for each byte, except for those of long texts, such as images.
pub(crate) fn begin_exchange(
    telemetry: &Telemetry,
    target: Target,
    body: &[impl AsRef<[u8]>],
) -> Option<Exchange> {
    let (config, edge) = &*telemetry.0;
    let recorder = edge.on(Recorder::<Instruments>::of)?;
    let api = target.api;
    let mut room = MAX_REQUEST;
    let parts = body.iter().map(AsRef::as_ref).map(|part: &[u8]| {
        let part = part.get(..room).unwrap_or(part);
        room -= part.len();
        part
    });
    let mut kept = read_request(target, parts)?;
    kept.prices.clone_from(&config.prices);
    let has_choices = has_choices(&kept);
    let said = || recorder.conventions().gen_ai_content;
    kept.capture = config.content.unwrap_or_else(said);
    let mut run = begin::start(recorder, kept);
    if let Some(content) = &mut run.record_mut().content
        && body.iter().map(|part| part.as_ref().len()).sum::<usize>() <= MAX_CONTENT
    {
        let parts: Vec<_> = body.iter().map(AsRef::as_ref).collect();
        content.ask_of(api, &parts.concat());
    }
    Some(Exchange {
        run,
        api,
        has_choices,
    })
}

/// Whether there may be several answers: it is asked for them, or for what goes on behind
/// each of several texts.
fn has_choices(asked: &Description) -> bool {
    let mut keys = asked.attributes.iter().map(|(key, _)| *key);
    asked.operation == "text_completion" || keys.any(|key| key == names::REQUEST_CHOICE_COUNT)
}

/// A request that is a call to a model, until the head of its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    run: Run<Operation>,
    api: Api,
    has_choices: bool,
}

impl Scope for Exchange {
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        self.run.enter(part)
    }
}

/// An answer whose body passes by.
#[derive(Debug)]
pub(crate) struct Reading {
    run: Run<Operation>,
    /// Nothing is read of what is compressed, or of a type that is not known.
    reader: Option<Reader>,
    api: Api,
}

impl Scope for Reading {
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        self.run.enter(part)
    }
}

/// Takes the head of an answer. What is an error ends here.
pub(crate) fn answered(
    exchange: Option<Exchange>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Option<Reading> {
    let Exchange {
        run,
        api,
        has_choices,
    } = exchange?;
    if status.is_client_error() || status.is_server_error() {
        run.finish(Outcome::Failed(status.as_str().to_owned().into()));
        return None;
    }
    let content_type = headers.get(header::CONTENT_TYPE);
    let framing = content_type
        .and_then(|kind| kind.to_str().ok())
        .and_then(Framing::of)
        .filter(|_| !is_encoded(headers));
    let is_wanted = run.record().content.is_some();
    let reader = framing.map(|framing| {
        let mut reader = match is_wanted {
            true => Reader::gathering(api, framing),
            false => Reader::new(api, framing),
        };
        if has_choices {
            reader.tell_choices_apart();
        }
        reader
    });
    Some(Reading { run, reader, api })
}

fn is_encoded(headers: &HeaderMap) -> bool {
    let encoding = headers.get(header::CONTENT_ENCODING);
    encoding.is_some_and(|encoding| encoding != "identity")
}

/// A part of the body passes by.
pub(crate) fn feed(reading: &mut Reading, bytes: &[u8]) {
    let Reading { run, reader, api } = reading;
    if let Some(reader) = reader {
        let parts = reader.feed(bytes);
        take(run, reader, *api, parts);
    }
}

fn take(run: &mut Run<Operation>, reader: &mut Reader, api: Api, parts: usize) {
    Operation::chunks(run, parts);
    if let Some(answer) = reader.news() {
        run.record_mut().answer = answer;
    }
    // Who hears of an error may not read on.
    if let Some(kind) = reader.error() {
        let label = run.record().error_label(kind);
        run.record_mut().broke();
        run.set_outcome(Outcome::Failed(label.into()));
    }
    for document in reader.documents() {
        let content = run.record_mut().content.as_mut();
        if !content.is_some_and(|content| content.read(api, document)) {
            reader.gather_no_more();
            break;
        }
    }
}

/// The body is over, or broke off.
pub(crate) fn over<E: Display + Debug + 'static>(reading: Option<Reading>, result: Result<(), &E>) {
    let Some(Reading {
        mut run,
        reader,
        api,
    }) = reading
    else {
        return;
    };
    if let Some(mut reader) = reader {
        let parts = reader.end();
        take(&mut run, &mut reader, api, parts);
        run.record_mut().is_stream |= reader.is_stream();
        if result.is_ok() && reader.is_wrong() {
            // As it was told already.
            return;
        }
    }
    let outcome = match result {
        Ok(()) => Outcome::Done,
        Err(error) => {
            run.record_mut().broke();
            error::fail(error, &run.record().span)
        }
    };
    run.finish(outcome);
}

/// A request that got no answer.
pub(crate) fn failed<E: Display + Debug + 'static>(exchange: Option<Exchange>, error: &E) {
    if let Some(Exchange { run, .. }) = exchange {
        let outcome = error::fail(error, &run.record().span);
        run.finish(outcome);
    }
}
