//! One span, whole.

use super::{
    answer::Answer,
    page::{Page, nanos},
};
use crate::{
    anatomy::Anatomy,
    clean::clean,
    draw::{
        text::{duration, status},
        tree::{event_text, key_and_value, link_text, log_text},
    },
    store::{Span, Trace, display_short},
};
use opentelemetry_proto::tonic::common::v1::KeyValue;

/// Characters of a value: an SQL text or a stack trace as a rule.
const LONGEST: usize = 4000;
const MOST_ATTRIBUTES: usize = 128;
/// Events, links and log records, of each so many.
const MOST: usize = 32;

pub(super) fn span(trace: &Trace, anatomy: &Anatomy, id: &str) -> Answer {
    let digits = id.trim_start_matches('#').to_ascii_lowercase();
    let spans = trace.spans().iter().zip(&anatomy.parts);
    let mut alike = spans.filter(|(span, _)| span.id().to_string().starts_with(&digits));
    let Some((span, part)) = alike.next().filter(|_| !digits.is_empty()) else {
        let words = "no such span in this trace: take the digits behind # in its tree";
        return Err(words.into());
    };
    if alike.any(|(other, _)| other.id() != span.id()) {
        return Err("more than one span begins so: use more digits".into());
    }
    let mut page = Page::default();
    let start = span.proto().start_time_unix_nano;
    page.head(&format!("span #{} of trace {}", span.id(), trace.id()));
    page.head(&format!(
        "{} ({}) of {}: {} {}",
        clean(span.name(), 1000),
        span.kind_name(),
        clean(span.service(), 200),
        status(span).0,
        clean(span.status_message(), LONGEST),
    ));
    page.head(&format!(
        "began +{}, took {}, own {}, on the critical path {}",
        nanos(start.saturating_sub(anatomy.offset)),
        duration(span.duration()),
        nanos(part.own_nanos),
        nanos(part.critical_nanos),
    ));
    let parent = span.parent_id().map(|id| format!("parent #{id}"));
    page.head(&parent.unwrap_or_else(|| "no parent".into()));
    let whole = rest(&mut page, trace, span);
    if !whole {
        page.head("(more than an answer may have: the rest is left out)");
    }
    Ok(page.end(None))
}

/// What has no bound of its own; tells whether all of it had room.
fn rest(page: &mut Page, trace: &Trace, span: &Span) -> bool {
    let proto = span.proto();
    let origin = span.origin();
    let mut whole = list(page, "attributes", span.attributes());
    for event in proto.events.iter().take(MOST) {
        let after = nanos(
            event
                .time_unix_nano
                .saturating_sub(proto.start_time_unix_nano),
        );
        whole &= page.row(&format!("event +{after} {}", event_text(event)));
        whole &= list(page, "  its attributes", &event.attributes);
    }
    for link in proto.links.iter().take(MOST) {
        whole &= page.row(&link_text(link, None));
    }
    let logs = trace.logs().iter();
    let logs = logs.filter(|log| log.span_id() == Some(span.id()));
    for log in logs.take(MOST) {
        whole &= page.row(&format!("log {}", log_text(log)));
    }
    let scope = origin.scope();
    whole &= page.row(&format!(
        "instrumented by {} {}",
        clean(&scope.name, 200),
        clean(&scope.version, 60)
    ));
    whole & list(page, "resource", &origin.resource().attributes)
}

fn list(page: &mut Page, title: &str, attributes: &[KeyValue]) -> bool {
    let mut whole = attributes.is_empty() || page.row(&format!("{title}:"));
    for (key, value) in attributes
        .iter()
        .filter_map(key_and_value)
        .take(MOST_ATTRIBUTES)
    {
        let value = clean(&display_short(value, LONGEST), LONGEST);
        whole &= page.row(&format!("  {} = {value}", clean(key, 200)));
    }
    whole
}
