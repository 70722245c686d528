//! What travels with a job, from who enqueues it to who runs it.

use std::{env, fmt};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    self as otel,
    trace::{SpanContext, TraceContextExt as _},
};
use otelier_core::{Propagation, Providers, Source};

use crate::wire::{BAGGAGE, Carrier, FIELDS, MAX_FIELD, TRACEPARENT, TRACESTATE, is_json};

/// Room for what later versions of the format may add.
const MAX_TRACEPARENT: usize = 128;
/// As much as W3C asks everybody to carry.
const MAX_TRACESTATE: usize = 512;
/// As much as a carrier may be, with room for how JSON writes it.
const MAX_JSON: usize = 64 * 1024;

/// The fields as variables, in the same order.
const VARIABLES: [&str; 3] = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"];

/// The trace and the baggage that a job belongs to.
///
/// In a row or message it is an object of W3C headers (serde), or one text
/// (`Display` and `FromStr`); a service that is off or compiled without
/// telemetry writes the empty one. Nothing that it is made from is an error:
/// what is malformed, or longer than 128 bytes (`traceparent`), 512 bytes
/// (`tracestate`) or 8 KiB (`baggage`), is left out, and a job without a valid
/// `traceparent` begins a new trace.
///
/// It is also made of what services in other languages write: an object whose
/// values are lists, as Go's headers are; a list of pairs; such JSON within a
/// text, and within JSON; and fields of the propagators that are set when it is
/// read, such as `{"b3": ".."}`, where it has no `traceparent`. Of JSON within a
/// text 64 KiB are read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Context {
    traceparent: Box<str>,
    tracestate: Box<str>,
    baggage: Box<str>,
}

impl Context {
    /// Captures the current span and its baggage, the empty context where
    /// there is none, while telemetry is off and nothing passes through, and
    /// where nothing is propagated (`OTEL_PROPAGATORS=none`).
    ///
    /// The form is W3C's whatever else is configured.
    #[must_use]
    pub fn current() -> Self {
        let mut headers = HeaderMap::new();
        with_propagation(|propagation| {
            otel::Context::map_current(|cx| {
                propagation.inject(cx, &mut headers);
                if headers.keys().any(|name| name != BAGGAGE) {
                    w3c().inject(cx, &mut headers);
                }
            });
        });
        let mut context = Self::default();
        context.set_all(&headers);
        context
    }

