//! Metrics of tokio runtimes and of the process, and a watchdog that tells when
//! a runtime is blocked.
//!
//! Services get it by the feature `runtime` of the facade, whose `init!` calls
//! [`start`]. What is left to them are runtimes beside their main one:
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! let crunchers = tokio::runtime::Builder::new_multi_thread().build()?;
//! // Watched until the guard is dropped, or the runtime.
//! let watch = otelier_runtime::watch("crunchers", crunchers.handle());
//! # drop(watch);
//! # Ok(())
//! # }
//! ```
//!
//! # A runtime that is blocked
//! Tasks share the threads of their runtime. One that computes for long, takes
//! a lock or reads a file keeps its thread from all others; when every thread
//! is kept, nothing is served any more, no timer fires and nothing is logged.
//!
//! So an operating system thread asks each watched runtime four times within
//! the threshold, at least once a second, to run a task of ours. When it has
//! been waiting for longer than the threshold
//! ([`Options::with_stall_threshold`], one second by default),
//!
//! - a WARN of the target `otelier_runtime` says so, while it lasts: how long,
//!   how many workers have not come to rest since, how many tasks there are;
//!   and an INFO tells the end. Both at most once a minute for one runtime.
//! - when the runtime runs again, or is dropped, the time goes into the
//!   histogram `otelier.runtime.stall`.
//!
//! The time is counted from the question on, so the block itself began up to a
//! quarter of the threshold before. A block that is shorter than five quarters
//! of the threshold may pass unseen.
//!
//! What is no stall: one blocked worker while another answers; a clock that
//! jumps or that a test pauses; a process that was stopped or whose machine
//! slept; a runtime that was dropped, or has not run anything yet. What is one:
//! a current-thread runtime that has run and that nobody drives any more, as its
//! tasks wait all the same.
//!
//! # What is recorded
//! | metric | |
//! |---|---|
//! | `otelier.runtime.stall` | see above |
//! | `tokio.runtime.worker.count` | worker threads |
//! | `tokio.runtime.worker.busy.time` | seconds in which workers did not sleep; near 1 s a second for each: there are too few |
//! | `tokio.runtime.worker.max_utilization` | the same as a share, of the busiest worker: near 1 while others rest, a task hogs it |
//! | `tokio.runtime.worker.parks` | how often workers went to sleep |
//! | `tokio.runtime.task.count` | tasks that live; one that only grows is a leak. Our own is one |
//! | `tokio.runtime.global_queue.depth` | tasks that wait for any worker |
//! | `process.cpu.time`, `process.cpu.utilization` | user and system |
//! | `process.memory.usage`, `process.memory.virtual` | bytes |
//! | `process.thread.count`, `process.unix.file_descriptor.count` | what there is |
//! | `process.disk.io`, `process.paging.faults`, `process.context_switches` | by direction and type |
//! | `process.uptime` | seconds |
//!
//! Those of tokio have the label `tokio.runtime.name`, which is `main` for the
//! runtime that [`start`] is called in. Counts and times begin with the watch,
//! and are told once more when it has ended. Where tokio and this crate are
//! compiled with `--cfg tokio_unstable`, there are eleven more, such as
//! `tokio.runtime.worker.steals` and `tokio.runtime.blocking_queue.depth`.
//!
//! | | processor time | memory, disk, uptime | threads | file descriptors | faults, switches |
//! |---|---|---|---|---|---|
//! | Linux | by mode | yes | yes | yes | yes |
//! | macOS and other Unix | by mode | yes | no | where `sysinfo` tells | yes |
//! | Windows | in total | yes | no | no | no |
//!
//! # What is not
//! Which task blocks, and where: that takes a debugger or a profiler while the
//! warning is fresh. The bytes that a process sends and receives: systems count
//! them by network interface.
//!
//! # Cost
//! Nothing where tasks are spawned, polled and woken: tokio counts all the same.
//! Metrics are read when they are collected, by atomic loads and three files of
//! `/proc`. A watched runtime has one task, which its watchdog wakes, and one
//! thread that sleeps in between. `docs/cost.md` has the numbers.
//!
//! # Features
//! - `otel` (default): Records metrics and watches. Without it every call
//!   compiles to nothing.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod options;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod watch;

pub use self::{
    options::Options,
    watch::{Watch, start, watch, watch_with},
};
