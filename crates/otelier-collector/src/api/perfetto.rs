//! A trace in the format that Chrome and Perfetto read.

use super::{
    answer::{Answer, Fit},
    desk::{Answered, Desk},
    view,
};
use crate::store::{Span, Trace};
use std::{collections::HashMap, sync::Arc};

/// Lines of one service; what finds no place on them is drawn over others.
const MOST_LANES: usize = 64;

/// For each line of a service, the ends of the spans that are open on it.
#[derive(Default)]
struct Lanes(Vec<Vec<u64>>);

impl Lanes {
    /// The first line on which a span is beside or within all others.
    fn place(&mut self, start: u64, end: u64) -> usize {
        for (at, open) in self.0.iter_mut().enumerate() {
            while open.last().is_some_and(|last| *last <= start) {
                open.pop();
            }
            if open.last().is_none_or(|last| end <= *last) {
                open.push(end);
                return at;
            }
        }
        if self.0.len() < MOST_LANES {
            self.0.push(vec![end]);
        }
        self.0.len() - 1
    }
}

pub(super) async fn answer(desk: &Desk, trace: &Trace) -> Answered {
    let mut spans: Vec<&Arc<Span>> = trace.spans().iter().collect();
    let times = |span: &Span| {
        let proto = span.proto();
        (
            proto.start_time_unix_nano,
            u64::MAX - proto.end_time_unix_nano,
        )
    };
    spans.sort_by_key(|span| times(span));
    let mut services: HashMap<&str, (usize, Lanes)> = HashMap::new();
    let mut answer = Answer::new(&desk.room);
    answer.text("displayTimeUnit", "ms");
    answer.open_list("traceEvents");
    for span in spans {
        let count = services.len();
        let known = services.contains_key(span.service());
        let (process, lanes) = services
            .entry(span.service())
            .or_insert_with(|| (count + 1, Lanes::default()));
        let process = *process;
        let start = span.proto().start_time_unix_nano;
        let lane = lanes.place(start, span.proto().end_time_unix_nano.max(start));
        if !known {
            answer
                .entry(0, |to| {
                    to.object(|o| {
                        o.text("ph", "M");
                        o.text("name", "process_name");
                        o.number("pid", process);
                        o.object("args", |o| o.text("name", &view::short(span.service())));
                    });
                })
                .await?;
        }
        let fit = answer.entry(0, |to| {
            to.object(|o| {
                o.text("ph", "X");
                o.text("name", &view::short(span.name()));
                o.number("pid", process);
                o.number("tid", lane);
                o.double("ts", start as f64 / 1e3);
                o.double("dur", span.duration().as_nanos() as f64 / 1e3);
                o.object("args", |o| o.text("spanId", &span.id().to_string()));
            });
        });
        if fit.await? == Fit::TooLarge {
            break;
        }
    }
    answer.close_list();
    Ok(answer.finish())
}
