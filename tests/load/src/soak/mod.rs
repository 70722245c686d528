//! What telemetry costs a service under load: the same program with the
//! variable and without it, in turns, on the same machine at the same time.

mod report;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use hyper::Method;
use serde_json::from_str;

use crate::{
    generator::{Measured, Plan, Route, load, route},
    ids::Ids,
    process::{Ended, Process, Role},
    receiver::{TALLY, Tally},
    say,
    service::End,
};

/// Mostly reads, some errors that are logged, now and then a job.
pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: Method::POST,
        path: "/repos/7/index",
        status: 202,
        every: 1000,
    },
    Route {
        method: Method::GET,
        path: "/boom",
        status: 500,
        every: 20,
    },
    Route {
        method: Method::GET,
        path: "/repos/7",
        status: 200,
        every: 1,
    },
];

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// A few seconds, and only what holds on any machine is demanded.
    #[arg(long)]
    short: bool,
    /// Requests a second where the rate is fixed
    #[arg(long, default_value_t = 10_000)]
    rate: u32,
    /// Connections to each service
    #[arg(long, default_value_t = 32)]
    connections: u32,
    /// Seconds of a turn
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Turns of each service, at full speed and again at the fixed rate
    #[arg(long, default_value_t = 10)]
    turns: u32,
    /// Another variable for the services, as NAME=VALUE
    #[arg(long = "env", value_parser = pair)]
    variables: Vec<(String, String)>,
    /// Where to write the report
    #[arg(long)]
    report: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Whether telemetry is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Off,
    On,
}

/// How fast requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// As fast as they are answered.
    Full,
    /// So many a second.
    Fixed,
}

/// One service's turn.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) phase: Phase,
    pub(crate) side: Side,
    pub(crate) measured: Measured,
    /// What the service and the receiver spent meanwhile.
    pub(crate) service: Duration,
    pub(crate) receiver: Duration,
    /// The service's memory at the end of the turn, in KiB.
    pub(crate) resident: u64,
}

/// Everything that was measured.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) options: Options,
    pub(crate) turns: Vec<Turn>,
    /// Requests to the service with telemetry, by route in the order of
    /// [`ROUTES`], those of the warm-up included.
    pub(crate) by_route: [u64; ROUTES.len()],
    /// Requests to it that were not answered as they should.
    pub(crate) failed: u64,
    pub(crate) tally: Tally,
    /// Memory at most, in KiB, without telemetry and with.
    pub(crate) peak: [u64; 2],
    /// What the service with telemetry said of it.
    pub(crate) said: Vec<String>,
    pub(crate) exit: Duration,
}

