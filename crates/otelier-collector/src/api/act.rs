//! What can be done with the store from the page.

use super::{
    answer::{Answer, Problem},
    ask::Ask,
    desk::{Answered, Desk},
};
use axum::extract::{RawQuery, State};
use http::{HeaderMap, StatusCode, header};

/// Refuses what another page sends, also one that may ask: guests read, and send telemetry.
fn at_home(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |value: Option<&http::HeaderValue>| {
        value.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
    };
    let host = text(headers.get(header::HOST)).unwrap_or_default();
    let foreign = text(headers.get(header::ORIGIN)).is_some_and(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority != Some(host.as_str())
    });
    let site = text(headers.get("sec-fetch-site"));
    let own = site.is_none_or(|site| matches!(&*site, "same-origin" | "none"));
    match own && !foreign {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "only the page of the collector itself may do that".into(),
        )),
    }
}

pub(super) async fn clear(
    State(desk): State<Desk>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answered {
    Ask::of(query.as_deref(), &[])?;
    at_home(&headers)?;
    desk.store.clear();
    let mut answer = Answer::new(&desk.room);
    answer.fields(|o| o.boolean("cleared", true));
    Ok(answer.finish())
}

pub(super) async fn pause(
    State(desk): State<Desk>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answered {
    let ask = Ask::of(query.as_deref(), &["paused"])?;
    at_home(&headers)?;
    let paused = match ask.get("paused") {
        Some("true") => true,
        Some("false") => false,
        _ => return Err(Problem::bad("paused is true or false".into())),
    };
    desk.store.pause(paused);
    let mut answer = Answer::new(&desk.room);
    answer.fields(|o| o.boolean("paused", paused));
    Ok(answer.finish())
}
