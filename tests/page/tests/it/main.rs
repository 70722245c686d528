//! The page in a real browser.
//!
//! Where there is no Chromium with its driver, each test says so and does nothing;
//! with `OTELIER_REQUIRE_BROWSER=1` that is a failure.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "clippy only knows functions marked as tests, and these help them"
)]

mod accessible;
mod browser;
mod demo;
mod hostile;
mod lasting;
mod lists;
mod many;
mod media;
mod models;
mod python;
mod sample;
mod soak;
mod source;
mod trace;
