//! Where the time of a trace goes: the critical path, what each span does itself, what waits, and
//! what is alike.

use crate::{
    id::SpanId,
    store::{Span, Trace},
};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Stretches told of one span.
const MOST_STRETCHES: usize = 64;
/// Groups of equal siblings that are told.
const MOST_GROUPS: usize = 1000;
/// So many siblings make a group.
const FEWEST: usize = 3;
/// A gap is longer than this part of its span.
const GAP_SHARE: u64 = 5;

/// A trace of so many spans takes a millisecond.
const LARGE: usize = 500;

/// From, to, in Unix nanoseconds.
pub(crate) type Stretch = (u64, u64);

/// What is known of a span among the others of its trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Part {
    /// The duration less the union of the children.
    pub(crate) own_nanos: u64,
    /// What of the critical path runs in this span itself.
    pub(crate) critical: Vec<Stretch>,
    pub(crate) critical_nanos: u64,
    /// Where a span with children does nothing for more than a fifth of its time.
    pub(crate) gaps: Vec<Stretch>,
    /// Its place among the groups.
    pub(crate) group: Option<usize>,
    pub(crate) missing_parent: bool,
    /// How much before its parent it begins.
    pub(crate) skew_nanos: u64,
}

/// Siblings of the same name, service and kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) parent: Option<SpanId>,
    /// The place of the earliest.
    pub(crate) first: usize,
    pub(crate) count: usize,
    pub(crate) errors: usize,
    pub(crate) nanos: u64,
}

/// All of it; parts in the order of the spans.
#[derive(Debug, Default)]
pub(crate) struct Anatomy {
    /// The earliest start.
    pub(crate) offset: u64,
    pub(crate) parts: Vec<Part>,
    /// The largest first.
    pub(crate) groups: Vec<Group>,
    pub(crate) missing_parents: usize,
    pub(crate) skewed: usize,
    pub(crate) critical_nanos: u64,
}

/// The spans of a trace, and who is under whom.
struct Tree<'a> {
    spans: &'a [Arc<Span>],
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl Anatomy {
    /// Of a large trace on a thread where nobody waits for it.
    pub(crate) async fn aside(trace: &Trace) -> Self {
        if trace.spans().len() < LARGE {
            return Self::of(trace);
        }
        let whole = trace.clone();
        let made = tokio::task::spawn_blocking(move || Self::of(&whole)).await;
        // There is no such thread when all ends.
        made.unwrap_or_else(|_| Self::of(trace))
    }

    /// # Cost
    /// The spans are sorted a few times; else it is linear.
    pub(crate) fn of(trace: &Trace) -> Self {
        let tree = Tree::of(trace.spans());
        let spans = tree.spans;
        let mut parts: Vec<Part> = (0..spans.len()).map(|at| tree.part(at)).collect();
        let root = trace.root();
        let root = root.and_then(|root| spans.iter().position(|span| Arc::ptr_eq(span, root)));
        if let Some(root) = root {
            tree.critical(root, &mut parts);
        }
        let groups = tree.groups(&mut parts);
        let starts = spans.iter().map(|span| span.proto().start_time_unix_nano);
        Self {
            offset: starts.min().unwrap_or_default(),
            missing_parents: parts.iter().filter(|part| part.missing_parent).count(),
            skewed: parts.iter().filter(|part| part.skew_nanos > 0).count(),
            critical_nanos: parts.iter().map(|part| part.critical_nanos).sum(),
            groups,
            parts,
        }
    }
}

fn stretch(span: &Span) -> Stretch {
    let start = span.proto().start_time_unix_nano;
    (start, span.proto().end_time_unix_nano.max(start))
}

impl<'a> Tree<'a> {
    fn of(spans: &'a [Arc<Span>]) -> Self {
        let mut places = HashMap::with_capacity(spans.len());
        for (at, span) in spans.iter().enumerate() {
            places.entry(span.id()).or_insert(at);
        }
        let mut children = vec![Vec::new(); spans.len()];
        let mut parents = Vec::with_capacity(spans.len());
        for (at, span) in spans.iter().enumerate() {
            let parent = span.parent_id().and_then(|id| places.get(&id).copied());
            let parent = parent.filter(|parent| *parent != at);
            if let Some(list) = parent.and_then(|parent| children.get_mut(parent)) {
                list.push(at);
            }
            parents.push(parent);
        }
        Self {
            spans,
            parents,
            children,
        }
    }

