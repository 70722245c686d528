//! What a service notices of receivers that misbehave, and of other mishaps:
//! each case beside a twin to which nothing happens, at the same time.

mod books;
mod case;
mod clock;
mod process;
mod report;
mod run;
mod stand;
mod table;
mod tls;
mod usual;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet};

pub(crate) use self::stand::relay;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The most telling cases, for a second each, at the same time; nothing is
    /// demanded of speed.
    #[arg(long)]
    short: bool,
    /// Only cases whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Requests a second, to the service of a case and to its twin alike
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Seconds in which requests are sent
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Cases at the same time
    #[arg(long, default_value_t = 3)]
    lanes: usize,
    /// Where to write the report
    #[arg(long)]
    report: Option<PathBuf>,
}

/// Runs the cases, and tells whether each did what is expected.
pub(crate) async fn run(mut options: Options) -> anyhow::Result<ExitCode> {
    if options.short {
        options.rate = 40;
        options.seconds = 1.5;
        options.lanes = 6;
    }
    let clock = clock::Clock::new()?;
    let lanes = Arc::new(Semaphore::new(options.lanes));
    let mut running = JoinSet::new();
    let cases = table::cases().into_iter();
    let cases = cases.filter(|case| case.is_short || !options.short);
    let cases = cases.filter(|case| case.name.contains(&options.only));
    for (at, case) in cases.enumerate() {
        let setting = run::Setting {
            rate: options.rate,
            time: Duration::from_secs_f64(options.seconds),
            is_slow: options.short,
            clock: clock.path(),
        };
        let lanes = Arc::clone(&lanes);
        running.spawn(async move {
            let _lane = lanes.acquire_owned().await;
            let outcome = run::run(&case, &setting).await;
            (at, case, outcome)
        });
    }
    let mut done = Vec::new();
    while let Some(case) = running.join_next().await {
        let case = case?;
        crate::say(&report::progress(&case.1, &case.2))?;
        done.push(case);
    }
    done.sort_by_key(|(at, ..)| *at);
    let report = report::write(&done, &options)?;
    crate::publish(&report, options.report.as_ref())?;
    let well = |outcome: &anyhow::Result<run::Outcome>| {
        outcome
            .as_ref()
            .is_ok_and(|outcome| outcome.faults.is_empty())
    };
    Ok(match done.iter().all(|(.., outcome)| well(outcome)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
