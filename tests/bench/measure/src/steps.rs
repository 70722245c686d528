//! Futures that wait for another thread, in as many polls whenever they run.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

/// What is longer than the other thread works between two polls, also under
/// callgrind, which runs one thread at a time, and shorter than a wait for a
/// connection that is a span of its own.
const PAUSE: Duration = Duration::from_micros(200);

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// Runs a future to its end. Between two polls the other thread comes to rest, which
/// is not counted: how often a future is polled hangs on nothing else that runs.
pub fn step_by_step<F: Future>(future: F) -> F::Output {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => wait(&|| woken.0.swap(false, SeqCst)),
        }
    }
}

/// Lets other threads come to rest between two operations, while they are counted.
pub fn rest() {
    if super::is_counting() {
        wait(&|| true);
    }
}

fn wait(is_over: &dyn Fn() -> bool) {
    if super::MEASURED.load(SeqCst) {
        uncounted_wait(is_over);
    } else {
        sleep_until(is_over);
    }
}

/// Where callgrind stops to count.
#[inline(never)]
fn uncounted_wait(is_over: &dyn Fn() -> bool) {
    sleep_until(is_over);
}

fn sleep_until(is_over: &dyn Fn() -> bool) {
    loop {
        thread::sleep(PAUSE);
        if is_over() {
            return;
        }
    }
}