    fn stretch(&self, at: usize) -> Stretch {
        self.spans.get(at).map_or((0, 0), |span| stretch(span))
    }

    fn children(&self, at: usize) -> &[usize] {
        self.children.get(at).map_or(&[], Vec::as_slice)
    }

    fn parent(&self, at: usize) -> Option<usize> {
        self.parents.get(at).copied().flatten()
    }

    /// What can be told of a span and its children alone.
    fn part(&self, at: usize) -> Part {
        let (start, end) = self.stretch(at);
        let children = self.children(at).iter().map(|child| self.stretch(*child));
        let children = children.map(|(from, to)| (from.max(start), to.min(end)));
        let mut children: Vec<_> = children.filter(|(from, to)| from < to).collect();
        children.sort_unstable();
        let (mut reached, mut covered) = (start, 0);
        let mut gaps = Vec::new();
        if !children.is_empty() {
            children.push((end, end));
        }
        for (from, to) in children {
            if from.saturating_sub(reached) > (end - start) / GAP_SHARE {
                gaps.push((reached, from));
            }
            covered += to.saturating_sub(from.max(reached));
            reached = reached.max(to);
        }
        let parent = self.parent(at).map(|parent| self.stretch(parent).0);
        let named = self.spans.get(at).and_then(|span| span.parent_id());
        Part {
            own_nanos: end - start - covered,
            gaps,
            missing_parent: named.is_some() && parent.is_none(),
            skew_nanos: parent.map_or(0, |parent| parent.saturating_sub(start)),
            ..Part::default()
        }
    }

    /// From the end of the root back to the child that ends last, clipped to its parent, into it,
    /// and on from where that child began.
    fn critical(&self, root: usize, parts: &mut [Part]) {
        let (start, end) = self.stretch(root);
        let mut seen = HashSet::new();
        let mut open = vec![(root, start, end)];
        while let Some((at, from, to)) = open.pop() {
            // Parents may go in a circle.
            if !seen.insert(at) {
                continue;
            }
            let mut children = self.children(at).to_vec();
            children.sort_by_key(|child| Reverse(self.stretch(*child).1));
            let mut own = Vec::new();
            let mut left = to;
            for child in children {
                let (begin, end) = self.stretch(child);
                let (begin, end) = (begin.max(from), end.min(left));
                if begin >= end || seen.contains(&child) {
                    continue;
                }
                if end < left {
                    own.push((end, left));
                }
                open.push((child, begin, end));
                left = begin;
            }
            if from < left {
                own.push((from, left));
            }
            let Some(part) = parts.get_mut(at) else {
                continue;
            };
            part.critical_nanos = own.iter().map(|(from, to)| to - from).sum();
            own.reverse();
            if let (Some((_, last)), true) = (own.last().copied(), own.len() > MOST_STRETCHES) {
                own.truncate(MOST_STRETCHES);
                if let Some((_, to)) = own.last_mut() {
                    *to = last;
                }
            }
            part.critical = own;
        }
    }

    fn groups(&self, parts: &mut [Part]) -> Vec<Group> {
        let mut alike: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, span) in self.spans.iter().enumerate() {
            let key = (span.parent_id(), span.name(), span.service(), span.kind());
            alike.entry(key).or_default().push(at);
        }
        let mut groups: Vec<_> = alike
            .into_iter()
            .filter(|(_, all)| all.len() >= FEWEST)
            .collect();
        groups.sort_by_key(|(_, all)| (Reverse(all.len()), all.first().copied()));
        groups.truncate(MOST_GROUPS);
        let mut told = Vec::with_capacity(groups.len());
        for (place, ((parent, ..), all)) in groups.into_iter().enumerate() {
            let mut group = Group {
                parent,
                first: all.first().copied().unwrap_or_default(),
                count: all.len(),
                errors: 0,
                nanos: 0,
            };
            for at in &all {
                let (start, end) = self.stretch(*at);
                group.nanos = group.nanos.saturating_add(end - start);
                if start < self.stretch(group.first).0 {
                    group.first = *at;
                }
                let span = self.spans.get(*at);
                let failed = span.is_some_and(|span| span.status() == StatusCode::Error);
                group.errors += usize::from(failed);
                if let Some(part) = parts.get_mut(*at) {
                    part.group = Some(place);
                }
            }
            told.push(group);
        }
        told
    }
}

#[cfg(test)]
mod tests;
