//! One trace: its summary, and its spans and logs in pages.

use super::{
    Answered, Desk,
    answer::{Answer, Fit},
    view,
};
use crate::{
    json::{Writer, attributes},
    store::{Identity, Origin, Trace},
};
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

pub(super) async fn page(desk: &Desk, trace: &Trace, mut place: Place, limit: usize) -> Answered {
    let mut answer = Answer::new(&desk.room);
    let mut resources = Resources::new();
    let mut left = limit;
    answer.pace.spend(trace.spans().len() * 64).await;
    answer.fields(|o| view::summary(o, trace));
    answer.open_list("spans");
    for span in trace.spans().iter().skip(place.spans) {
        if left == 0 {
            break;
        }
        let Some(resource) = resources.place(span.origin()) else {
            left = 0;
            break;
        };
        let beside = resources.writer.mark();
        let write = |to: &mut Writer<'static>| to.object(|o| view::span(o, span, resource));
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
