//! What was thrown in a span: its last event `exception`, or a log record of that name.

use crate::{
    id::SpanId,
    refusal::shorten,
    store::{Log, Span, Trace, text},
};
use opentelemetry_proto::tonic::{common::v1::KeyValue, trace::v1::span::Event};
use std::{collections::HashMap, sync::Arc};

const EXCEPTION: &str = "exception";
/// Characters of a frame.
const FRAME: usize = 200;
/// Frames of Rust that are of no service: how an error was made, and what ran it.
const FOREIGN: [&str; 6] = ["std::", "core::", "alloc::", "anyhow::", "tokio::", "<"];

/// The log records of a trace that tell of exceptions, by span: the last of each.
#[derive(Debug, Default)]
pub(super) struct Told<'a>(HashMap<SpanId, &'a Arc<Log>>);

/// Where an exception is told of.
#[derive(Debug)]
pub(crate) enum Thrown {
    Event(Arc<Span>),
    Log(Arc<Log>),
    /// Nothing is known but that it failed.
    Nowhere,
}

impl<'a> Told<'a> {
    pub(super) fn of(trace: &'a Trace) -> Self {
        let told = trace.logs().iter();
        let told = told.filter(|log| log.proto().event_name == EXCEPTION);
        Self(told.filter_map(|log| Some((log.span_id()?, log))).collect())
    }

    pub(super) fn in_span(&self, span: &Arc<Span>) -> Thrown {
        if last(span).is_some() {
            return Thrown::Event(Arc::clone(span));
        }
        let log = self.0.get(&span.id());
        log.map_or(Thrown::Nowhere, |log| Thrown::Log(Arc::clone(log)))
    }
}

fn last(span: &Span) -> Option<&Event> {
    let events = span.proto().events.iter().rev();
    events.into_iter().find(|event| event.name == EXCEPTION)
}

impl Thrown {
    fn attributes(&self) -> &[KeyValue] {
        match self {
            Self::Event(span) => last(span).map_or(&[], |event| &event.attributes),
            Self::Log(log) => log.attributes(),
            Self::Nowhere => &[],
        }
    }

    pub(super) fn kind(&self) -> Option<&str> {
        text(self.attributes(), "exception.type")
    }

    pub(super) fn message(&self) -> Option<&str> {
        text(self.attributes(), "exception.message")
    }

    pub(super) fn stack(&self) -> Option<&str> {
        text(self.attributes(), "exception.stacktrace")
    }

    /// The frame that tells most: of a backtrace of Rust the first that is the service's own, of
    /// others the line behind their head.
    pub(super) fn frame(&self) -> Option<String> {
        frame(self.stack()?)
    }
}

fn frame(stack: &str) -> Option<String> {
    let lines = || stack.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut own = lines().filter_map(symbol).peekable();
    let line = match own.peek().copied() {
        Some(first) => {
            let foreign = |name: &&str| FOREIGN.iter().any(|start| name.starts_with(start));
            own.find(|name| !foreign(name)).unwrap_or(first)
        }
        None => lines().nth(1)?,
    };
    Some(shorten(line, FRAME))
}

/// The name in a line of a backtrace of Rust, such as `12: shop::pay`.
fn symbol(line: &str) -> Option<&str> {
    let (number, name) = line.split_once(": ")?;
    let counts = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    counts.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn a_frame_is_that_of_the_service() {
        let rust = "   0: anyhow::error::<impl From<E> for anyhow::Error>::from\n   1: <T as \
                    core::ops::Try>::branch\n   2: shop::pay::{{closure}}\n             at \
                    ./src/pay.rs:7:9\n   3: main";
        assert_eq!(frame(rust).as_deref(), Some("shop::pay::{{closure}}"));
        let foreign = "   0: std::panicking::begin\n             at /rustc/x";
        assert_eq!(frame(foreign).as_deref(), Some("std::panicking::begin"));
        let java = "java.io.IOException: gone\n\tat shop.Pay.charge(Pay.java:7)\n\tat x";
        assert_eq!(
            frame(java).as_deref(),
            Some("at shop.Pay.charge(Pay.java:7)")
        );
        assert_eq!(frame("one line"), None);
        assert_eq!(frame(""), None);
    }
}
