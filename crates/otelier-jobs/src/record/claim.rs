//! A job that was claimed and does not run yet, and whom it has to do with.

use std::sync::{Arc, OnceLock};

use opentelemetry::trace::SpanContext;
use otelier_core::Source;

use super::{fields::Fields, telemetry::Telemetry};
use crate::facts::Facts;

/// A span keeps 128 links by default.
const MAX_LINKS: usize = 128;

#[derive(Clone, Debug)]
pub(crate) enum Claim {
    /// Nothing is known of it.
    Off,
    /// Nothing but who enqueued it, whose context passes through.
    Passing(Option<Box<Fields>>),
    Recording(Box<Described>),
}

#[derive(Clone)]
pub(crate) struct Described {
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) facts: Facts,
    pub(super) enqueued_by: Vec<SpanContext>,
    /// Who enqueued it, where that is one.
    pub(super) enqueued: Option<Fields>,
    pub(super) batch: Option<usize>,
    pub(super) first_attempt: Option<SpanContext>,
    /// Where the attempts of one loop tell each other about the first.
    pub(super) attempts: Option<Arc<OnceLock<SpanContext>>>,
}

pub(crate) fn claim(kind: &str) -> Claim {
    // Looked for once: while telemetry is off this is all that is done.
    let source = Source::current();
    let Some(telemetry) = Telemetry::of(&source) else {
        return match source.passing() {
            Some(_) => Claim::Passing(None),
            None => Claim::Off,
        };
    };
    Claim::Recording(Box::new(Described {
        telemetry,
        facts: Facts::new(kind),
        enqueued_by: Vec::new(),
        enqueued: None,
        batch: None,
        first_attempt: None,
        attempts: None,
    }))
}

pub(crate) fn enqueued_by(claim: &mut Claim, by: &Fields) {
    match claim {
        Claim::Off => {}
        Claim::Passing(enqueued) => *enqueued = Some(Box::new(by.clone())),
        Claim::Recording(described) => {
            described.enqueued_by.clear();
            described.enqueued_by.extend(by.span_context());
            described.enqueued = Some(by.clone());
        }
    }
}

pub(crate) fn batch<'a>(claim: &mut Claim, by: impl Iterator<Item = &'a Fields>) {
    match claim {
        Claim::Off => {}
        Claim::Passing(enqueued) => *enqueued = None,
        Claim::Recording(described) => described.batch(by),
    }
}

pub(crate) fn first_attempt(claim: &mut Claim, first: &Fields) {
    if let Some(described) = claim.described() {
        described.first_attempt = first.span_context();
    }
}

/// Numbers its attempts, and has them tell each other about the first.
pub(crate) fn join_attempts(claim: &mut Claim) {
    if let Some(described) = claim.described() {
        described.facts.attempt.get_or_insert(1);
        described.attempts = Some(Arc::default());
    }
}

impl Claim {
    /// What is known of it, if anything is to be.
    pub(crate) fn get_mut(&mut self) -> Option<&mut Facts> {
        Some(&mut self.described()?.facts)
    }

    fn described(&mut self) -> Option<&mut Described> {
        match self {
            Self::Recording(described) => Some(described),
            Self::Off | Self::Passing(_) => None,
        }
    }
}

impl Described {
    fn batch<'a>(&mut self, by: impl Iterator<Item = &'a Fields>) {
        let mut size = 0;
        self.enqueued = None;
        self.enqueued_by.clear();
        for fields in by {
            size += 1;
            if let Some(span) = fields.span_context()
                && self.enqueued_by.len() < MAX_LINKS
                && !self.enqueued_by.contains(&span)
            {
                self.enqueued_by.push(span);
            }
        }
        self.batch = Some(size);
    }
}

otelier_core::shown!(Described: facts);
