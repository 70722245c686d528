//! Runs a case.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::Context as _;
use tokio::net::TcpStream;

use super::{
    books::{Books, ROUTES},
    case::{Case, Fate, Place},
    stand::Stand,
};
use crate::{
    current_thread,
    generator::{Measured, Plan, load},
    ids::Ids,
    process::{Ended, PATIENCE, Process, Role},
    service::End,
};

/// How much slower than without a fault requests may be, and the milliseconds
/// by which a machine may stumble.
pub(super) const SLOWER: f64 = 1.3;
pub(super) const STUMBLE: f64 = 1.0;
pub(super) const TRIES: u32 = 3;

/// How cases are run.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) rate: u32,
    pub(crate) time: Duration,
    /// The machine may be: nothing is demanded of speed.
    pub(crate) is_slow: bool,
    pub(crate) clock: PathBuf,
}

/// What came of a case.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) spans: Books,
    pub(crate) logs: Books,
    pub(crate) with: Measured,
    pub(crate) without: Measured,
    pub(crate) exit: Duration,
    /// Memory at most, in KiB, with the fault and without.
    pub(crate) peak: [u64; 2],
    /// What is not as it should be.
    pub(crate) faults: Vec<String>,
    /// Whether requests were slower than without the fault.
    pub(crate) is_slower: bool,
}

/// A service and its receiver.
struct Pair {
    service: Process,
    address: SocketAddr,
    stand: Stand,
    run: u64,
    ids: Arc<Ids>,
}

impl Pair {
    async fn start(case: &Case, stand: Stand, setting: &Setting) -> anyhow::Result<Self> {
        static RUNS: AtomicU64 = AtomicU64::new(1);
        let run = (u64::from(std::process::id()) << 32) | RUNS.fetch_add(1, Relaxed);
        let mut role = Role::new(["service", case.end.as_str()])?
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", &stand.endpoint)
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", case.protocol)
            // Only what requests cause is to be counted.
            .with("OTEL_TRACES_SAMPLER", "parentbased_always_off")
            // Which knows nothing of the request that it is slow for.
            .with("OTEL_LOG_LEVEL", "info,sqlx=off")
            // Many small batches, so that much happens in a short time.
            .with("OTEL_BSP_SCHEDULE_DELAY", "400")
            .with("OTEL_BLRP_SCHEDULE_DELAY", "400")
            .with("OTEL_METRIC_EXPORT_INTERVAL", "1000");
        for (name, value) in case.variables {
            role = role.with(name, value);
        }
        for (name, value) in &stand.variables {
            role = role.with(name, value);
        }
        let (service, address) = match case.place {
            Place::Usual => said(role.start()?).await?,
            Place::ClockSetBack => {
                let library = setting.clock.to_string_lossy();
                let after = (setting.time / 2).as_secs_f64().to_string();
                let role = role.with("LD_PRELOAD", &library);
                said(role.with("CLOCK_SET_BACK_AFTER", &after).start()?).await?
            }
            Place::FullDisk => {
                // It cannot say where it listens.
                let address = format!("127.0.0.1:{}", programs::unused_port());
                let role = role.with("API_ADDR", &address).on_full_disk();
                let service = role.start()?;
                reached(address.parse()?).await?;
                (service, address.parse()?)
            }
        };
        Ok(Self {
            service,
            address,
            stand,
            run,
            ids: Arc::new(Ids::new(run)),
        })
    }

    /// Ends the service and takes its books.
    async fn end(self, case: &Case, measured: &Measured) -> anyhow::Result<Side> {
        let peak = self.service.usage().peak;
        let ended = self.service.stop(case.signal).await?;
        let store = self.stand.collector.store().clone();
        self.stand.collector.shutdown().await;
        // It says where it listens; a panic is recorded, and that the process ends by it.
        let others = 1 + 2 * u64::from(case.end == End::WithAPanic);
        let (run, answered, output) = (self.run, &measured.answered, &ended.output);
        let backwards = store.spans().iter().any(|span| {
            let span = span.proto();
            span.end_time_unix_nano < span.start_time_unix_nano
        });
        Ok(Side {
            spans: Books::of_spans(&store, run, answered, output),
            logs: Books::of_logs(&store, run, answered, others, output),
            ended,
            peak,
            backwards,
        })
    }
}

async fn said(mut service: Process) -> anyhow::Result<(Process, SocketAddr)> {
    let address = service.address().await?;
    Ok((service, address))
}

