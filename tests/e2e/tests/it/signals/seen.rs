//! Holds what has arrived against what is listed.

use std::collections::BTreeSet;

use otelier_collector::{
    Metric, MetricKind, Origin, Store,
    proto::common::v1::{AnyValue, KeyValue, any_value::Value},
};

use super::page::{Attributes, Page, covers};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What arrived and is not listed like that.
    pub(super) unlisted: BTreeSet<String>,
    /// What is listed and arrived.
    pub(super) arrived: BTreeSet<String>,
}

/// How the page names types.
fn kind(value: Option<&AnyValue>) -> &'static str {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(_)) => "string",
        Some(Value::IntValue(_)) => "int",
        Some(Value::DoubleValue(_)) => "double",
        Some(Value::BoolValue(_)) => "boolean",
        Some(Value::ArrayValue(array)) => match kind(array.values.first()) {
            "int" => "int[]",
            "double" => "double[]",
            "boolean" => "boolean[]",
            _ => "string[]",
        },
        _ => "nothing",
    }
}

const fn instrument(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Sum => "counter",
        MetricKind::UpDownSum => "up-down counter",
        MetricKind::Gauge => "gauge",
        MetricKind::Histogram | MetricKind::ExponentialHistogram => "histogram",
        _ => "something else",
    }
}

/// Who else may add attributes.
#[derive(Clone, Copy, PartialEq)]
enum Others {
    Nobody,
    /// The service, but not in namespaces that are listed.
    Service,
}

impl Seen {
    pub(super) fn of(store: &Store, page: &Page) -> Self {
        let mut seen = Self::default();
        let none = Attributes::new();
        let of_any = page.spans.get("").unwrap_or(&none);
        for span in store.spans() {
            seen.resource(page, span.origin());
            let (proto, scope) = (span.proto(), &span.origin().scope().name);
            let events = proto.events.iter().flat_map(|event| &event.attributes);
            let links = proto.links.iter().flat_map(|link| &link.attributes);
            let all = span.attributes().iter().chain(events).chain(links);
            let (any, rest): (Vec<_>, Vec<_>) = all
                .cloned()
                .partition(|attribute| of_any.contains_key(&attribute.key));
            seen.attributes(page, ANY_SPAN, &any, of_any, Others::Nobody);
            let (listed, others) = match page.spans.get(scope) {
                Some(listed) => (listed, Others::Nobody),
                None => (&none, Others::Service),
            };
            seen.attributes(page, &of_spans(scope), &rest, listed, others);
        }
        for log in store.logs() {
            seen.resource(page, log.origin());
            seen.attributes(page, "logs", log.attributes(), &page.logs, Others::Service);
        }
        for metric in store.metrics() {
            seen.resource(page, metric.origin());
            seen.metric(page, &metric);
        }
        seen
    }

    fn resource(&mut self, page: &Page, origin: &Origin) {
        let sent = &origin.resource().attributes;
        self.attributes(page, "resource", sent, &page.resource, Others::Nobody);
    }

    fn attributes(
        &mut self,
        page: &Page,
        place: &str,
        attributes: &[KeyValue],
        listed: &Attributes,
        others: Others,
    ) {
        for attribute in attributes {
            let (name, sent) = (&attribute.key, kind(attribute.value.as_ref()));
            let mut found = false;
            for (pattern, kind) in listed {
                if !covers(pattern, name) {
                    continue;
                }
                found = true;
                self.arrived.insert(format!("{place}: {pattern}"));
                if kind != sent && kind != "any" {
                    self.unlisted.insert(format!(
                        "{place}: {name} is of type {sent}, and listed as {kind}"
                    ));
                }
                // The nearest says it: of a name and a family the name.
                if pattern == name {
                    break;
                }
            }
            if !found && (others == Others::Nobody || is_of_a_listed_family(page, name)) {
                self.unlisted.insert(format!("{place}: {name}"));
            }
        }
    }

    fn metric(&mut self, page: &Page, metric: &Metric) {
        let name = metric.name();
        let mut listed = page
            .metrics
            .iter()
            .filter(|(pattern, _)| covers(pattern, name));
        let Some((pattern, listed)) = listed.next() else {
            let ours = metric.origin().scope().name.starts_with("otelier");
            if ours || is_of_a_listed_family(page, name) {
                self.unlisted.insert(format!("metric {name}"));
            }
            return;
        };
        self.arrived.insert(format!("metric {pattern}"));
        let (kind, unit) = (instrument(metric.kind()), metric.unit());
        // A service's own has the unit that the service gives.
        let own = pattern.ends_with('.');
        if !listed.kind.split(", ").any(|listed| listed == kind) || (unit != listed.unit && !own) {
            let (kind_listed, unit_listed) = (&listed.kind, &listed.unit);
            self.unlisted.insert(format!(
                "metric {name} is a {kind} of {unit}, and listed as {kind_listed} of {unit_listed}"
            ));
        }
        let typed = listed.attributes.iter().map(|name| {
            // Without a type no value is of the right one.
            let kind = page.types.get(name).cloned().unwrap_or_default();
            (name.clone(), kind)
        });
        let place = format!("metric {pattern}");
        self.attributes(
            page,
            &place,
            metric.attributes(),
            &typed.collect(),
            Others::Nobody,
        );
    }
}

/// All that is listed, in the words in which it arrives.
pub(super) fn listed(page: &Page) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut of = |place: &str, names: &mut dyn Iterator<Item = &String>| {
        all.extend(names.map(|name| format!("{place}: {name}")));
    };
    of("resource", &mut page.resource.keys());
    of("logs", &mut page.logs.keys());
    for (scope, listed) in &page.spans {
        of(&of_spans(scope), &mut listed.keys());
    }
    let metrics = page.metrics.iter();
    let metrics = metrics.filter(|(_, metric)| !metric.unstable || cfg!(tokio_unstable));
    for (name, metric) in metrics.clone() {
        of(&format!("metric {name}"), &mut metric.attributes.iter());
    }
    all.extend(metrics.map(|(name, _)| format!("metric {name}")));
    all
}

const ANY_SPAN: &str = "any span";

fn of_spans(scope: &str) -> String {
    match scope {
        "" => ANY_SPAN.to_owned(),
        scope => format!("spans of {scope}"),
    }
}

/// Whether its namespace is one that the page lists names of.
fn is_of_a_listed_family(page: &Page, name: &str) -> bool {
    let family = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let listed = page.types.keys().chain(page.metrics.keys());
    let mut listed = listed.filter(|listed| !listed.ends_with('.'));
    name.contains('.') && listed.any(|listed| family(listed) == family(name))
}
