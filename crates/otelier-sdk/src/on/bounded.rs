//! Work that blocks, on threads of its own, within a bound.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// Stands for bounds that a clock cannot hold.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// When a bound is over that begins now.
pub(crate) fn deadline(bound: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(bound).unwrap_or_else(|| now + FAR)
}

/// Something that may block.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Runs the first jobs side by side, and the last one once they have ended, or
/// half of the time is over. False if one of them has not ended after
/// `bound`; it goes on alone then.
///
/// Where the system has no thread to give, a job runs on the caller's, unless
/// time is up: it is not done then.
pub(crate) fn run<const N: usize>(bound: Duration, first: [Job; N], last: Job) -> bool {
    let start = Instant::now();
    let (half, end) = (deadline(bound / 2), deadline(bound));
    let (sender, ended) = mpsc::channel();
    let mut open = 0;
    for job in first {
        open += spawn(job, &sender, bound.saturating_sub(start.elapsed()));
    }
    wait(&ended, &mut open, half);
    open += spawn(last, &sender, bound.saturating_sub(start.elapsed()));
    wait(&ended, &mut open, end);
    open == 0
}

/// How many are to be waited for.
fn spawn(job: Job, ended: &Sender<()>, left: Duration) -> usize {
    let thread = thread::Builder::new().name("otelier-flush".to_owned());
    spawn_by(|job| thread.spawn(job).map(drop), job, ended, left)
}

fn spawn_by(
    thread: impl FnOnce(Job) -> io::Result<()>,
    job: Job,
    ended: &Sender<()>,
    left: Duration,
) -> usize {
    // A thread that is not started takes what it was given with it.
    let job = Arc::new(Mutex::new(Some(job)));
    let (its, ended) = (Arc::clone(&job), ended.clone());
    let run = move || {
        if let Some(job) = take(&its) {
            job();
        }
        ended.send(()).ok();
    };
    if thread(Box::new(run)).is_ok() {
        return 1;
    }
    match take(&job) {
        Some(job) if !left.is_zero() => {
            job();
            0
        }
        _ => 1,
    }
}

fn take(job: &Mutex<Option<Job>>) -> Option<Job> {
    job.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn wait(ended: &Receiver<()>, open: &mut usize, deadline: Instant) {
    while *open > 0 {
        let left = deadline.saturating_duration_since(Instant::now());
        if ended.recv_timeout(left).is_err() {
            return;
        }
        *open -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier, Mutex};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_last_job_comes_after_the_others() {
        let order = Arc::new(Mutex::new(Vec::new()));
        // The first two wait for each other: they run at the same time.
        let both = Arc::new(Barrier::new(2));
        let first = || -> Job {
            let (order, both) = (Arc::clone(&order), Arc::clone(&both));
            Box::new(move || {
                both.wait();
                order.lock().unwrap().push("first");
            })
        };
        let its = Arc::clone(&order);
        let last: Job = Box::new(move || its.lock().unwrap().push("last"));
        assert!(run(LONG, [first(), first()], last));
        assert_eq!(*order.lock().unwrap(), ["first", "first", "last"]);
    }

    #[test]
    fn a_bound_that_no_clock_can_hold_is_a_long_one() {
        assert!(deadline(Duration::MAX) > Instant::now() + LONG);
        assert!(run(Duration::MAX, [], Box::new(|| ())));
    }

    #[test]
    fn a_job_that_hangs_keeps_the_last_one_from_nothing() {
        let (done, seen) = mpsc::channel();
        let (release, hold) = mpsc::channel::<()>();
        let hangs: Job = Box::new(move || {
            hold.recv().ok();
        });
        let last: Job = Box::new(move || done.send(()).unwrap());
        assert!(!run(Duration::from_millis(100), [hangs], last));
        seen.recv_timeout(LONG).unwrap();
        drop(release);
    }

    #[test]
    fn a_job_without_a_thread_runs_on_the_caller_s_unless_time_is_up() {
        let (sender, ended) = mpsc::channel();
        let (done, seen) = mpsc::channel();
        let none = |_| Err(io::ErrorKind::WouldBlock.into());
        for (left, open) in [(LONG, 0), (Duration::ZERO, 1)] {
            let done = done.clone();
            let job: Job = Box::new(move || done.send(()).unwrap());
            assert_eq!(spawn_by(none, job, &sender, left), open);
            assert_eq!(seen.try_recv().is_ok(), open == 0);
        }
        assert!(ended.try_recv().is_err());
    }
}
