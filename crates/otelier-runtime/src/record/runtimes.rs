//! The metrics of the runtimes that are watched.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter},
};
use tokio::runtime::Handle;
use tokio_metrics::{RuntimeIntervals, RuntimeMetrics, RuntimeMonitor};

use super::{
    heartbeat::Pulse,
    meter::{Together, level},
};

/// Which runtime a point or record is about.
pub(super) const RUNTIME_NAME: &str = "tokio.runtime.name";

/// So many runtimes are watched at most.
const MOST: usize = 16;

/// Every runtime that is watched.
#[derive(Debug, Default)]
pub(super) struct Runtimes(Mutex<Vec<Runtime>>);

/// Why a runtime is not watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NameTaken,
    TooMany,
}

#[derive(Debug)]
struct Runtime {
    labels: [KeyValue; 1],
    pulse: Arc<Pulse>,
    intervals: RuntimeIntervals,
    totals: RuntimeMetrics,
    busy: Busy,
}

/// For how long the busiest worker was busy, of how long.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Busy {
    part: Duration,
    whole: Duration,
}

/// Of less there is no share: two readers may ask right after each other.
const SHORT: Duration = Duration::from_secs(1);

impl Busy {
    /// The share of the time since the last reading, and, where that is short, of the time
    /// before.
    fn share(&mut self, part: Duration, whole: Duration) -> f64 {
        let now = match whole < SHORT {
            true => Self {
                part: self.part.saturating_add(part),
                whole: self.whole.saturating_add(whole),
            },
            false => Self { part, whole },
        };
        if whole >= SHORT || self.whole < SHORT {
            *self = now;
        }
        share(now.part, now.whole)
    }
}

impl Runtimes {
    /// Registers the instruments of all runtimes to come.
    pub(super) fn observe(meter: &Meter) -> Arc<Self> {
        let runtimes = Arc::new(Self::default());
        let read = Arc::clone(&runtimes);
        register(&mut Together::new(meter, move || read.read()));
        runtimes
    }

    /// Adds a runtime until its pulse ends.
    pub(super) fn add(
        &self,
        name: &Arc<str>,
        runtime: &Handle,
        pulse: &Arc<Pulse>,
    ) -> Result<(), Refusal> {
        let mut runtimes = self.lock();
        forget_ended(&mut runtimes);
        let labels = [KeyValue::new(RUNTIME_NAME, Arc::clone(name))];
        if runtimes.iter().any(|known| known.labels == labels) {
            return Err(Refusal::NameTaken);
        }
        if runtimes.len() >= MOST {
            return Err(Refusal::TooMany);
        }
        runtimes.push(Runtime {
            labels,
            pulse: Arc::clone(pulse),
            intervals: RuntimeMonitor::new(runtime).intervals(),
            totals: RuntimeMetrics::default(),
            busy: Busy::default(),
        });
        Ok(())
    }

    /// Reads all, those that have ended for the last time.
    fn read(&self) -> Vec<Reading> {
        let mut runtimes = self.lock();
        let readings = runtimes.iter_mut().filter_map(Runtime::read).collect();
        forget_ended(&mut runtimes);
        readings
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Runtime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_ended(runtimes: &mut Vec<Runtime>) {
    runtimes.retain(|runtime| !runtime.pulse.has_ended());
}

/// A runtime at one moment.
struct Reading {
    labels: [KeyValue; 1],
    /// Counts and times since the watch began; all else is of this moment.
    totals: RuntimeMetrics,
    /// The share of the time since the last reading in which the busiest worker
    /// was busy; of a second at least, once there was one.
    busiest: f64,
}

impl Runtime {
    fn read(&mut self) -> Option<Reading> {
        let now = self.intervals.next()?;
        let busiest = self.busy.share(now.max_busy_duration, now.elapsed);
        self.totals = add(now, &self.totals);
        Some(Reading {
            labels: self.labels.clone(),
            totals: self.totals.clone(),
            busiest,
        })
    }
}

fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() {
        return 0.0;
    }
    (part.as_secs_f64() / whole.as_secs_f64()).min(1.0)
}

/// Makes totals of what an interval counts.
fn add(mut now: RuntimeMetrics, totals: &RuntimeMetrics) -> RuntimeMetrics {
    now.total_park_count += totals.total_park_count;
    now.total_busy_duration += totals.total_busy_duration;
    #[cfg(tokio_unstable)]
    {
        now.total_noop_count += totals.total_noop_count;
        now.total_steal_count += totals.total_steal_count;
        now.num_remote_schedules += totals.num_remote_schedules;
        now.total_local_schedule_count += totals.total_local_schedule_count;
        now.total_overflow_count += totals.total_overflow_count;
        now.total_polls_count += totals.total_polls_count;
        now.budget_forced_yield_count += totals.budget_forced_yield_count;
        now.io_driver_ready_count += totals.io_driver_ready_count;
    }
    now
}

/// Tells one number of each runtime.
fn each<N>(
    runtimes: &[Reading],
    values: &dyn AsyncInstrument<N>,
    number: impl Fn(&RuntimeMetrics) -> N,
) {
    for runtime in runtimes {
        values.observe(number(&runtime.totals), &runtime.labels);
    }
}

fn register(meter: &mut Together<'_, Vec<Reading>>) {
    meter.level(
        "tokio.runtime.worker.count",
        "{worker}",
        "Number of the runtime's worker threads.",
        |runtimes, values| each(runtimes, values, |now| level(now.workers_count)),
    );
    meter.time(
        "tokio.runtime.worker.busy.time",
        "s",
        "Time in which workers were not parked, all of them together.",
        |runtimes, values| {
            each(runtimes, values, |now| {
                now.total_busy_duration.as_secs_f64()
            });
        },
    );
    meter.gauge(
        "tokio.runtime.worker.max_utilization",
        "1",
        "Share of the time in which the busiest worker was busy.",
        |runtimes, values| {
            for runtime in runtimes {
                values.observe(runtime.busiest, &runtime.labels);
            }
        },
    );
    meter.counter(
        "tokio.runtime.worker.parks",
        "{park}",
        "Number of times that workers went to sleep.",
        |runtimes, values| each(runtimes, values, |now| now.total_park_count),
    );
    meter.level(
        "tokio.runtime.task.count",
        "{task}",
        "Number of tasks that have been spawned and have not ended.",
        |runtimes, values| each(runtimes, values, |now| level(now.live_tasks_count)),
    );
    meter.level(
        "tokio.runtime.global_queue.depth",
        "{task}",
        "Number of tasks in the queue that all workers share.",
        |runtimes, values| each(runtimes, values, |now| level(now.global_queue_depth)),
    );
    #[cfg(tokio_unstable)]
    unstable::register(meter);
}

/// What tokio tells only when it is compiled with `--cfg tokio_unstable`.
#[cfg(tokio_unstable)]
mod unstable {
    use opentelemetry::Value;

