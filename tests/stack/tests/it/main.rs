//! Real services, the real Collector, and the files of deploy/collector.
//!
//! The Collector is built by `tests/stack/tools/build collector`, or by `just collector`. Where
//! it is missing its tests are reported as ignored, with the reason;
//! `OTELIER_REQUIRE_COLLECTOR=1` makes that a failure. Those of backends need what `just stack`
//! builds, and `OTELIER_REQUIRE_BACKENDS=1`.
#![cfg_attr(
    unix,
    expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "tests, though without the harness that would say so; a test owns its runtime"
    )
)]

#[cfg(unix)]
mod access;
#[cfg(unix)]
mod backends;
#[cfg(unix)]
mod configs;
#[cfg(unix)]
mod dashboards;
#[cfg(unix)]
mod engines;
#[cfg(unix)]
mod gateway;
#[cfg(unix)]
mod kill;
#[cfg(unix)]
mod limiter;
#[cfg(unix)]
mod load;
#[cfg(unix)]
mod path;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod real;
#[cfg(unix)]
mod scraped;
#[cfg(unix)]
mod script;
#[cfg(unix)]
mod sent;
#[cfg(unix)]
mod stand;
#[cfg(unix)]
mod suite;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut suite = suite::Suite::default();
    configs::list(&mut suite);
    access::list(&mut suite);
    script::list(&mut suite);
    path::list(&mut suite);
    kill::list(&mut suite);
    limiter::list(&mut suite);
    gateway::list(&mut suite);
    backends::list(&mut suite);
    dashboards::list(&mut suite);
    engines::list(&mut suite);
    scraped::list(&mut suite);
    load::list(&mut suite);
    suite.run(&arguments)
}

/// The services are stopped by signals, which only Unix has.
#[cfg(not(unix))]
fn main() {}
