//! Who calls whom.

use super::{
    answer::{Answer, Problem},
    ask::{self, Ask},
    desk::{Answered, Desk},
    list::{Traces, Wanted},
    view,
    walk::Walk,
};
use crate::{
    id::{SpanId, TraceId},
    json::Object,
    pace::Pace,
    store::{Span, Store, Trace, text},
};
use axum::extract::{RawQuery, State};
use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

const MOST_NODES: usize = 500;
const MOST_EDGES: usize = 2000;
/// Links to other traces that are followed.
const MOST_LINKS: usize = 1000;
/// How much longer a bucket of durations is than the one before.
const GROWTH: f64 = 1.05;

/// Calls, and how long they took, within five in a hundred.
#[derive(Debug, Default)]
struct Calls {
    count: u64,
    errors: u64,
    buckets: BTreeMap<i32, u64>,
}

impl Calls {
    fn add(&mut self, duration: Duration, failed: bool) {
        self.count += 1;
        self.errors += u64::from(failed);
        let nanos = duration.as_nanos().max(1) as f64;
        *self.buckets.entry(nanos.log(GROWTH) as i32).or_default() += 1;
    }

    fn quantile_ms(&self, share: f64) -> f64 {
        let rank = (share * self.count as f64).ceil() as u64;
        let mut before = 0;
        let found = self.buckets.iter().find(|(_, count)| {
            before += *count;
            before >= rank
        });
        found.map_or(0.0, |(bucket, _)| {
            GROWTH.powf(f64::from(*bucket) + 0.5) / 1e6
        })
    }

    fn write(&self, o: &mut Object<'_, '_>) {
        o.number("calls", self.count);
        o.number("errors", self.errors);
        o.double("p50Ms", self.quantile_ms(0.5));
        o.double("p95Ms", self.quantile_ms(0.95));
    }
}