    /// Reads the environment of the process, where its parent put a context into
    /// `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, or into the variables of the
    /// propagators that are set (`B3`, `X_B3_TRACEID`): for programs that run
    /// once for a job, such as those of a scheduler or a pipeline.
    ///
    /// ```
    /// # use otelier_jobs::{Context, Job};
    /// # async fn migrate() -> std::io::Result<()> { Ok(()) }
    /// # async fn main_of_a_program() -> std::io::Result<()> {
    /// let parent = Context::from_env();
    /// Job::new("migrate").enqueued_by(&parent).run(migrate()).await
    /// # }
    /// # drop(main_of_a_program());
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| env::var_os(name)?.into_string().ok())
    }

    fn from_variables(look_up: impl Fn(&str) -> Option<String>) -> Self {
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
        Self::from_carrier(&carrier)
    }

    /// Goes through the variables of [`from_env`](Self::from_env), for a program
    /// that is started: `Command::new("migrate").envs(Context::current().env())`.
    pub fn env(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&*self.traceparent, &*self.tracestate, &*self.baggage];
        let variables = VARIABLES.into_iter().zip(values);
        variables.filter(|(_, value)| !value.is_empty())
    }

    /// Tells whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Goes through names and values of the fields that are there, for the
    /// headers or attributes of a message; `collect` makes a context of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&*self.traceparent, &*self.tracestate, &*self.baggage];
        let fields = FIELDS.into_iter().zip(values);
        fields.filter(|(_, value)| !value.is_empty())
    }

    /// Reads what is JSON by its first character.
    pub(crate) fn from_json(text: &str) -> Self {
        if text.len() > MAX_JSON {
            return Self::default();
        }
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Takes what names a span and its baggage out of a carrier.
    pub(crate) fn from_carrier(carrier: &Carrier) -> Self {
        let mut context = Self::default();
        let mut others = HeaderMap::new();
        for (name, value) in carrier {
            if !context.set(name, value)
                && let (Ok(name), Ok(value)) = (
                    HeaderName::try_from(&**name),
                    HeaderValue::try_from(&**value),
                )
            {
                others.append(name, value);
            }
        }
        if !others.is_empty() && context.span_context().is_none() {
            context.adopt(&others);
        }
        context
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

/// A value that can be written in each form that a context has, without the
/// blanks around it.
fn plain(value: &str, most: usize) -> Option<&str> {
    let value = value.trim_matches([' ', '\t']);
    let is_plain = value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~'));
    (is_plain && value.len() <= most && !is_json(value)).then_some(value)
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
pub(super) fn with_propagation(ask: impl FnOnce(&Propagation)) {
    let source = Source::current();
    let recording = source.providers().map(Providers::propagation);
    if let Some(propagation) = recording.or_else(|| source.passing()) {
        ask(propagation);
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry::baggage::BaggageExt as _;
    use otelier_core::Conventions;
    use otelier_testing::capture_with;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn of(variables: &[(&str, &str)]) -> Context {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        Context::from_variables(|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn the_environment_of_a_process_is_a_carrier() {
        let variables = [
            ("TRACEPARENT", PARENT),
            ("TRACESTATE", "vendor=x"),
            ("BAGGAGE", "a=%FF"),
            ("PATH", "/bin"),
        ];
        let context = of(&variables);
        // What a program gives to another arrives there.
        assert_eq!(context.env().collect::<Vec<_>>(), &variables[..3]);
        let fields = [
            ("traceparent", PARENT),
            ("tracestate", "vendor=x"),
            ("baggage", "a=%FF"),
        ];
        assert_eq!(context, fields.into_iter().collect());
        assert!(of(&[("TRACEPARENT", ""), ("traceparent", PARENT)]).is_empty());
        assert_eq!(Context::default().env().count(), 0);
        assert!(Context::from_env().is_empty());
    }

    #[test]
    fn other_formats_are_read_out_of_the_environment_where_they_are_set() {
        let (trace, span) = PARENT[3..52].split_once('-').unwrap();
        let single = format!("{trace}-{span}-1");
        let multi = [
            ("X_B3_TRACEID", trace),
            ("X_B3_SPANID", span),
            ("X_B3_SAMPLED", "1"),
        ];
        assert!(of(&[("B3", &single)]).is_empty());
        let telemetry = capture_with(Propagation::none().with_b3(), Conventions::default());
        assert_eq!(of(&[("B3", &single)]).to_string(), PARENT);
        drop(telemetry);
        let multiple = Propagation::none().with_b3_multi();
        let _telemetry = capture_with(multiple, Conventions::default());
        assert_eq!(of(&multi).to_string(), PARENT);
        let other = PARENT.replace("-01", "-00");
        let both = [("TRACEPARENT", &*other), multi[0], multi[1]];
        assert_eq!(of(&both).to_string(), other);
    }

    #[test]
    fn the_baggage_of_who_enqueued_it_is_in_the_context_and_goes_on_as_it_came() {
        let propagation = Propagation::none().with_trace_context().with_baggage();
        let context: Context = [("baggage", "a=%FF;p=%20,b=1=2")].into_iter().collect();
        let cx = context.add_baggage(&propagation, otel::Context::new());
        assert_eq!(cx.baggage().get("b").unwrap().as_str(), "1=2");
        let mut sent = HeaderMap::new();
        propagation.inject(&cx, &mut sent);
        assert_eq!(sent["baggage"], "a=%FF;p=%20,b=1=2");
    }
}
