//! What a pool records, on servers of PostgreSQL and MariaDB.
//!
//! The tests start servers of their own, from the programs of the usual packages, or use those
//! that `OTELIER_POSTGRES_URL` and `OTELIER_MYSQL_URL` name. Without either they are reported as
//! ignored, with the reason; `OTELIER_REQUIRE_DATABASES=1` makes that a failure.

#![expect(
    clippy::duplicate_mod,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests, though without the harness that would say so; the suite is there for each database"
)]

/// Lists a test of a database.
macro_rules! add {
    ($trials:ident, $database:literal, $theme:tt::$name:ident) => {
        let name = concat!($database, "::", stringify!($name));
        crate::host::add($trials, name, $theme::$name);
    };
    ($trials:ident, $database:literal, $name:ident) => {
        add!($trials, $database, self::$name);
    };
}

#[path = "../suite/mod.rs"]
#[macro_use]
mod suite;
mod host;
mod mysql;
mod outage;
mod postgres;
mod server;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};

/// A test, or why it cannot run.
fn trial(name: String, absent: Option<&str>, run: impl FnOnce() + Send + 'static) -> Trial {
    let required = env::var("OTELIER_REQUIRE_DATABASES").is_ok_and(|value| value == "1");
    match absent {
        None => Trial::test(name, move || {
            catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
                let message = panic.downcast_ref::<String>().map(String::as_str);
                let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
                Failed::from(message.unwrap_or("panicked"))
            })
        }),
        Some(reason) => {
            let reason = reason.to_owned();
            Trial::test(name, {
                let reason = reason.clone();
                move || Err(Failed::from(reason))
            })
            .with_kind(reason)
            .with_ignored_flag(!required)
        }
    }
}

/// Runs a test on a runtime of its own.
fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    postgres::list(&mut trials);
    mysql::list(&mut trials);
    outage::list(&mut trials);
    libtest_mimic::run(&arguments, trials).exit_code()
}
