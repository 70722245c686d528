//! What a request's head says about it.

use axum::http::{HeaderMap, HeaderValue, Uri};
use opentelemetry::KeyValue;
use otelier_core::{TraceHeaders, semconv, shorten, shorten_query};

use super::{forwarded::Told, labels::Labels, listed::MAX_BYTES, origin::Origin, recent};

/// The headers that every request is asked for, found in one pass.
#[derive(Default)]
pub(super) struct Head<'a> {
    pub(super) trace: TraceHeaders<'a>,
    host: Option<&'a HeaderValue>,
    agent: Option<&'a HeaderValue>,
    pub(super) told: Told<'a>,
}

impl<'a> Head<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let mut head = Self::default();
        for (name, value) in headers {
            let name = name.as_str();
            // Most have another length than any of these.
            match name.len() {
                4 if name == "host" => head.host = head.host.or(Some(value)),
                10 if name == "user-agent" => head.agent = head.agent.or(Some(value)),
                7 | 10 | 11 => {
                    head.trace.meet(name, value);
                }
                9 | 15..=17 => head.told.meet(name, value),
                _ => {}
            }
        }
        head
    }

    /// The attributes that the conventions want from the start, but for the
    /// method's.
    pub(super) fn describe(
        &self,
        uri: &Uri,
        labels: &Labels,
        origin: &Origin<'_>,
        attributes: &mut Vec<KeyValue>,
    ) {
        if let Some(route) = &labels.route.label {
            attributes.push(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        describe_url(uri, labels, attributes);
        origin.describe(uri, self.host, attributes);
        let version = labels.version.as_str();
        attributes.push(KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, version));
        let agent = self.agent.filter(|agent| !agent.is_sensitive());
        if let Some(agent) = agent.and_then(|agent| recent::agent(agent.as_bytes())) {
            attributes.push(KeyValue::new(semconv::USER_AGENT_ORIGINAL, agent));
        }
    }
}

fn describe_url(uri: &Uri, labels: &Labels, attributes: &mut Vec<KeyValue>) {
    let path = shorten(uri.path(), MAX_BYTES);
    // A route without parameters is the path itself.
    let path = match &labels.route.label {
        Some(route) if route.as_str() == path => route.clone(),
        _ => path.into_owned().into(),
    };
    attributes.push(KeyValue::new(semconv::URL_PATH, path));
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        let query = shorten_query(query, MAX_BYTES).into_owned();
        attributes.push(KeyValue::new(semconv::URL_QUERY, query));
    }
}

/// The same again under the names that the attributes had before.
pub(super) fn add_old_names(attributes: &mut Vec<KeyValue>, uri: &Uri) {
    let renamed = |attribute: &KeyValue| {
        let old = semconv::old::renamed(attribute.key.as_str())?;
        (old != semconv::HTTP_ROUTE).then(|| KeyValue::new(old, attribute.value.clone()))
    };
    let mut old: Vec<_> = attributes.iter().filter_map(renamed).collect();
    let path = shorten(uri.path(), MAX_BYTES);
    let target = match uri.query().filter(|query| !query.is_empty()) {
        Some(query) => [&*path, "?", &shorten_query(query, MAX_BYTES)].concat(),
        None => path.into_owned(),
    };
    old.push(KeyValue::new(semconv::old::HTTP_TARGET, target));
    attributes.append(&mut old);
}
