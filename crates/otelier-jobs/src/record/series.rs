//! What is known about a kind of job before the next one runs: its labels, the
//! names of its spans, and its series of metrics.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
    time::Duration,
};

use opentelemetry::{
    KeyValue, StringValue,
    metrics::{BoundCounter, BoundUpDownCounter},
};
use otelier_core::{
    Names,
    edge::{BoundDurations, Span},
    semconv,
};

use super::instruments::{Instruments, Recorder};
use crate::correlation::SpanName;

/// The kind of a job, as a label.
pub(super) const JOB_KIND: &str = "otelier.job.kind";
/// How a job ended, as a label.
const JOB_OUTCOME: &str = "otelier.job.outcome";
/// What is done with a job, as the conventions name it.
pub(super) const PROCESS: &str = "process";

/// Names of spans.
static NAMES: Names = Names::new();

/// What jobs of one kind, queue and system have in common.
#[derive(Debug)]
pub(super) struct Series {
    recorder: Arc<Recorder>,
    pub(super) kind: StringValue,
    pub(super) queue: StringValue,
    pub(super) system: StringValue,
    /// Kind and queue.
    pub(super) labels: [KeyValue; 2],
    kind_name: OnceLock<Cow<'static, str>>,
    process_name: OnceLock<Cow<'static, str>>,
    active: BoundUpDownCounter<i64>,
    // A bound series is exported, so that each is bound when it has a value.
    wait: OnceLock<BoundDurations>,
    done: OnceLock<(BoundCounter<u64>, BoundDurations)>,
}

impl Series {
    pub(super) fn new(recorder: Arc<Recorder>, key: &[StringValue; 3]) -> Self {
        let [kind, queue, system] = key.clone();
        let labels = [
            KeyValue::new(JOB_KIND, kind.clone()),
            KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, queue.clone()),
        ];
        Self {
            active: recorder.instruments.active.bind(&labels),
            recorder,
            kind,
            queue,
            system,
            labels,
            kind_name: OnceLock::new(),
            process_name: OnceLock::new(),
            wait: OnceLock::new(),
            done: OnceLock::new(),
        }
    }

    pub(super) fn span_name(&self, which: SpanName) -> Cow<'static, str> {
        let name = match which {
            SpanName::Kind => self.kind_name.get_or_init(|| {
                let name = format!("job.{}", self.kind);
                NAMES.keep(&name)
            }),
            SpanName::Process => self.process_name.get_or_init(|| {
                let name = format!("{PROCESS} {}", self.queue);
                NAMES.keep(&name)
            }),
        };
        name.clone()
    }

    /// Counts a job that starts, after so many seconds in the queue.
    pub(super) fn started(&self, waited: Option<f64>, span: &Span) {
        self.active.add(1);
        if let Some(waited) = waited {
            let bind = || self.recorder.instruments.wait.bind(&self.labels);
            let earlier = Duration::try_from_secs_f64(waited).unwrap_or_default();
            let sampled = || Some(span.sampled()?.earlier(earlier));
            self.wait.get_or_init(bind).record(waited, sampled);
        }
    }

    /// Counts a job that ended, and how. What went wrong is looked up each time:
    /// it is rare, and nobody knows how many errors there are.
    pub(super) fn ended(
        &self,
        outcome: &'static str,
        error: Option<StringValue>,
        (took, span): (Duration, &Span),
    ) {
        let Instruments {
            ended, duration, ..
        } = &self.recorder.instruments;
        let seconds = took.as_secs_f64();
        let sampled = || span.sampled();
        self.active.add(-1);
        if error.is_some() {
            ended.add(1, &self.outcome_labels(outcome));
            duration.record(seconds, sampled, &self.duration_labels(error));
        } else {
            let (ended, duration) = self.done.get_or_init(|| {
                let ended = ended.bind(&self.outcome_labels(outcome));
                (ended, duration.bind(&self.duration_labels(None)))
            });
            ended.add(1);
            duration.record(seconds, sampled);
        }
    }

    fn outcome_labels(&self, outcome: &'static str) -> [KeyValue; 3] {
        let [kind, queue] = self.labels.clone();
        [kind, queue, KeyValue::new(JOB_OUTCOME, outcome)]
    }

    fn duration_labels(&self, error: Option<StringValue>) -> Vec<KeyValue> {
        let mut labels = self.labels.to_vec();
        labels.push(KeyValue::new(semconv::MESSAGING_OPERATION_NAME, PROCESS));
        labels.push(KeyValue::new(
            semconv::MESSAGING_SYSTEM,
            self.system.clone(),
        ));
        labels.extend(error.map(|error| KeyValue::new(semconv::ERROR_TYPE, error)));
        labels
    }
}
