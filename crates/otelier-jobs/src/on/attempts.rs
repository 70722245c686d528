//! The attempts at a job within one process.

use std::sync::Arc;

use super::job::{Job, State};

/// The attempts at a job, see [`Job::attempts`]: each item is one, to be run.
///
/// The first has what the job was described with; the others do not repeat the
/// time in the queue.
#[derive(Clone, Debug)]
#[must_use = "an attempt is made by running it"]
pub struct Attempts {
    job: Job,
    number: u32,
}

impl Attempts {
    pub(super) fn new(mut job: Job) -> Self {
        let mut number = 1;
        if let State::Recording(facts) = &mut job.0 {
            number = facts.attempt.unwrap_or(1);
            facts.attempts = Some(Arc::default());
        }
        Self { job, number }
    }
}

impl Iterator for Attempts {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        let attempt = self.job.clone().attempt(self.number);
        self.number = self.number.saturating_add(1);
        if let State::Recording(facts) = &mut self.job.0 {
            facts.enqueued_at = None;
        }
        Some(attempt)
    }
}
