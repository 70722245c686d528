//! Processes of any program, what they print and the ports that they take: what the tests
//! share that look at services from outside.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says so by panicking"
)]
#![expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "what is asked is often asked for its panic alone"
)]

mod ended;
mod output;
mod port;
mod process;
mod program;

use std::time::Duration;

pub use self::{ended::Ended, port::unused_port, process::Process, program::Program};

/// How long anything may take that should happen at once. Only a failing test waits that long.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks at something that cannot be waited for.
pub fn pause() -> impl Future<Output = ()> {
    tokio::time::sleep(Duration::from_millis(20))
}
