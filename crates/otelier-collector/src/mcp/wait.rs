//! Waits for a trace.

use super::{
    answer::Answer,
    arguments::Arguments,
    lists::{TRACE_COLUMNS, trace_line},
};
use crate::{
    api::{
        desk::Desk,
        list::{Arrival, Traces, Wanted},
        walk::Walk,
    },
    pace::Pace,
    store::{Store, Trace},
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// So long it lets things come together before it looks again.
const PAUSE: Duration = Duration::from_millis(100);
/// Traces looked at that grew within one pause; of more, all are looked at.
const MOST: usize = 256;

pub(super) async fn wait(desk: &Desk, arguments: &Arguments) -> Answer {
    let wanted = arguments.wanted()?;
    let seconds = arguments.count("seconds");
    let new = arguments.count("new") == 1;
    let until = Instant::now() + Duration::from_secs(seconds as u64);
    let mut closing = desk.closing.clone();
    let found = tokio::select! {
        biased;
        _ = closing.wait_for(|closing| *closing) => return Err("the collector ends".into()),
        found = timeout_at(until, search(&desk.store, wanted, new)) => found,
    };
    Ok(match found {
        Ok(trace) => format!("{TRACE_COLUMNS}\n{}\n", trace_line(&trace)),
        Err(_) => format!(
            "no trace matched within {seconds} s. Has the program run, does it send here (see \
             `services`), is the query right (`search_traces` without one lists what came)?\n"
        ),
    })
}

/// Looks at all that is there, or not, and then at what grows.
async fn search(store: &Store, wanted: Wanted, new: bool) -> Trace {
    let mut ticks = store.ticks();
    let mut known = store.version();
    let mut pace = Pace::default();
    let mut all = Traces {
        store: store.clone(),
        wanted,
        order: Arrival::NewestFirst,
    };
    let mut look_at_all = !new;
    loop {
        if look_at_all {
            let mut walk = Walk::new(all, None);
            if let Some(trace) = walk.next(&mut pace).await {
                return trace;
            }
            all = walk.list;
        }
        // Its sender is in the store, which is ours.
        let _ = ticks.changed().await;
        sleep(PAUSE).await;
        ticks.mark_unchanged();
        let changes = store.changes_since(known, MOST);
        look_at_all = changes.as_ref().is_none_or(|changes| changes.skipped > 0);
        let Some(changes) = changes else {
            known = store.version();
            continue;
        };
        known = changes.version;
        for trace in changes.traces {
            if !trace.spans().is_empty() && all.wanted.has_trace(&trace, &mut pace).await {
                return trace;
            }
        }
    }
}
