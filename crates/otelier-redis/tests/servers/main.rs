//! What is recorded of real servers, over real sockets.
//!
//! The tests start servers of their own, from the program of the usual package. Without it they
//! are reported as ignored, with the reason; `OTELIER_REQUIRE_DATABASES=1` makes that a failure.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests, though without the harness that would say so"
)]

mod cluster;
mod commands;
mod endings;
mod pools;
mod server;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};
use otelier_redis::Config;
use otelier_testing::{Span, Telemetry};

/// A test, or why it cannot run.
fn trial<F: Future<Output = ()>>(name: &str, test: impl FnOnce() -> F + Send + 'static) -> Trial {
    let required = env::var("OTELIER_REQUIRE_DATABASES").is_ok_and(|value| value == "1");
    let Some(reason) = server::missing() else {
        return Trial::test(name, move || {
            let run = AssertUnwindSafe(|| block_on(test()));
            catch_unwind(run).map_err(|panic| {
                let message = panic.downcast_ref::<String>().map(String::as_str);
                let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
                Failed::from(message.unwrap_or("panicked"))
            })
        });
    };
    Trial::test(name, move || Err(Failed::from(reason)))
        .with_kind(reason)
        .with_ignored_flag(!required)
}

/// Runs a test on a runtime of its own.
fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

/// Records commands wherever they are sent.
fn config() -> Config {
    Config::new().with_root_spans()
}

/// The spans of this crate, as they ended.
fn spans(telemetry: &Telemetry) -> Vec<Span> {
    let mut spans = telemetry.spans();
    spans.retain(|span| span.scope == "otelier-redis");
    spans
}

fn text(span: &Span, key: &str) -> Option<String> {
    span.get(key).map(|value| value.to_string())
}

/// Each span's name, with its `error.type`.
fn told(telemetry: &Telemetry) -> Vec<String> {
    let told = spans(telemetry).into_iter();
    let told = told.map(|span| match text(&span, "error.type") {
        Some(error) => format!("{} {error}", span.name),
        None => span.name,
    });
    told.collect()
}

/// The points of a metric that counted something.
fn points(telemetry: &Telemetry, metric: &str) -> Vec<String> {
    let summary = telemetry.metrics_summary().to_string();
    let lines = summary.lines().filter(|line| !line.ends_with("count=0"));
    let lines = lines.filter_map(|line| line.strip_prefix(metric));
    lines.map(str::to_owned).collect()
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    commands::list(&mut trials);
    endings::list(&mut trials);
    pools::list(&mut trials);
    cluster::list(&mut trials);
    libtest_mimic::run(&arguments, trials).exit_code()
}
