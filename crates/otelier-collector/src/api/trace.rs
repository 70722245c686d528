//! One trace: its summary, and its spans and logs in pages.

use super::{
    answer::{Answer, Fit},
    desk::{Answered, Desk},
    view,
};
use crate::{
    anatomy::{Anatomy, Group, Part, Stretch},
    json::{Object, Writer, attributes},
    store::{Identity, Origin, Span, Trace},
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use std::collections::HashMap;

/// Spans and logs in one answer.
pub(super) const MOST: usize = 10_000;
/// Bytes of the resources in one answer.
const RESOURCES: usize = 2 << 20;

/// Where a page begins: how many spans and logs come before it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    spans: usize,
    logs: usize,
}

impl Place {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (spans, logs) = text.split_once('-')?;
        Some(Self {
            spans: spans.parse().ok()?,
            logs: logs.parse().ok()?,
        })
    }
}

/// The resources of a page, each written once.
struct Resources {
    writer: Writer<'static>,
    known: HashMap<Identity, usize>,
}

impl Resources {
    fn new() -> Self {
        let mut writer = Writer::bounded(RESOURCES);
        writer.raw("[");
        Self {
            writer,
            known: HashMap::new(),
        }
    }

    /// The place of a resource in the list, at the end if it is new; `None` if there is no room
    /// for it, or only a word for one that is alone too large.
    fn place(&mut self, origin: &Origin) -> Option<usize> {
        let identity = origin.identity();
        if let Some(place) = self.known.get(&identity) {
            return Some(*place);
        }
        let place = self.known.len();
        let mark = self.writer.mark();
        if place > 0 {
            self.writer.raw(",");
        }
        attributes(&mut self.writer, &origin.resource().attributes);
        if self.writer.is_full() {
            self.writer.rewind(mark);
            if place > 0 {
                return None;
            }
            self.writer.object(view::omitted);
        }
        self.known.insert(identity, place);
        Some(place)
    }

    fn finish(mut self) -> Vec<u8> {
        self.writer.raw("]");
        self.writer.into_bytes()
    }
}

fn ms(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

fn write_group(o: &mut Object<'_, '_>, trace: &Trace, group: &Group) {
    let first = trace.spans().get(group.first);
    o.quoted_or_null("parentSpanId", group.parent);
    if let Some(first) = first {
        o.text("name", &view::short(first.name()));
        o.text("service", &view::short(first.service()));
        o.text("kind", first.kind_name());
        o.text("firstSpanId", &first.id().to_string());
    }
    o.number("count", group.count);
    o.number("errorCount", group.errors);
    o.double("durationMs", ms(group.nanos));
}

fn write_part(o: &mut Object<'_, '_>, span: &Span, part: &Part, offset: u64) {
    let stretches = |o: &mut Object<'_, '_>, key, stretches: &[Stretch]| {
        o.array(key, stretches, |to, (from, until)| {
            to.array([from, until], |to, at| to.number(at - offset));
        });
    };
    o.double("selfMs", ms(part.own_nanos));
    o.double("criticalMs", ms(part.critical_nanos));
    stretches(o, "critical", &part.critical);
    stretches(o, "gaps", &part.gaps);
    let resend = span.attribute("http.request.resend_count");
    let resend = resend.and_then(|value| match value.value {
        Some(Value::IntValue(count)) => Some(count),
        _ => None,
    });
    o.number_or_null("resend", resend);
    o.number_or_null("group", part.group);
    o.boolean("missingParent", part.missing_parent);
    o.double("skewMs", ms(part.skew_nanos));
}

pub(super) async fn page(desk: &Desk, trace: &Trace, mut place: Place, limit: usize) -> Answered {
    let mut answer = Answer::new(&desk.room);
    let mut resources = Resources::new();
    let mut left = limit;
    let anatomy = Anatomy::aside(trace).await;
    answer.fields(|o| {
        view::summary(o, trace);
        o.quoted("offsetUnixNano", anatomy.offset);
        o.number("missingParents", anatomy.missing_parents);
        o.number("skewed", anatomy.skewed);
        o.double("criticalMs", ms(anatomy.critical_nanos));
    });
    if place.spans == 0 && place.logs == 0 {
        answer.open_list("groups");
        for group in &anatomy.groups {
            answer
                .entry(0, |to| to.object(|o| write_group(o, trace, group)))
                .await?;
        }
        answer.close_list();
    }
    answer.open_list("spans");
    let spans = trace.spans().iter().zip(&anatomy.parts);
    for (span, part) in spans.skip(place.spans) {
        if left == 0 {
            break;
        }
        let Some(resource) = resources.place(span.origin()) else {
            left = 0;
            break;
        };
        let beside = resources.writer.mark();
        let write = |to: &mut Writer<'static>| {
            to.object(|o| {
                view::span(o, span, resource);
                write_part(o, span, part, anatomy.offset);
            });
        };
        if answer.entry(beside, write).await? == Fit::TooLarge {
            if left < limit {
                left = 0;
                break;
            }
            let write = |to: &mut Writer<'static>| to.object(|o| view::span_stand_in(o, span));
            answer.entry(beside, write).await?;
        }
        left -= 1;
        place.spans += 1;
    }
    answer.close_list();
    answer.open_list("logs");
    for log in trace.logs().iter().skip(place.logs) {
        if left == 0 {
            break;
        }
        let Some(resource) = resources.place(log.origin()) else {
            break;
        };
        let beside = resources.writer.mark();
        let write = |to: &mut Writer<'static>| to.object(|o| view::log(o, log, Some(resource)));
        if answer.entry(beside, write).await? == Fit::TooLarge {
            if left < limit {
                break;
            }
            let write = |to: &mut Writer<'static>| to.object(|o| view::log_stand_in(o, log));
            answer.entry(beside, write).await?;
        }
        left -= 1;
        place.logs += 1;
    }
    answer.close_list();
    answer.raw("resources", &resources.finish());
    if place.spans < trace.spans().len() || place.logs < trace.logs().len() {
        answer.text("next", &format!("{}-{}", place.spans, place.logs));
    }
    Ok(answer.finish())
}
