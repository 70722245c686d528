//! What is asked: the query of a request, of which every part has to be understood.

use super::answer::Problem;
use crate::{
    id::{InvalidId, TraceId},
    query::Query,
    store::{Found, Store},
};
use http::StatusCode;
use percent_encoding::percent_decode_str;

/// A list has no more entries in one answer.
pub(crate) const MOST: usize = 1000;
/// No text to look for is longer.
const LONGEST: usize = 1000;

/// The parameters of a query, each known and there once.
#[derive(Debug)]
pub(super) struct Ask(Vec<(&'static str, String)>);

impl Ask {
    /// Reads a query; parameters that are not `known` are mistakes.
    pub(super) fn of(query: Option<&str>, known: &[&'static str]) -> Result<Self, Problem> {
        let mut parameters: Vec<(&str, String)> = Vec::new();
        let parts = query.unwrap_or_default().split('&');
        for part in parts.filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            let Some(name) = known.iter().find(|known| **known == name) else {
                let known = match known {
                    [] => "there are none".into(),
                    _ => format!("use {}", known.join(", ")),
                };
                let name = crate::refusal::shorten(&name, 60);
                return Err(Problem::bad(format!("unknown parameter {name:?}: {known}")));
            };
            if parameters.iter().any(|(other, _)| other == name) {
                return Err(Problem::bad(format!("{name} is there more than once")));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// A parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| *other == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// How many entries are wanted; no more than there may be.
    pub(super) fn limit(&self, default: usize, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.get("limit") else {
            return Ok(default);
        };
        match text.parse::<u64>() {
            Ok(limit @ 1..) => Ok(usize::try_from(limit).unwrap_or(most).min(most)),
            _ => Err(Problem::bad(format!("limit is a number from 1 to {most}"))),
        }
    }

    /// The place that an earlier answer gave as `next`.
    pub(super) fn after<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(text) = self.get("after") else {
            return Ok(None);
        };
        let place = read(text);
        place
            .map(Some)
            .ok_or_else(|| Problem::bad("after is what an answer gave as `next`".into()))
    }

    /// What is looked for, in the language of queries.
    pub(super) fn query(&self) -> Result<Query, Problem> {
        Ok(self.get("query").unwrap_or_default().parse()?)
    }

    /// A text to look for, in lower case.
    pub(super) fn needle(&self) -> Result<String, Problem> {
        let text = self.get("q").unwrap_or_default();
        match text.len() <= LONGEST {
            true => Ok(text.to_lowercase()),
            false => Err(Problem::bad(format!("q is longer than {LONGEST} bytes"))),
        }
    }
}

fn decode(text: &str) -> Result<String, Problem> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    let decoded = decoded.map_err(|_| Problem::bad("the query is not UTF-8".into()))?;
    Ok(decoded.into_owned())
}

/// The trace that an id stands for, or the beginning of one, as it is printed.
pub(crate) fn trace_id(store: &Store, text: &str) -> Result<TraceId, Problem> {
    let range = TraceId::range(text).map_err(|InvalidId| {
        Problem::bad("a trace id is 32 hex digits, or the first 8 or more of them".into())
    });
    let (first, last) = range?;
    match store.find_trace(first, last) {
        Found::One(id) => Ok(id),
        Found::None => Err(Problem::no_trace()),
        Found::Several => Err(Problem::new(
            StatusCode::CONFLICT,
            "more than one trace begins so: use more digits".into(),
        )),
    }
}

pub(crate) fn severity(text: &str) -> Option<i32> {
    match text.to_ascii_lowercase().as_str() {
        "trace" => Some(1),
        "debug" => Some(5),
        "info" => Some(9),
        "warn" => Some(13),
        "error" => Some(17),
        "fatal" => Some(21),
        number => number.parse().ok(),
    }
}