/// Runs the soak, and tells whether everything demanded holds.
pub(crate) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let file = options.report.clone();
    let short = options.short;
    let outcome = Box::pin(measure(options)).await?;
    let (report, demands) = report::write(&outcome);
    crate::publish(&report, file.as_ref())?;
    let holds = |demand: &report::Demand| demand.holds || (short && demand.is_of_speed);
    Ok(match demands.iter().all(holds) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The processes of a soak.
struct Stage {
    services: [Process; 2],
    receiver: Process,
    worker: Process,
    ids: Arc<Ids>,
    plan: Plan,
    addresses: [std::net::SocketAddr; 2],
}

async fn measure(mut options: Options) -> anyhow::Result<Outcome> {
    let mut phases = vec![Phase::Full, Phase::Fixed];
    if options.short {
        // Not more than any machine can take: what is dropped is no defect.
        options.rate = options.rate.min(200);
        options.connections = options.connections.min(8);
        options.seconds = 2;
        options.turns = 1;
        phases.remove(0);
    }
    let folder = folder()?;
    let stage = Stage::set(&options, folder.path()).await?;
    let mut warm_up = Vec::new();
    // Buffers grow and connections open before anything counts.
    for side in [Side::Off, Side::On] {
        warm_up.push(stage.turn(phases[0], side, &options).await?);
    }
    let mut turns = Vec::new();
    for phase in phases {
        for at in 0..options.turns {
            // Who comes first changes, so that a trend favours nobody.
            let sides = match at % 2 {
                0 => [Side::Off, Side::On],
                _ => [Side::On, Side::Off],
            };
            for side in sides {
                let turn = stage.turn(phase, side, &options).await?;
                say(&report::progress(&turn))?;
                turns.push(turn);
            }
        }
    }
    let peak = [0, 1].map(|at| stage.services[at].usage().peak);
    let (ended, tally) = stage.close().await?;
    let mut by_route = [0; ROUTES.len()];
    let mut failed = 0;
    let all = warm_up.iter().chain(&turns);
    for Turn { measured, .. } in all.filter(|turn| turn.side == Side::On) {
        failed += measured.failed;
        for number in &measured.answered {
            by_route[route(ROUTES, *number)] += 1;
        }
    }
    let about = |line: &&str| line.contains("otelier: ");
    let said = ended.output.lines().filter(about).map(str::to_owned);
    Ok(Outcome {
        options,
        turns,
        by_route,
        failed,
        tally,
        peak,
        said: said.collect(),
        exit: ended.took,
    })
}

/// For the databases: in memory, where there is such a folder, since what a
/// disk needs for a write is not what is measured.
fn folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

impl Stage {
    async fn set(options: &Options, folder: &std::path::Path) -> anyhow::Result<Self> {
        let run = u64::from(std::process::id());
        let mut receiver = Role::new(["receiver", &run.to_string()])?.start()?;
        let endpoint = format!("http://{}", receiver.address().await?);
        let role = |role: Role, side: Side| {
            // The worker finds the jobs of both services.
            let file = folder.join("soak.db");
            let url = format!("sqlite://{}?mode=rwc", file.display());
            let role = role.with("DATABASE_URL", &url);
            // Which knows nothing of the request that it is slow for.
            let mut role = role.with("OTEL_LOG_LEVEL", "info,sqlx=off");
            for (name, value) in &options.variables {
                role = role.with(name, value);
            }
            match side {
                Side::Off => role,
                Side::On => role.with("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            }
        };
        let api = || Role::new(["service", End::Well.as_str()]);
        let api = |side| anyhow::Ok(role(api()?.with("OTEL_SERVICE_NAME", "api"), side));
        let mut services = [api(Side::Off)?.start()?, api(Side::On)?.start()?];
        let mut addresses = Vec::new();
        for service in &mut services {
            addresses.push(service.address().await?);
        }
        let worker = Role::new(["worker"])?.with("OTEL_SERVICE_NAME", "worker");
        let mut worker = role(worker, Side::On).start()?;
        worker.says("waiting for jobs").await?;
        Ok(Self {
            services,
            receiver,
            worker,
            ids: Arc::new(Ids::new(run)),
            plan: Plan {
                routes: ROUTES,
                connections: options.connections,
                rate: None,
                time: Duration::from_secs(options.seconds),
            },
            addresses: [addresses[0], addresses[1]],
        })
    }

    /// Ends everything, the receiver last, and hands over its books.
    async fn close(self) -> anyhow::Result<(Ended, Tally)> {
        let [off, on] = self.services;
        off.stop("TERM").await?;
        let ended = on.stop("TERM").await?;
        self.worker.stop("TERM").await?;
        let books = self.receiver.stop("TERM").await?.output;
        let line = books.lines().find_map(|line| line.strip_prefix(TALLY));
        let tally = from_str(line.context("the receiver has no books")?)?;
        Ok((ended, tally))
    }

    async fn turn(&self, phase: Phase, side: Side, options: &Options) -> anyhow::Result<Turn> {
        let at = usize::from(side == Side::On);
        let plan = Plan {
            rate: (phase == Phase::Fixed).then_some(options.rate),
            ..self.plan
        };
        let usage = || (self.services[at].usage().cpu, self.receiver.usage().cpu);
        let before = usage();
        let measured = load(self.addresses[at], plan, &self.ids).await?;
        let after = usage();
        Ok(Turn {
            phase,
            side,
            measured,
            service: after.0.saturating_sub(before.0),
            receiver: after.1.saturating_sub(before.1),
            resident: self.services[at].usage().resident,
        })
    }
}
