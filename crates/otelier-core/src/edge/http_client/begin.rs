//! The start of a request: span, clock and gauge.

use std::borrow::Cow;

use http::{Extensions, HeaderMap, Method};
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind},
};

use super::{
    Client, Hosts, Kind, NoPropagation, Operation, Peers, UrlTemplate, renamed, span_name,
    template, without_brackets,
};
use crate::{
    Propagation, Run, cut,
    edge::{Clock, Span},
    semconv,
};

/// Longer unknown methods are cut.
const MAX_METHOD_BYTES: usize = 64;
/// Four at the start and four at the end of a request that succeeds; others have
/// some more.
const ATTRIBUTES: usize = 8;

/// What a request says of itself.
///
/// See the [example of the module](crate::edge::http_client).
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What is to be done.
    pub method: &'a Method,
    /// As the URL has it: IPv6 addresses have brackets.
    pub host: &'a str,
    /// Also where the scheme alone says it.
    pub port: Option<u16>,
    /// What the program says of it.
    pub extensions: Option<&'a Extensions>,
}

impl Asked<'_> {
    /// Whether no context may go with it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let extensions = self.extensions;
        extensions.is_some_and(|all| all.get::<NoPropagation>().is_some())
    }

    /// Whether the context of others may go with it.
    #[must_use]
    pub fn passes(&self, hosts: &Hosts) -> bool {
        hosts.contains(without_brackets(self.host)) && !self.is_refused()
    }
}

/// Sends the context of others along while nothing is recorded.
pub fn pass(propagation: &Propagation, headers: &mut HeaderMap) {
    Context::map_current(|current| propagation.inject(current, headers));
}

impl<C: Client> Peers<C> {
    /// Starts the record of a request; the headers are not written. `hosts` must
    /// be the same at each call. `url` is `url.full`, and `describe` adds what
    /// else is known before it is sent.
    pub fn begin(
        &self,
        asked: Asked<'_>,
        hosts: &Hosts,
        more: C::More,
        url: impl FnOnce() -> String,
        describe: impl FnOnce(&mut Vec<KeyValue>),
    ) -> Run<Operation<C>> {
        let clock = Clock::now();
        let place = self.place(asked.method);
        let peer = self.peer(asked.host, asked.port, hosts);
        let kind = peer.kind(place, &self.methods);
        let parent = Context::current();
        let (span, is_own) = match kind {
            Some(kind) if !self.recorder.never_samples(&parent) => {
                let mut attributes = Vec::with_capacity(ATTRIBUTES);
                kind.target.describe(&mut attributes);
                attributes.push(KeyValue::new(semconv::URL_FULL, url()));
                if self.is_unknown(place) {
                    attributes.push(original(asked.method));
                }
                let name = name(kind, asked.extensions, &mut attributes);
                describe(&mut attributes);
                if peer.has_old_names() {
                    attributes.extend(renamed(&attributes));
                }
                let span = SpanBuilder::from_name(name)
                    .with_kind(SpanKind::Client)
                    .with_attributes(attributes);
                (self.recorder.start(span, &parent, clock), true)
            }
            _ => (Span::none(parent, clock), false),
        };
        if let Some(kind) = kind {
            kind.active.add(1);
        }
        let operation = Operation {
            span,
            is_own,
            place,
            peer,
            answer: None,
            more,
        };
        Run::start_at(clock.ticks, operation)
    }
}

fn original(method: &Method) -> KeyValue {
    let original = cut(method.as_str(), MAX_METHOD_BYTES).to_owned();
    KeyValue::new(semconv::HTTP_REQUEST_METHOD_ORIGINAL, original)
}

/// The span's name, and the template as an attribute.
fn name(
    kind: &Kind,
    extensions: Option<&Extensions>,
    attributes: &mut Vec<KeyValue>,
) -> Cow<'static, str> {
    let name = kind.name.clone();
    let Some(extensions) = extensions.filter(|extensions| !extensions.is_empty()) else {
        return name;
    };
    let given = extensions.get::<UrlTemplate>();
    attributes.extend(given.map(template));
    span_name(name, given, extensions.get())
}
