//! What is watched and recorded, where telemetry is compiled in.

mod heartbeat;
mod meter;
mod process;
mod runtimes;
mod stalls;
mod telemetry;
mod watchdog;
mod watching;

pub(crate) use self::watching::{Watching, is_watching, start, watch};
