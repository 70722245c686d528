//! From records to requests, none of which is above the limit.

use opentelemetry::InstrumentationScope;

use super::{
    Encoder, Policy, Request, Tally,
    buffer::Open,
    form::Form,
    groups::{Batch, Grouped as _},
    item::Item,
    metric::Points,
    scope::{self, Encoded, Levels, schema_url_len},
    secrets::{CUTS, Secrets},
};

/// What is kept of the buffer between two batches, in bytes.
const KEPT: usize = 1 << 20;

/// What a record stands in.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    pub(super) scope: &'a InstrumentationScope,
    /// Of data points alone.
    pub(super) metric: Option<Points<'a>>,
}

/// Something that records are written into.
struct Level {
    /// Where it begins, to be taken back if nothing comes into it.
    start: usize,
    open: Open,
    /// A message within, between it and the records.
    inner: Option<Open>,
    /// Bytes that are still to come behind its records.
    tail: usize,
    items: usize,
}

/// One batch on its way into requests.
pub(super) struct Run<'a, F, P, E> {
    pub(super) out: F,
    pub(super) policy: &'a P,
    pub(super) secrets: &'a mut Secrets,
    levels: Levels,
    limit: usize,
    resource: &'a Encoded,
    emit: E,
    /// The request that is being written, and what of it is open.
    request: Open,
    items: usize,
    scope: Option<Level>,
    metric: Option<Level>,
    oversized: usize,
}

