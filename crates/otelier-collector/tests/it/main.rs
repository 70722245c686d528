//! The collector over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "clippy only knows functions marked as tests, and these help them"
)]

mod agents;
mod answers;
mod api;
mod arbitrary;
mod asked;
mod binary;
mod doctor;
mod doctor_ways;
mod door;
mod encodings;
mod ends;
mod faults;
mod files;
mod forward;
#[cfg(target_os = "linux")]
mod memory;
mod models;
#[cfg(unix)]
mod opened;
mod page;
mod pages;
mod process;
mod questions;
mod receive;
mod sample;
mod store;
mod stream;
mod views;
mod wire;
