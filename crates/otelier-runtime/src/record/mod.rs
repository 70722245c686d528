//! What the crate does while the feature is on.

mod heartbeat;
mod meter;
mod process;
mod runtimes;
mod stalls;
mod telemetry;
mod watch;
mod watchdog;

pub use self::watch::{Watch, start, watch, watch_with};