/// A node: its kind, and its name.
type Node = (&'static str, String);
/// From, to, kind.
type Edge = (Node, Node, &'static str);

#[derive(Debug, Default)]
struct Map {
    nodes: BTreeMap<Node, Calls>,
    edges: BTreeMap<Edge, (Calls, Option<TraceId>)>,
    omitted: u64,
    links: usize,
}

pub(super) async fn answer(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let ask = Ask::of(query.as_deref(), &["query", "trace"])?;
    let wanted = Wanted::of(&ask)?;
    let mut pace = Pace::default();
    let mut map = Map::default();
    if let Some(id) = ask.get("trace") {
        let id = ask::trace_id(&desk.store, id)?;
        let trace = desk.store.trace(id).ok_or_else(Problem::no_trace)?;
        map.add(&trace, &desk.store);
    } else {
        let mut walk = Walk::new(Traces::all(desk.store.clone(), wanted), None);
        while let Some(trace) = walk.next(&mut pace).await {
            pace.spend(trace.spans().len() * 256).await;
            map.add(&trace, &desk.store);
        }
    }
    let mut answer = Answer::new(&desk.room);
    answer.open_list("nodes");
    for (node, calls) in &map.nodes {
        let write = |o: &mut Object<'_, 'static>| {
            o.text("id", &id(node));
            o.text("name", &node.1);
            o.text("kind", node.0);
            calls.write(o);
        };
        answer.entry(0, |to| to.object(write)).await?;
    }
    answer.close_list();
    answer.open_list("edges");
    for ((from, to, kind), (calls, sample)) in &map.edges {
        let write = |o: &mut Object<'_, 'static>| {
            o.text("from", &id(from));
            o.text("to", &id(to));
            o.text("kind", kind);
            calls.write(o);
            o.quoted_or_null("traceId", *sample);
        };
        answer.entry(0, |to| to.object(write)).await?;
    }
    answer.close_list();
    answer.fields(|o| o.number("omitted", map.omitted));
    Ok(answer.finish())
}

/// Services go by their name alone.
fn id((kind, name): &Node) -> String {
    match *kind {
        "service" => name.clone(),
        kind => format!("{kind}:{name}"),
    }
}

fn service(span: &Span) -> Node {
    ("service", view::short(span.service()))
}

/// What a span calls that sends no spans itself.
fn beyond(span: &Span) -> Option<Node> {
    let of = |keys: &[&str]| {
        let mut found = keys.iter().filter_map(|key| text(span.attributes(), key));
        found.next().map(view::short)
    };
    if let Some(name) = of(&["db.system.name", "db.system"]) {
        return Some(("database", name));
    }
    if let Some(system) = of(&["messaging.system"]) {
        let destination = of(&["messaging.destination.name"]);
        let name = destination.map_or(system.clone(), |name| format!("{system}/{name}"));
        return Some(("messaging", name));
    }
    matches!(span.kind(), SpanKind::Client)
        .then(|| of(&["server.address", "net.peer.name"]))
        .flatten()
        .map(|name| ("external", name))
}

impl Map {
    fn node(&mut self, node: &Node, span: &Span) {
        if self.nodes.len() >= MOST_NODES && !self.nodes.contains_key(node) {
            self.omitted += 1;
            return;
        }
        let calls = self.nodes.entry(node.clone()).or_default();
        calls.add(span.duration(), span.status() == StatusCode::Error);
    }

    fn edge(&mut self, from: Node, to: Node, kind: &'static str, span: &Span) {
        let known = |node| self.nodes.len() < MOST_NODES || self.nodes.contains_key(node);
        let edge = (from, to, kind);
        let full = self.edges.len() >= MOST_EDGES && !self.edges.contains_key(&edge);
        if full || !known(&edge.0) || !known(&edge.1) {
            self.omitted += 1;
            return;
        }
        for node in [&edge.0, &edge.1] {
            self.nodes.entry(node.clone()).or_default();
        }
        let (calls, sample) = self.edges.entry(edge).or_default();
        calls.add(span.duration(), span.status() == StatusCode::Error);
        *sample = Some(span.trace_id());
    }

    fn add(&mut self, trace: &Trace, store: &Store) {
        let spans: HashMap<SpanId, &Span> = trace
            .spans()
            .iter()
            .map(|span| (span.id(), &**span))
            .collect();
        let parent = |span: &Span| span.parent_id().and_then(|id| spans.get(&id).copied());
        // Whose children are of another service.
        let mut answered = HashSet::new();
        for span in trace.spans() {
            let over = parent(span).filter(|parent| parent.service() != span.service());
            if let Some(parent) = over {
                answered.insert(parent.id());
                let kind = match span.kind() {
                    SpanKind::Consumer => "message",
                    _ => "call",
                };
                self.edge(service(parent), service(span), kind, span);
            }
            if over.is_some() || parent(span).is_none() {
                self.node(&service(span), span);
            }
            if span.kind() == SpanKind::Consumer && over.is_none() {
                self.linked(span, store);
            }
        }
        for span in trace.spans() {
            let calls = matches!(span.kind(), SpanKind::Client | SpanKind::Producer);
            if calls
                && !answered.contains(&span.id())
                && let Some(node) = beyond(span)
            {
                self.node(&node, span);
                self.edge(service(span), node.clone(), node.0, span);
            }
        }
    }

    /// A message that is processed in a trace of its own.
    fn linked(&mut self, span: &Span, store: &Store) {
        let Some(link) = span.proto().links.first() else {
            return;
        };
        if self.links == MOST_LINKS {
            return;
        }
        self.links += 1;
        let trace = TraceId::from_bytes(&link.trace_id).and_then(|id| store.trace(id));
        let sender = SpanId::from_bytes(&link.span_id);
        let spans = trace.as_ref().map_or(&[][..], |trace| trace.spans());
        let sender = spans.iter().find(|other| Some(other.id()) == sender);
        if let Some(sender) = sender.filter(|sender| sender.service() != span.service()) {
            self.edge(service(sender), service(span), "message", span);
        }
    }
}
