//! Tells when a runtime stops answering.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::heartbeat::Pulse;

/// How often a runtime is asked within the threshold.
const BEATS: u32 = 4;
/// The longest time between two questions.
const LONGEST: Duration = Duration::from_secs(1);

/// What is told of a stall, in this order.
pub(super) trait Report: Send + 'static {
    /// The runtime is asked for a beat.
    fn asked(&mut self);
    /// The runtime has not run for the threshold, and mostly does not yet.
    fn stalls(&mut self, so_far: Duration);
    /// It runs again after so long, or is gone.
    fn stalled(&mut self, lasted: Duration);
}

/// Watches a pulse on a thread of its own until it ends. Without a thread there
/// is no watchdog.
pub(super) fn watch(pulse: Arc<Pulse>, threshold: Duration, mut report: impl Report) {
    let thread = thread::Builder::new().name("otelier-watch".to_owned());
    thread
        .spawn(move || {
            let period = (threshold / BEATS).min(LONGEST);
            let mut question = Question::ask(&pulse, &mut report);
            loop {
                let before = Instant::now();
                let ended = pulse.wait_for_end(period);
                let Some(open) = &mut question else {
                    if ended {
                        return;
                    }
                    question = Question::ask(&pulse, &mut report);
                    continue;
                };
                open.unwatched += unwatched(before.elapsed(), period);
                let beat = pulse.beat_since(open.asked);
                let lasted = open.until(beat.unwrap_or_else(Instant::now));
                if lasted >= threshold && !open.told && !ended {
                    report.stalls(lasted);
                    open.told = true;
                }
                if open.told && (ended || beat.is_some()) {
                    report.stalled(lasted);
                }
                if ended {
                    return;
                }
                if beat.is_some() {
                    question = Question::ask(&pulse, &mut report);
                }
            }
        })
        .ok();
}

/// A beat that was asked for.
struct Question {
    asked: Instant,
    /// Time in which the watchdog did not run itself.
    unwatched: Duration,
    told: bool,
}

impl Question {
    /// `None` while nobody has driven the runtime yet.
    fn ask(pulse: &Pulse, report: &mut impl Report) -> Option<Self> {
        report.asked();
        let asked = Instant::now();
        pulse.ask().then_some(Self {
            asked,
            unwatched: Duration::ZERO,
            told: false,
        })
    }

    /// How long it was open while the watchdog ran.
    fn until(&self, answered: Instant) -> Duration {
        answered
            .duration_since(self.asked)
            .saturating_sub(self.unwatched)
    }
}

/// The part of a pause that is not the watchdog's own: a process that was
/// stopped, or whose machine slept, is not to blame.
fn unwatched(paused: Duration, period: Duration) -> Duration {
    paused.saturating_sub(period * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_slept_has_not_stalled() {
        let period = Duration::from_millis(250);
        let hour = Duration::from_secs(3600);
        let asked = Instant::now();
        let question = Question {
            asked,
            unwatched: unwatched(hour + period, period),
            told: false,
        };
        let awake = question.until(asked + hour + period);
        assert_eq!(awake, period * 2);
        assert_eq!(unwatched(period * 2, period), Duration::ZERO);
    }
}
