//! What is known about a kind of job before the next one runs: its labels, the
//! names of its spans, and its series of metrics.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use opentelemetry::{
    KeyValue, StringValue,
    metrics::{
        BoundCounter, BoundHistogram, BoundUpDownCounter, Counter, Histogram, Meter, UpDownCounter,
    },
};
use otelier_core::{Names, semconv};

use crate::SpanName;

/// The kind of a job, as a label.
pub(super) const JOB_KIND: &str = "otelier.job.kind";
/// How a job ended, as a label.
const JOB_OUTCOME: &str = "otelier.job.outcome";
/// What is done with a job, as the conventions name it.
pub(super) const PROCESS: &str = "process";

const ACTIVE: &str = "otelier.jobs.active";
const ENDED: &str = "otelier.jobs.ended";
const WAIT: &str = "otelier.jobs.wait";

/// Bucket bounds of the time in the queue, in seconds: up to a day.
const WAIT_BOUNDS: [f64; 15] = [
    0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0,
    86_400.0,
];

/// Series beyond that are bound anew by each job.
const MAX_SERIES: usize = 1024;

/// Names of spans.
static NAMES: Names = Names::new();

/// The series met so far, by kind, queue and system.
pub(super) struct AllSeries {
    instruments: Arc<Instruments>,
    known: RwLock<HashMap<[StringValue; 3], Arc<Series>>>,
}

impl AllSeries {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            instruments: Arc::new(Instruments::new(meter)),
            known: RwLock::default(),
        }
    }

    pub(super) fn get(
        &self,
        kind: StringValue,
        queue: StringValue,
        system: StringValue,
    ) -> Arc<Series> {
        let key = [kind, queue, system];
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(&key) {
            return Arc::clone(series);
        }
        drop(known);
        let made = Arc::new(Series::new(Arc::clone(&self.instruments), &key));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_SERIES {
            return made;
        }
        Arc::clone(known.entry(key).or_insert(made))
    }
}

/// What jobs of one kind, queue and system have in common.
pub(super) struct Series {
    instruments: Arc<Instruments>,
    pub(super) kind: StringValue,
    pub(super) queue: StringValue,
    pub(super) system: StringValue,
    /// Kind and queue.
    pub(super) labels: [KeyValue; 2],
    kind_name: OnceLock<Cow<'static, str>>,
    process_name: OnceLock<Cow<'static, str>>,
    active: BoundUpDownCounter<i64>,
    // A bound series is exported, so that each is bound when it has a value.
    wait: OnceLock<BoundHistogram<f64>>,
    done: OnceLock<(BoundCounter<u64>, BoundHistogram<f64>)>,
}

impl Series {
    fn new(instruments: Arc<Instruments>, key: &[StringValue; 3]) -> Self {
        let [kind, queue, system] = key.clone();
        let labels = [
            KeyValue::new(JOB_KIND, kind.clone()),
            KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, queue.clone()),
        ];
        Self {
            active: instruments.active.bind(&labels),
            instruments,
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
    pub(super) fn started(&self, waited: Option<f64>) {
        self.active.add(1);
        if let Some(waited) = waited {
            let bind = || self.instruments.wait.bind(&self.labels);
            self.wait.get_or_init(bind).record(waited);
        }
    }

    /// Counts a job that ended, and how. What went wrong is looked up each time:
    /// it is rare, and nobody knows how many errors there are.
    pub(super) fn ended(&self, outcome: &'static str, error: Option<StringValue>, took: Duration) {
        let Instruments {
            ended, duration, ..
        } = &*self.instruments;
        let seconds = took.as_secs_f64();
        self.active.add(-1);
        if error.is_some() {
            ended.add(1, &self.outcome_labels(outcome));
            duration.record(seconds, &self.duration_labels(error));
        } else {
            let (ended, duration) = self.done.get_or_init(|| {
                let ended = ended.bind(&self.outcome_labels(outcome));
                (ended, duration.bind(&self.duration_labels(None)))
            });
            ended.add(1);
            duration.record(seconds);
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

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series")
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}

struct Instruments {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    ended: Counter<u64>,
    wait: Histogram<f64>,
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        Self {
            duration: meter
                .f64_histogram(semconv::MESSAGING_PROCESS_DURATION)
                .with_description("Duration of processing a job.")
                .with_unit("s")
                .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec())
                .build(),
            active: meter
                .i64_up_down_counter(ACTIVE)
                .with_description("Number of jobs that are running.")
                .with_unit("{job}")
                .build(),
            ended: meter
                .u64_counter(ENDED)
                .with_description("Number of jobs that ended, by outcome.")
                .with_unit("{job}")
                .build(),
            wait: meter
                .f64_histogram(WAIT)
                .with_description("Time that jobs spent in the queue.")
                .with_unit("s")
                .with_boundaries(WAIT_BOUNDS.to_vec())
                .build(),
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::InstrumentationScope;

    use super::*;

    #[test]
    fn a_kind_is_kept_and_kinds_without_end_are_counted_all_the_same() {
        let telemetry = otelier_testing::capture();
        let scope = InstrumentationScope::builder("test").build();
        let all = AllSeries::new(&telemetry.providers().meter(scope));
        let bake = || all.get("bake".into(), "ovens".into(), "jobs".into());
        assert!(Arc::ptr_eq(&bake(), &bake()));

        for kind in (0..MAX_SERIES + 10).chain(0..MAX_SERIES + 10) {
            let series = all.get(kind.to_string().into(), "ovens".into(), "jobs".into());
            series.started(Some(1.0));
            series.ended("ok", None, Duration::ZERO);
        }
        assert_eq!(all.known.read().unwrap().len(), MAX_SERIES);
        let jobs = 2 * (MAX_SERIES + 10);
        assert_eq!(telemetry.metric("otelier.jobs.ended").total(), jobs as f64);
        assert_eq!(telemetry.metric("otelier.jobs.active").total(), 0.0);
        for histogram in ["otelier.jobs.wait", "messaging.process.duration"] {
            assert_eq!(telemetry.metric(histogram).count(), jobs as u64);
        }
    }
}
