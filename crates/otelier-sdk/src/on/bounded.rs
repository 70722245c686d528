//! Work that blocks, on threads of its own, within a bound.

use std::{
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

/// Something that may block.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Runs the first jobs side by side, and the last one once they have ended, or
/// half of the time is over. False if one of them has not ended after
/// `bound`; it goes on alone then.
pub(crate) fn run<const N: usize>(bound: Duration, first: [Job; N], last: Job) -> bool {
    let start = Instant::now();
    let (sender, ended) = mpsc::channel();
    let mut open = 0;
    for job in first {
        open += spawn(job, &sender);
    }
    wait(&ended, &mut open, start + bound / 2);
    open += spawn(last, &sender);
    wait(&ended, &mut open, start + bound);
    open == 0
}

/// How many were started: one that cannot be is not waited for.
fn spawn(job: Job, ended: &Sender<()>) -> usize {
    let ended = ended.clone();
    let spawned = thread::Builder::new()
        .name("otelier-flush".to_owned())
        .spawn(move || {
            job();
            ended.send(()).ok();
        });
    spawned.iter().count()
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
    use std::sync::{Arc, Mutex};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_last_job_comes_after_the_others() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let job = |name: &'static str| -> Job {
            let order = Arc::clone(&order);
            Box::new(move || {
                thread::sleep(Duration::from_millis(20));
                order.lock().unwrap().push(name);
            })
        };
        assert!(run(LONG, [job("first"), job("first")], job("last")));
        assert_eq!(*order.lock().unwrap(), ["first", "first", "last"]);
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
}
