//! What is told of runtimes and of the process.
#![cfg(test)]

mod off;
mod process;
mod runtimes;
mod stalls;
mod wait;

use std::time::Duration;

use otelier_runtime::Options;
use tokio::runtime::{Builder, Runtime};

/// A threshold that a healthy runtime does not reach on a busy machine, for
/// tests that wait for it all the same.
fn soon() -> Options {
    Options::default().with_stall_threshold(Duration::from_millis(100))
}

fn without_watchdog() -> Options {
    Options::default().with_stall_threshold(Duration::ZERO)
}

fn multi_thread(workers: usize) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap()
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