async fn reached(address: SocketAddr) -> anyhow::Result<()> {
    let reached = async {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    Ok(tokio::time::timeout(PATIENCE, reached).await?)
}

struct Side {
    spans: Books,
    logs: Books,
    ended: Ended,
    peak: u64,
    backwards: bool,
}

/// Runs the case and its twin; once or twice more where nothing is wrong but
/// the time that requests took, which may be the machine's.
pub(crate) async fn run(case: &Case, setting: &Setting) -> anyhow::Result<Outcome> {
    let mut tries = 1;
    loop {
        let mut outcome = Box::pin(once(case, setting)).await?;
        if !outcome.is_slower || !outcome.faults.is_empty() || tries == TRIES {
            if outcome.is_slower {
                let fault = format!("slower than its twin, {tries} times");
                outcome.faults.push(fault);
            }
            return Ok(outcome);
        }
        tries += 1;
    }
}

async fn once(case: &Case, setting: &Setting) -> anyhow::Result<Outcome> {
    let twin = Case {
        place: Place::Usual,
        variables: &[],
        ..case.clone()
    };
    let with = Pair::start(case, Stand::set(case).await?, setting);
    let without = Pair::start(&twin, Stand::well(&twin).await?, setting);
    let (mut with, without) = tokio::try_join!(with, without)?;
    let time = setting.time * case.times;
    let plan = Plan {
        routes: ROUTES,
        connections: 8,
        rate: Some(setting.rate),
        time,
    };
    let loads = [&with, &without].map(|pair| (pair.address, Arc::clone(&pair.ids)));
    let play = async {
        with.stand.play(case, time).await?;
        std::future::pending::<anyhow::Result<()>>().await
    };
    let measured = tokio::select! {
        measured = load_both(loads, plan) => measured?,
        stopped = play => return Err(stopped.err().context("the receiver has ended")?),
    };
    with.stand.settle(case).await?;
    let [of_with, of_without] = measured;
    let (with, without) =
        tokio::try_join!(with.end(case, &of_with), without.end(&twin, &of_without))?;
    Ok(judge(case, setting, [with, without], [of_with, of_without]))
}

/// On a thread of its own, which waits for nothing else.
async fn load_both(
    services: [(SocketAddr, Arc<Ids>); 2],
    plan: Plan,
) -> anyhow::Result<[Measured; 2]> {
    let loads = tokio::task::spawn_blocking(move || {
        let [with, without] = services;
        current_thread()?.block_on(async {
            let with = load(with.0, plan, &with.1);
            let without = load(without.0, plan, &without.1);
            let (with, without) = tokio::try_join!(with, without)?;
            Ok([with, without])
        })
    });
    loads.await?
}

fn judge(case: &Case, setting: &Setting, sides: [Side; 2], loads: [Measured; 2]) -> Outcome {
    let [with, without] = sides;
    let [of_with, of_without] = loads;
    let mut faults = Vec::new();
    let mut demand = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    demand(
        of_with.failed == 0,
        format!("{} requests failed", of_with.failed),
    );
    demand(
        with.ended.status.code() == Some(case.end.code()),
        format!("ended with {}", with.ended.status),
    );
    let exit = match setting.is_slow {
        true => case.expect.exit + Duration::from_secs(20),
        false => case.expect.exit,
    };
    demand(
        with.ended.took <= exit,
        format!("took {:?} to end", with.ended.took),
    );
    demand(
        with.ended.output.contains(case.expect.says),
        format!(
            "never said {:?} but:\n{}",
            case.expect.says,
            said_by(&with.ended)
        ),
    );
    demand(!with.backwards, "a span ends before it starts".to_owned());
    for (signal, books, doubled) in [
        ("spans", with.spans, case.expect.doubled.clone()),
        ("log records", with.logs, 0..=*case.expect.doubled.end()),
    ] {
        if let Some(fault) = unbalanced(case.expect.fate, &books) {
            demand(
                false,
                format!("{signal}: {fault}: {books:?}\n{}", said_by(&with.ended)),
            );
        }
        demand(
            doubled.contains(&books.doubled),
            format!("{signal}: {} doubled", books.doubled),
        );
    }
    for books in [without.spans, without.logs] {
        let all = books.delivered == books.created && books.lost + books.doubled == 0;
        demand(
            all,
            format!("the twin: {books:?}\n{}", said_by(&without.ended)),
        );
    }
    let (p99, twin) = (of_with.quantile(0.99), of_without.quantile(0.99));
    let is_slower = !setting.is_slow && p99 > twin * SLOWER + STUMBLE;
    Outcome {
        spans: with.spans,
        logs: with.logs,
        with: of_with,
        without: of_without,
        exit: with.ended.took,
        peak: [with.peak, without.peak],
        faults,
        is_slower,
    }
}

fn unbalanced(fate: Fate, books: &Books) -> Option<&'static str> {
    let Books {
        created,
        delivered,
        rejected,
        lost,
        ..
    } = *books;
    let (holds, fault) = match fate {
        Fate::Delivered => (delivered == created && lost == 0, "not all arrived"),
        Fate::Lost => (delivered == 0 && lost == created, "not all are counted"),
        Fate::Accounted => (delivered + lost == created, "the books do not balance"),
        Fate::Claimed => (
            delivered == created && lost == rejected && lost > 0,
            "what is rejected is not what is counted",
        ),
    };
    (!holds).then_some(fault)
}

/// What it said about telemetry, and the last lines.
fn said_by(ended: &Ended) -> String {
    let lines: Vec<_> = ended.output.lines().collect();
    let tail = lines.len().saturating_sub(3);
    let lines = lines.into_iter().enumerate();
    let lines = lines.filter(|(at, line)| *at >= tail || line.contains("otelier"));
    lines.map(|(_, line)| format!("    {line}\n")).collect()
}
