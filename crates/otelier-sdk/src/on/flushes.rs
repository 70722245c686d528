//! Flushes that are asked for at the same time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::Report;

/// Who asks while a flush is under way shares the next one with all who do:
/// what they recorded may have come too late for the first.
#[derive(Debug, Default)]
pub(crate) struct Flushes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Sender<Report>>,
    /// Somebody flushes for those who wait.
    running: bool,
}

impl Flushes {
    /// Asks for a flush. True if the caller has to [`run`](Self::run) it.
    pub(crate) fn ask(&self) -> (Receiver<Report>, bool) {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        state.waiting.push(sender);
        let runs = !std::mem::replace(&mut state.running, true);
        (receiver, runs)
    }

    /// Flushes until nobody waits for it any more.
    pub(crate) fn run(&self, flush: impl Fn() -> Report) {
        // After a panic, who waits is told, and the next one runs again.
        let _over = Over(self);
        loop {
            let waiting = {
                let mut state = self.state();
                if state.waiting.is_empty() {
                    state.running = false;
                    return;
                }
                std::mem::take(&mut state.waiting)
            };
            let report = flush();
            for asker in waiting {
                asker.send(report.clone()).ok();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Over<'a>(&'a Flushes);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state();
            state.running = false;
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::mpsc,
        thread,
    };

    use super::*;
    use crate::{Off, Status};

    fn report() -> Report {
        Report {
            in_time: true,
            status: Status::off([const { Off::NoEndpoint }; 3]),
        }
    }

    #[test]
    fn all_that_ask_while_one_is_under_way_share_the_next() {
        let flushes = Flushes::default();
        let (begun, begins) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let (first, runs) = flushes.ask();
            assert!(runs);
            let flushes = &flushes;
            let running = scope.spawn(move || {
                let count = std::cell::Cell::new(0);
                flushes.run(|| {
                    count.set(count.get() + 1);
                    begun.send(()).unwrap();
                    ends.recv().unwrap();
                    report()
                });
                count.get()
            });
            begins.recv().unwrap();
            let others: Vec<_> = (0..100).map(|_| flushes.ask()).collect();
            assert!(others.iter().all(|(_, runs)| !runs));
            end.send(()).unwrap();
            let _ = first.blocking_recv().unwrap();
            end.send(()).unwrap();
            for (other, _) in others {
                let _ = other.blocking_recv().unwrap();
            }
            assert_eq!(running.join().unwrap(), 2);
            assert!(flushes.ask().1);
        });
    }

    #[test]
    fn a_flush_that_panics_keeps_nobody_waiting() {
        let flushes = Flushes::default();
        let (first, _) = flushes.ask();
        let run = AssertUnwindSafe(|| flushes.run(|| panic!("on purpose")));
        assert!(catch_unwind(run).is_err());
        assert!(first.blocking_recv().is_err());
        let (second, runs) = flushes.ask();
        assert!(runs);
        flushes.run(report);
        let _ = second.blocking_recv().unwrap();
    }
}
