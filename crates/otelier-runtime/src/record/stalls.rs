//! What is recorded and said of a runtime's stalls.

use std::{fmt, sync::Arc, time::Duration};

use opentelemetry::KeyValue;
use otelier_core::edge::Pace;
use tokio::runtime::{Handle, RuntimeFlavor};
use tracing::{dispatcher, info, warn};

use super::{runtimes::RUNTIME_NAME, telemetry::Telemetry, watchdog::Report};

pub(super) struct Stalls {
    telemetry: Arc<Telemetry>,
    name: Arc<str>,
    labels: [KeyValue; 1],
    runtime: Handle,
    /// How often each worker had gone to sleep when the runtime was asked.
    parks: Vec<u64>,
    pace: Pace,
    /// Whether the last stall was told of.
    was_said: bool,
}

impl Stalls {
    pub(super) fn new(telemetry: &Arc<Telemetry>, name: Arc<str>, runtime: Handle) -> Self {
        Self {
            telemetry: Arc::clone(telemetry),
            labels: [KeyValue::new(RUNTIME_NAME, Arc::clone(&name))],
            name,
            runtime,
            parks: Vec::new(),
            pace: Pace::new(),
            was_said: false,
        }
    }

    fn say(&self, what: impl FnOnce()) {
        match &self.telemetry.captured {
            Some(subscriber) => dispatcher::with_default(subscriber, what),
            None => what(),
        }
    }
}

impl Report for Stalls {
    fn asked(&mut self) {
        self.parks.clear();
        self.parks.extend(parks(&self.runtime));
    }

    fn stalls(&mut self, so_far: Duration) {
        let unsaid = self.pace.next();
        self.was_said = unsaid.is_some();
        let Some(unsaid) = unsaid else {
            return;
        };
        let states = States::of(&self.runtime, &self.parks);
        let more = More(unsaid);
        self.say(|| {
            warn!(
                tokio.runtime.name = &*self.name,
                otelier.runtime.stall = so_far.as_secs_f64(),
                "the runtime {:?} has run no task for {so_far:.1?}{more}: {states}; something \
                 blocks it, such as a long computation, a lock or blocking I/O in a task",
                self.name,
            );
        });
    }

    fn stalled(&mut self, lasted: Duration) {
        self.telemetry
            .stall
            .record(lasted.as_secs_f64(), &self.labels);
        if self.was_said {
            self.say(|| {
                info!("the runtime {:?} runs again after {lasted:.1?}", self.name);
            });
        }
    }
}

fn parks(runtime: &Handle) -> impl Iterator<Item = u64> {
    let metrics = runtime.metrics();
    (0..metrics.num_workers()).map(move |worker| metrics.worker_park_count(worker))
}

/// What has not been said.
struct More(u64);

impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            more => write!(f, " (and {more} times since this was said last)"),
        }
    }
}

/// What is known of a runtime that stalls, and of its workers.
#[derive(Debug, PartialEq, Eq)]
struct States {
    flavor: &'static str,
    workers: usize,
    /// Workers that went to sleep since the runtime was asked, and so are not
    /// those that block.
    rested: usize,
    tasks: usize,
    queued: usize,
}

impl States {
    fn of(runtime: &Handle, before: &[u64]) -> Self {
        let metrics = runtime.metrics();
        Self {
            flavor: match runtime.runtime_flavor() {
                RuntimeFlavor::CurrentThread => "current-thread",
                _ => "multi-thread",
            },
            workers: metrics.num_workers(),
            rested: parks(runtime)
                .zip(before)
                .filter(|(now, before)| now > before)
                .count(),
            tasks: metrics.num_alive_tasks(),
            queued: metrics.global_queue_depth(),
        }
    }
}

impl fmt::Display for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            flavor,
            workers,
            rested,
            tasks,
            queued,
        } = self;
        let busy = workers.saturating_sub(*rested);
        write!(
            f,
            "{flavor}, {busy} of {workers} workers have not come to rest since, {tasks} tasks \
             live, {queued} of them in the global queue"
        )
    }
}