impl<P: Policy> Encoder<P> {
    pub(super) fn batch<F: Form>(
        &mut self,
        items: impl Batch,
        emit: impl FnMut(Request<'_>),
    ) -> Tally {
        let mut groups = std::mem::take(&mut self.groups);
        groups.sort(items);
        let tally = self.run::<F, _>(items.levels(), emit, |run| {
            for first in groups.firsts() {
                let Some(head) = items.at(first) else { break };
                let (name, scope) = head.scope();
                let place = Place {
                    name,
                    scope,
                    metric: None,
                };
                run.enter_scope(&place);
                let mut at = first;
                while let Some(item) = items.at(at) {
                    run.add(&place, item);
                    at = groups.after(at);
                }
                run.leave_scope(&place);
            }
        });
        self.groups = groups;
        tally
    }

    pub(super) fn run<F: Form, E: FnMut(Request<'_>)>(
        &mut self,
        levels: Levels,
        emit: E,
        write: impl FnOnce(&mut Run<'_, F, P, E>),
    ) -> Tally {
        self.secrets.forget();
        self.secrets.redacted = 0;
        let mut run = Run {
            out: F::from(std::mem::take(&mut self.out)),
            policy: &self.policy,
            secrets: &mut self.secrets,
            levels,
            limit: self.limit,
            resource: &self.resource,
            emit,
            request: Open::default(),
            items: 0,
            scope: None,
            metric: None,
            oversized: 0,
        };
        run.begin();
        write(&mut run);
        run.end();
        let oversized = run.oversized;
        self.out = run.out.into();
        self.out.shrink_to(KEPT);
        Tally {
            oversized,
            redacted: self.secrets.redacted,
        }
    }
}

impl<F: Form, P: Policy, E: FnMut(Request<'_>)> Run<'_, F, P, E> {
    fn begin(&mut self) {
        self.out.buffer().clear();
        self.items = 0;
        self.out.begin();
        self.out.list(self.levels.resources);
        self.request = self.out.item(self.levels.resources, 3);
        self.out.buffer().raw(&self.resource.bytes);
        self.out.list(self.levels.scopes);
    }

    fn end(&mut self) {
        if self.items == 0 {
            return;
        }
        self.out.end_list();
        scope::schema_url(&mut self.out, &self.resource.schema_url);
        self.out.close(self.request);
        self.out.end_list();
        self.out.end();
        let (buffer, len) = self.out.buffer().parts();
        (self.emit)(Request {
            buffer,
            len,
            items: self.items,
        });
    }

    pub(super) fn enter_scope(&mut self, place: &Place<'_>) {
        let start = self.out.buffer().len();
        let open = self.out.item(self.levels.scopes, 3);
        scope::head(
            &mut self.out,
            place.name,
            place.scope,
            self.secrets,
            self.policy,
        );
        self.out.list(self.levels.records);
        let url = place.scope.schema_url().unwrap_or_default();
        self.scope = Some(Level {
            start,
            open,
            inner: None,
            tail: schema_url_len::<F>(url),
            items: 0,
        });
    }

    pub(super) fn leave_scope(&mut self, place: &Place<'_>) {
        let Some(scope) = self.scope.take() else {
            return;
        };
        if scope.items == 0 {
            self.out.buffer().truncate(scope.start);
            return;
        }
        self.out.end_list();
        scope::schema_url(&mut self.out, place.scope.schema_url().unwrap_or_default());
        self.out.close(scope.open);
        self.items += scope.items;
    }

    pub(super) fn enter_metric(&mut self, points: &Points<'_>) {
        let start = self.out.buffer().len();
        let (open, inner) = points.head(&mut self.out);
        self.metric = Some(Level {
            start,
            open,
            inner: Some(inner),
            tail: F::AROUND_POINTS,
            items: 0,
        });
    }

    pub(super) fn leave_metric(&mut self, points: &Points<'_>) {
        let Some(metric) = self.metric.take() else {
            return;
        };
        if metric.items == 0 {
            self.out.buffer().truncate(metric.start);
            return;
        }
        points.tail(&mut self.out);
        if let Some(inner) = metric.inner {
            self.out.close(inner);
        }
        self.out.close(metric.open);
        if let Some(scope) = &mut self.scope {
            scope.items += metric.items;
        }
    }

    /// Ends this request, and begins the next one at the same place.
    fn turn(&mut self, place: &Place<'_>) {
        if let Some(points) = &place.metric {
            self.leave_metric(points);
        }
        self.leave_scope(place);
        self.end();
        self.begin();
        self.enter_scope(place);
        if let Some(points) = &place.metric {
            self.enter_metric(points);
        }
    }

    /// Writes a record, into a new request if it does not fit into this one.
    #[inline]
    pub(super) fn add<T: Item>(&mut self, place: &Place<'_>, item: T) {
        let before = self.out.buffer().len();
        let record = self.out.item(T::LIST, 2);
        item.write(&mut self.out, self.secrets, self.policy);
        self.out.close(record);
        if self.is_full() {
            self.add_elsewhere(place, item, before);
        } else {
            self.count();
        }
    }

    #[cold]
    fn add_elsewhere<T: Item>(&mut self, place: &Place<'_>, item: T, before: usize) {
        let mut record = Vec::new();
        self.out.buffer().split_off(before, &mut record);
        if self.holds_anything() {
            self.turn(place);
        }
        let before = self.out.buffer().len();
        self.out.append(&record);
        if !self.is_full() {
            return self.count();
        }
        self.out.buffer().truncate(before);
        if !(T::MAY_BE_CUT && self.add_cut(item, record.len())) {
            self.oversized += 1;
        }
    }

    /// Writes it with its texts cut, shorter and shorter until it fits. False if it
    /// does not.
    fn add_cut(&mut self, item: impl Item, size: usize) -> bool {
        let before = self.out.buffer().len();
        // Its secrets are counted already.
        let redacted = self.secrets.redacted;
        let fits = CUTS.iter().any(|cut| {
            self.secrets.cut(*cut, size);
            let record = self.out.item(self.levels.records, 3);
            item.write(&mut self.out, self.secrets, self.policy);
            self.out.close(record);
            let fits = !self.is_full();
            if !fits {
                self.out.buffer().truncate(before);
            }
            fits
        });
        self.secrets.cut_no_more();
        self.secrets.redacted = redacted;
        if fits {
            self.count();
        }
        fits
    }

    fn holds_anything(&self) -> bool {
        let levels = [&self.scope, &self.metric];
        self.items > 0 || levels.into_iter().flatten().any(|level| level.items > 0)
    }

    /// Whether the request would be above the limit if it ended here.
    #[inline]
    fn is_full(&mut self) -> bool {
        let of = |level: &Option<Level>| level.as_ref().map_or(0, |level| level.tail);
        let tail =
            of(&self.scope) + of(&self.metric) + schema_url_len::<F>(&self.resource.schema_url);
        self.out.buffer().len() + tail + F::AROUND > self.limit
    }

    #[inline]
    fn count(&mut self) {
        if let Some(level) = self.metric.as_mut().or(self.scope.as_mut()) {
            level.items += 1;
        }
    }
}
