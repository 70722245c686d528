//! The fields of a context.

use std::env;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    self as otel,
    trace::{SpanContext, TraceContextExt as _},
};
use otelier_core::{Propagation, Providers, Source};
use serde_core::de::DeserializeOwned;

use crate::carrier::{BAGGAGE, Carrier, FIELDS, MAX_FIELD, TRACEPARENT, TRACESTATE, is_json};

/// Room for what later versions of the format may add.
const MAX_TRACEPARENT: usize = 128;
/// As much as W3C asks everybody to carry.
const MAX_TRACESTATE: usize = 512;
/// As much as a carrier may be, with room for how JSON writes it.
const MAX_JSON: usize = 64 * 1024;

/// Those of W3C, empty where there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    traceparent: Box<str>,
    tracestate: Box<str>,
    baggage: Box<str>,
}

impl Fields {
    pub(super) fn from_variables(look_up: impl Fn(&str) -> Option<String>) -> Self {
        let mut carrier = Carrier::default();
        let mut add = |field: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric();
            let name = field.to_ascii_uppercase();
            let name = name.replace(|c| !is_plain(c), "_");
            if let Some(value) = look_up(&name) {
                carrier.add(field, &value);
            }
        };
        FIELDS.into_iter().for_each(&mut add);
        with_propagation(|propagation| {
            let fields = propagation.fields();
            let others = fields.into_iter().filter(|field| !FIELDS.contains(field));
            others.for_each(&mut add);
        });
        from_carrier(&carrier)
    }

    /// Takes over what a format of the propagators says.
    fn adopt(&mut self, others: &HeaderMap) {
        with_propagation(|propagation| {
            let Some(cx) = propagation.extract_any(others, &otel::Context::new()) else {
                return;
            };
            let mut headers = HeaderMap::new();
            w3c().with_baggage().inject(&cx, &mut headers);
            if headers.contains_key(TRACEPARENT) {
                self.tracestate = Box::default();
            }
            self.set_all(&headers);
        });
    }

    fn set_all(&mut self, headers: &HeaderMap) {
        for (name, value) in headers {
            if let Ok(value) = value.to_str() {
                self.set(name.as_str(), value);
            }
        }
    }

    /// Sets a field, or adds to it where it is a list. Tells whether it is one
    /// of the three.
    fn set(&mut self, name: &str, value: &str) -> bool {
        let is = |field: &str| name.eq_ignore_ascii_case(field);
        if is(TRACEPARENT) {
            if let Some(value) = plain(value, MAX_TRACEPARENT) {
                self.traceparent = value.into();
            }
        } else if is(TRACESTATE) {
            if let Some(value) = plain(value, MAX_TRACESTATE) {
                add(&mut self.tracestate, value, MAX_TRACESTATE);
            }
        } else if is(BAGGAGE) {
            if value.len() <= MAX_FIELD {
                // A bad member costs only itself.
                let members = value.split(',').filter_map(|it| plain(it, MAX_FIELD));
                let members: Vec<_> = members.filter(|member| !member.is_empty()).collect();
                add(&mut self.baggage, &members.join(","), MAX_FIELD);
            }
        } else {
            return false;
        }
        true
    }

    /// The span that it names, if that is valid.
    pub(super) fn span_context(&self) -> Option<SpanContext> {
        let cx = self.add_span(&otel::Context::new());
        let span = cx.span().span_context().clone();
        span.is_valid().then_some(span)
    }

    /// Returns the context of the span that it names, with all that came with
    /// it.
    pub(super) fn add_span(&self, cx: &otel::Context) -> otel::Context {
        if self.traceparent.is_empty() {
            return cx.clone();
        }
        let fields = [
            (TRACEPARENT, &*self.traceparent),
            (TRACESTATE, &*self.tracestate),
        ];
        w3c().extract(&headers(fields), cx)
    }

    /// Adds the baggage to a context, if the process takes baggage.
    pub(super) fn add_baggage(
        &self,
        propagation: &Propagation,
        cx: otel::Context,
    ) -> otel::Context {
        if self.baggage.is_empty() {
            return cx;
        }
        let headers = headers([(BAGGAGE, &self.baggage)]);
        propagation.extract(&headers, &cx)
    }
}

pub(crate) fn current() -> Fields {
    let mut headers = HeaderMap::new();
    with_propagation(|propagation| {
        otel::Context::map_current(|cx| {
            propagation.inject(cx, &mut headers);
            // Another form than W3C's.
            if !headers.contains_key(TRACEPARENT) && headers.keys().any(|name| name != BAGGAGE) {
                w3c().inject(cx, &mut headers);
            }
        });
    });
    let mut fields = Fields::default();
    fields.set_all(&headers);
    fields
}

pub(crate) fn from_env() -> Fields {
    Fields::from_variables(|name| env::var_os(name)?.into_string().ok())
}

pub(crate) fn from_carrier(carrier: &Carrier) -> Fields {
    let mut fields = Fields::default();
    let mut others = HeaderMap::new();
    for (name, value) in carrier {
        if !fields.set(name, value)
            && let (Ok(name), Ok(value)) = (
                HeaderName::try_from(&**name),
                HeaderValue::try_from(&**value),
            )
        {
            others.append(name, value);
        }
    }
    if !others.is_empty() && fields.span_context().is_none() {
        fields.adopt(&others);
    }
    fields
}

/// What is around what runs in it, `None` where that is what is there already.
pub(crate) fn around(fields: &Fields) -> Option<otel::Context> {
    if *fields == Fields::default() {
        return None;
    }
    let mut around = None;
    with_propagation(|propagation| {
        let cx = fields.add_span(&otel::Context::current());
        around = Some(fields.add_baggage(propagation, cx));
    });
    around
}

/// In the order of their names.
pub(crate) fn all(fields: &Fields) -> [&str; 3] {
    [&fields.traceparent, &fields.tracestate, &fields.baggage]
}

/// A value that can be written in each form that a context has, without the
/// blanks around it.
fn plain(value: &str, most: usize) -> Option<&str> {
    let value = value.trim_matches([' ', '\t']);
    if value.len() > most {
        return None;
    }
    // To the end, also behind one that is not: many at a time.
    let is_plain = |b| matches!(b, b'\t' | b' '..=b'~');
    let is_plain = value.bytes().fold(true, |all, b| all & is_plain(b));
    (is_plain && !is_json(value)).then_some(value)
}

/// Adds to a list, unless it gets too long.
fn add(list: &mut Box<str>, more: &str, most: usize) {
    if list.is_empty() {
        *list = more.into();
    } else if !more.is_empty() && list.len() + 1 + more.len() <= most {
        *list = [list, ",", more].concat().into();
    }
}

/// Asks how context travels here, if it does.
fn with_propagation(ask: impl FnOnce(&Propagation)) {
    let source = Source::current();
    let recording = source.providers().map(Providers::propagation);
    if let Some(propagation) = recording.or_else(|| source.passing()) {
        ask(propagation);
    }
}

fn w3c() -> Propagation {
    Propagation::none().with_trace_context()
}

fn headers<const N: usize>(fields: [(&'static str, &str); N]) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(N);
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(value)
            && !value.is_empty()
        {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

/// Reads what is JSON by its first character.
pub(crate) fn from_json<T: DeserializeOwned + Default>(text: &str) -> T {
    if text.len() > MAX_JSON {
        return T::default();
    }
    serde_json::from_str(text).unwrap_or_default()
}
