//! From records to requests: grouped by scope, none above the limit.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{logs::SdkLogRecord, trace::SpanData};

use super::{
    Encoder, Policy, Request, Tally,
    buffer::{BYTES, Buffer, Open, key},
    scope,
    secrets::Secrets,
};

/// A span or a log record.
pub(super) trait Item: Copy {
    /// What cutting makes of it.
    type Copy;

    fn same_scope(self, other: Self) -> bool;
    /// The scope, and the name that it goes by.
    fn scope(&self) -> (&str, &InstrumentationScope);
    fn write(self, out: &mut Buffer, secrets: &mut Secrets, policy: &impl Policy);
    fn cut(self, policy: &impl Policy, room: usize) -> Option<Self::Copy>;
    fn write_copy(
        self,
        copy: &Self::Copy,
        out: &mut Buffer,
        secrets: &mut Secrets,
        policy: &impl Policy,
    );
}

/// Records that lie side by side.
pub(super) trait Batch: Copy {
    type Item: Item;

    fn len(self) -> usize;
    fn at(self, place: usize) -> Option<Self::Item>;
}

impl<'a> Batch for &'a [SpanData] {
    type Item = &'a SpanData;

    fn len(self) -> usize {
        <[_]>::len(self)
    }

    fn at(self, place: usize) -> Option<Self::Item> {
        self.get(place)
    }
}

impl<'a> Batch for &'a [(&'a SdkLogRecord, &'a InstrumentationScope)] {
    type Item = (&'a SdkLogRecord, &'a InstrumentationScope);

    fn len(self) -> usize {
        <[_]>::len(self)
    }

    fn at(self, place: usize) -> Option<Self::Item> {
        self.get(place).copied()
    }
}

/// Which records belong to which scope, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// First and last record of each.
    ends: Vec<(usize, usize)>,
    /// The record after each one, in its group.
    next: Vec<usize>,
}

const LAST: usize = usize::MAX;

/// What is kept of the buffer between two batches, in bytes.
const KEPT: usize = 1 << 20;
/// The most that keys and lengths around one record may add, in bytes.
const SLACK: usize = 16;

impl Groups {
    fn sort(&mut self, items: impl Batch) {
        self.ends.clear();
        self.next.clear();
        self.next.resize(items.len(), LAST);
        let mut current = 0;
        for at in 0..items.len() {
            let Some(item) = items.at(at) else { break };
            let is_in = |&(first, _): &(usize, usize)| {
                items.at(first).is_some_and(|first| first.same_scope(item))
            };
            // Most records have the scope of the one before.
            if !self.ends.get(current).is_some_and(is_in) {
                current = match self.ends.iter().position(is_in) {
                    Some(group) => group,
                    None => {
                        self.ends.push((at, at));
                        self.ends.len() - 1
                    }
                };
            }
            if let Some((_, last)) = self.ends.get_mut(current)
                && *last != at
            {
                if let Some(next) = self.next.get_mut(*last) {
                    *next = at;
                }
                *last = at;
            }
        }
    }
}

/// A request that is being written.
struct Draft {
    resource: Open,
    items: usize,
    scope: Option<Scope>,
}

struct Scope {
    /// Where it begins, to be taken back if nothing comes into it.
    start: usize,
    open: Open,
    /// Bytes that are still to come after its records.
    tail: usize,
    items: usize,
}