    use super::{KeyValue, Reading, Together, each, level};

    const STATE: &str = "tokio.runtime.thread.state";
    const SOURCE: &str = "tokio.runtime.schedule.source";

    fn labels(reading: &Reading, key: &'static str, value: &'static str) -> [KeyValue; 2] {
        let [name] = reading.labels.clone();
        [name, KeyValue::new(key, Value::from(value))]
    }

    pub(super) fn register(meter: &mut Together<'_, Vec<Reading>>) {
        meter.counter(
            "tokio.runtime.worker.polls",
            "{poll}",
            "Number of times that workers polled a task.",
            |runtimes, values| each(runtimes, values, |now| now.total_polls_count),
        );
        meter.counter(
            "tokio.runtime.worker.idle_parks",
            "{park}",
            "Number of times that workers went back to sleep without having polled.",
            |runtimes, values| each(runtimes, values, |now| now.total_noop_count),
        );
        meter.counter(
            "tokio.runtime.worker.steals",
            "{task}",
            "Number of tasks that workers took from each other.",
            |runtimes, values| each(runtimes, values, |now| now.total_steal_count),
        );
        meter.counter(
            "tokio.runtime.worker.overflows",
            "{overflow}",
            "Number of times that a worker's own queue was full.",
            |runtimes, values| each(runtimes, values, |now| now.total_overflow_count),
        );
        meter.level(
            "tokio.runtime.local_queue.depth",
            "{task}",
            "Number of tasks in the workers' own queues.",
            |runtimes, values| each(runtimes, values, |now| level(now.total_local_queue_depth)),
        );
        meter.counter(
            "tokio.runtime.task.schedules",
            "{schedule}",
            "Number of times that a task was made ready to run.",
            |runtimes, values| {
                for runtime in runtimes {
                    let now = &runtime.totals;
                    for (count, source) in [
                        (now.total_local_schedule_count, "local"),
                        (now.num_remote_schedules, "remote"),
                    ] {
                        values.observe(count, &labels(runtime, SOURCE, source));
                    }
                }
            },
        );
        meter.counter(
            "tokio.runtime.task.forced_yields",
            "{yield}",
            "Number of times that a task had used up its budget.",
            |runtimes, values| each(runtimes, values, |now| now.budget_forced_yield_count),
        );
        meter.gauge(
            "tokio.runtime.task.mean_poll_time",
            "s",
            "Mean time of a poll, weighted towards the last.",
            |runtimes, values| {
                each(runtimes, values, |now| now.mean_poll_duration.as_secs_f64());
            },
        );
        meter.level(
            "tokio.runtime.blocking_queue.depth",
            "{task}",
            "Number of blocking tasks that wait for a thread.",
            |runtimes, values| each(runtimes, values, |now| level(now.blocking_queue_depth)),
        );
        meter.level(
            "tokio.runtime.blocking_thread.count",
            "{thread}",
            "Number of threads for blocking tasks.",
            |runtimes, values| {
                for runtime in runtimes {
                    let now = &runtime.totals;
                    let idle = now.idle_blocking_threads_count;
                    let used = now.blocking_threads_count.saturating_sub(idle);
                    for (count, state) in [(idle, "idle"), (used, "used")] {
                        values.observe(level(count), &labels(runtime, STATE, state));
                    }
                }
            },
        );
        meter.counter(
            "tokio.runtime.io_driver.events",
            "{event}",
            "Number of events that the I/O driver has processed.",
            |runtimes, values| each(runtimes, values, |now| now.io_driver_ready_count),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_right_after_another_says_no_share_of_nothing() {
        let millis = Duration::from_millis;
        let mut busy = Busy::default();
        assert_eq!(busy.share(millis(1), millis(2)), 0.5);
        assert_eq!(busy.share(millis(1), millis(2)), 0.5);
        assert_eq!(busy.share(millis(2_000), millis(8_000)), 0.25);
        // Another reader asks, and one more.
        for _ in 0..3 {
            assert_eq!(busy.share(millis(8), millis(8)), 2_008.0 / 8_008.0);
        }
        assert_eq!(busy.share(millis(10), millis(1_000)), 0.01);
        assert_eq!(busy.share(Duration::ZERO, Duration::ZERO), 0.01);
    }
}
