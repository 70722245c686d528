//! One conversation, step by step.

use super::{
    message::Message,
    said::{self, Said},
    step::{Step, What, steps},
    talk::{Key, Talk, write_usage},
};
use crate::{
    api::{
        answer::{Answer, Fit, Problem},
        ask::{self, Ask},
        desk::{Answered, DEFAULT_LIMIT, Desk},
        list::{Traces, Wanted, limit},
        view,
        walk::Walk,
    },
    json::{Object, Writer},
    pace::Pace,
    store::Trace,
};
use axum::extract::{RawQuery, State};
use http::StatusCode;

/// Courses of a conversation that are remembered, to tell what was said before.
const COURSES: usize = 16;

pub(crate) async fn answer(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Answered {
    let _reader = desk.reader();
    let ask = Ask::of(query.as_deref(), &["id", "trace", "limit", "after"])?;
    let limit = limit(&ask, DEFAULT_LIMIT)?;
    let skipped = ask.after(|text| text.parse::<usize>().ok())?.unwrap_or(0);
    let mut pace = Pace::default();
    let gone = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no such conversation (any more)".into(),
        )
    };
    let (key, found) = match (ask.get("id"), ask.get("trace")) {
        (Some(name), None) => {
            let key = Key::Named(name.to_owned());
            let found = named(&desk, &key, &mut pace).await;
            (key, found)
        }
        (None, Some(id)) => {
            let id = ask::trace_id(&desk.store, id)?;
            let trace = desk.store.trace(id).ok_or_else(Problem::no_trace)?;
            (Key::Of(id), vec![steps(&trace)])
        }
        _ => {
            let words = "tell the conversation's id, or a trace".into();
            return Err(Problem::bad(words));
        }
    };
    let mut talk = Talk::default();
    for steps in &found {
        talk.add(steps);
    }
    let mut all: Vec<Step> = found.into_iter().flatten().collect();
    if all.is_empty() {
        return Err(gone());
    }
    all.sort_by_key(Step::began);
    let mut answer = Answer::new(&desk.room);
    answer.fields(|o| talk.write(o, &key));
    answer.open_list("steps");
    let (mut place, mut taken) = (skipped, 0);
    let mut courses = Courses::default();
    for (at, step) in all.iter().enumerate() {
        if taken == limit {
            break;
        }
        pace.spend(step.weight()).await;
        let mut held = desk.room.hold();
        held.grow(step.weight() * 8)?;
        let said = Said::of(step);
        // What a tool was given is no part of what is sent to a model.
        let known = match step.what {
            What::Tool => 0,
            _ => courses.known(&said),
        };
        if at < skipped {
            continue;
        }
        let write = |to: &mut Writer<'static>| to.object(|o| write(o, step, &said, known));
        if answer.entry(0, write).await? == Fit::TooLarge {
            if taken > 0 {
                break;
            }
            let stand_in = |o: &mut Object<'_, 'static>| {
                head(o, step);
                view::omitted(o);
            };
            answer.entry(0, |to| to.object(stand_in)).await?;
        }
        place += 1;
        taken += 1;
    }
    answer.close_list();
    answer.fields(|o| {
        o.number("total", all.len());
        o.text("version", &desk.store.version().to_string());
    });
    if place < all.len() {
        answer.text("next", &place.to_string());
    }
    Ok(answer.finish())
}

/// The steps of a conversation, trace by trace.
async fn named(desk: &Desk, key: &Key, pace: &mut Pace) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    let traces = Traces::all(desk.store.clone(), Wanted::default());
    let mut walk = Walk::new(traces, None);
    while let Some(trace) = walk.next(pace).await {
        pace.spend(trace.spans().len() * 64).await;
        let mine = of(&trace, key);
        if !mine.is_empty() {
            found.push(mine);
        }
    }
    found
}

fn of(trace: &Trace, key: &Key) -> Vec<Step> {
    let mut steps = steps(trace);
    steps.retain(|step| Key::of(step) == *key);
    steps
}

impl Step {
    /// About how many bytes are looked at.
    fn weight(&self) -> usize {
        use prost::Message as _;
        let logs = self.logs.iter().map(|log| log.proto().encoded_len());
        self.span.proto().encoded_len() + logs.sum::<usize>()
    }
}

/// What was said so far, as it was sent: programs send it again with every call.
#[derive(Debug, Default)]
struct Courses(Vec<Vec<u64>>);

impl Courses {
    /// How many of the messages that a step begins with were sent or answered before.
    fn known(&mut self, said: &Said) -> usize {
        let before: Vec<u64> = said.before.iter().map(Message::hash).collect();
        let same = |course: &Vec<u64>| {
            let both = course.iter().zip(&before);
            both.take_while(|(one, other)| one == other).count()
        };
        let longest = self.0.iter().map(same).enumerate();
        let longest = longest.max_by_key(|(_, count)| *count);
        let (place, known) = longest.unwrap_or_default();
        if before.is_empty() && said.after.is_empty() {
            return 0;
        }
        let mut course = before;
        course.extend(said.after.iter().map(Message::hash));
        match self.0.get_mut(place) {
            // It goes on where this one was.
            Some(old) if known > 0 && known == old.len() => *old = course,
            _ => {
                if self.0.len() == COURSES {
                    self.0.remove(0);
                }
                self.0.push(course);
            }
        }
        known
    }
}

fn head(o: &mut Object<'_, '_>, step: &Step) {
    let span = &step.span;
    o.text("traceId", &span.trace_id().to_string());
    o.text("spanId", &span.id().to_string());
    o.number("depth", step.depth);
    o.text("what", step.what.as_str());
    o.text("name", &step.name());
    o.text("service", &view::short(span.service()));
    o.quoted("startTimeUnixNano", step.began());
    o.double("durationMs", span.duration().as_secs_f64() * 1e3);
    o.text("status", span.status_name());
}

fn write(o: &mut Object<'_, '_>, step: &Step, said: &Said, known: usize) {
    head(o, step);
    for (key, text) in [
        ("operation", step.operation()),
        ("provider", step.provider()),
        ("model", step.model()),
        ("responseModel", step.response_model()),
        ("errorType", step.error_type()),
        ("callId", step.call_id()),
    ] {
        o.text_or_null(key, text);
    }
    o.text("statusMessage", &view::short(step.span.status_message()));
    write_usage(o, step.usage());
    o.double_or_null("firstChunkMs", step.first_chunk_ms());
    o.array("finishReasons", said::reasons(step), |to, reason| {
        to.text(&reason);
    });
    o.number("earlier", known);
    let messages = said.before.iter().skip(known).map(|one| (one, false));
    let messages = messages.chain(said.after.iter().map(|one| (one, true)));
    o.array("messages", messages, |to, (message, answers)| {
        to.object(|o| {
            o.text("role", &message.role);
            o.boolean("answer", answers);
            o.array("parts", &message.parts, |to, part| {
                to.object(|o| {
                    o.text("type", &part.kind);
                    o.text_or_null("name", part.name.as_ref());
                    o.text_or_null("id", part.id.as_ref());
                    o.text("text", &part.text);
                });
            });
        });
    });
}