impl<P: Policy> Encoder<P> {
    pub(super) fn run(&mut self, items: impl Batch, mut emit: impl FnMut(Request<'_>)) -> Tally {
        let mut oversized = 0;
        self.secrets.forget();
        self.secrets.redacted = 0;
        let mut groups = std::mem::take(&mut self.groups);
        groups.sort(items);
        let mut request = self.begin();
        for &(first, _) in &groups.ends {
            let mut at = first;
            let Some(head) = items.at(first) else { break };
            self.enter(&mut request, &head);
            while let Some(item) = items.at(at) {
                if !self.add(&mut request, item, &mut emit) {
                    oversized += 1;
                }
                at = groups.next.get(at).copied().unwrap_or(LAST);
            }
            self.leave(&mut request, &head);
        }
        self.end(&request, &mut emit);
        self.groups = groups;
        self.out.shrink_to(KEPT);
        Tally {
            oversized,
            redacted: self.secrets.redacted,
        }
    }

    fn begin(&mut self) -> Draft {
        self.out.clear();
        let resource = self.out.open(key(1, BYTES), 3);
        self.out.raw(&self.resource.0);
        Draft {
            resource,
            items: 0,
            scope: None,
        }
    }

    fn enter(&mut self, request: &mut Draft, item: &impl Item) {
        let start = self.out.len();
        let (name, scope) = item.scope();
        let open = self.out.open(scope::LIST, 3);
        scope::head(&mut self.out, name, scope, &mut self.secrets, &self.policy);
        request.scope = Some(Scope {
            start,
            open,
            tail: scope.schema_url().map_or(0, |url| url.len() + 6),
            items: 0,
        });
    }

    fn leave(&mut self, request: &mut Draft, item: &impl Item) {
        let Some(scope) = request.scope.take() else {
            return;
        };
        if scope.items == 0 {
            self.out.truncate(scope.start);
            return;
        }
        scope::tail(&mut self.out, item.scope().1);
        self.out.close(scope.open);
        request.items += scope.items;
    }

    fn end(&mut self, request: &Draft, emit: &mut impl FnMut(Request<'_>)) {
        if request.items > 0 {
            self.out.raw(&self.resource.1);
            self.out.close(request.resource);
            let (buffer, len) = self.out.parts();
            emit(Request {
                buffer,
                len,
                items: request.items,
            });
        }
    }

    /// Writes a record, into a new request if it does not fit into this one.
    /// False if it fits into none.
    fn add<T: Item>(
        &mut self,
        request: &mut Draft,
        item: T,
        emit: &mut impl FnMut(Request<'_>),
    ) -> bool {
        let before = self.out.len();
        let record = self.out.open(scope::LIST, 2);
        item.write(&mut self.out, &mut self.secrets, &self.policy);
        self.out.close(record);
        if !self.is_full(request) {
            count(request);
            return true;
        }
        self.add_elsewhere(request, item, before, emit)
    }

    #[cold]
    fn add_elsewhere<T: Item>(
        &mut self,
        request: &mut Draft,
        item: T,
        before: usize,
        emit: &mut impl FnMut(Request<'_>),
    ) -> bool {
        let mut record = Vec::new();
        self.out.split_off(before, &mut record);
        if request.items + request.scope.as_ref().map_or(0, |scope| scope.items) > 0 {
            self.leave(request, &item);
            self.end(request, emit);
            *request = self.begin();
            self.enter(request, &item);
        }
        let before = self.out.len();
        self.out.raw(&record);
        if !self.is_full(request) {
            count(request);
            return true;
        }
        self.out.truncate(before);
        // What stands around a record counts, too.
        let tail = request.scope.as_ref().map_or(0, |scope| scope.tail);
        let around = before + tail + self.resource.1.len() + SLACK;
        let room = self.limit.saturating_sub(around);
        let Some(copy) = item.cut(&self.policy, room) else {
            return false;
        };
        // The copy lies elsewhere, and its secrets are counted already.
        let redacted = self.secrets.redacted;
        self.secrets.forget();
        let record = self.out.open(scope::LIST, 3);
        item.write_copy(&copy, &mut self.out, &mut self.secrets, &self.policy);
        self.out.close(record);
        self.secrets.forget();
        self.secrets.redacted = redacted;
        if self.is_full(request) {
            self.out.truncate(before);
            return false;
        }
        count(request);
        true
    }

    /// Whether the request would be above the limit if it ended here.
    fn is_full(&self, request: &Draft) -> bool {
        let tail = request.scope.as_ref().map_or(0, |scope| scope.tail);
        // The two lengths that are open take four bytes at most.
        self.out.len() + tail + self.resource.1.len() + 2 > self.limit
    }
}

fn count(request: &mut Draft) {
    if let Some(scope) = &mut request.scope {
        scope.items += 1;
    }
}
