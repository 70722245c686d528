//! The report of a soak.

use std::fmt::Write as _;

use super::{Outcome, Phase, Side, Turn};
use crate::{generator::Measured, receiver::Tally};

/// The shares of what is measured without telemetry that must be kept.
const THROUGHPUT: f64 = 0.85;
const LATENCY: f64 = 1.3;
/// By how much memory may differ between the first turn and the last.
const MEMORY: f64 = 1.05;

/// Something that must hold.
#[derive(Debug)]
pub(crate) struct Demand {
    what: &'static str,
    demanded: String,
    measured: String,
    pub(crate) holds: bool,
    /// It depends on the machine, and on what else runs there.
    pub(crate) is_of_speed: bool,
}

/// All turns of one side in one phase.
struct Sum {
    measured: Measured,
    service: f64,
    receiver: f64,
}

/// A line about a turn, while it goes on.
pub(crate) fn progress(turn: &Turn) -> String {
    row(turn).trim_end().to_owned()
}

fn row(turn: &Turn) -> String {
    let Turn {
        phase,
        side,
        measured,
        service,
        resident,
        ..
    } = turn;
    format!(
        "| {} | {} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.1} |\n",
        match phase {
            Phase::Full => "full",
            Phase::Fixed => "fixed",
        },
        match side {
            Side::Off => "off",
            Side::On => "on",
        },
        measured.per_second(),
        measured.quantile(0.5),
        measured.quantile(0.99),
        measured.longest(),
        service.as_micros() as f64 / measured.answered.len().max(1) as f64,
        *resident as f64 / 1024.0,
    )
}

/// The report, and what it is judged by.
pub(crate) fn write(outcome: &Outcome) -> (String, Vec<Demand>) {
    let demands = demands(outcome);
    let mut text = String::new();
    // A string can be written to without end.
    let _ = fill(&mut text, outcome, &demands);
    (text, demands)
}

fn sum(outcome: &Outcome, phase: Phase, side: Side) -> Option<Sum> {
    let mut all = Sum {
        measured: Measured::new().ok()?,
        service: 0.0,
        receiver: 0.0,
    };
    let turns = outcome.turns.iter();
    for turn in turns.filter(|turn| turn.phase == phase && turn.side == side) {
        all.measured.add(&turn.measured).ok()?;
        all.service += turn.service.as_secs_f64();
        all.receiver += turn.receiver.as_secs_f64();
    }
    Some(all)
}

/// What the names of the spans must be that the requests have caused.
fn expected(outcome: &Outcome) -> [(&'static str, u64); 5] {
    let [index, boom, show] = outcome.by_route;
    [
        ("api GET /repos/{id}", show),
        ("api SELECT repos", show + index),
        ("api GET /boom", boom),
        ("api POST /repos/{id}/index", index),
        ("api INSERT jobs", index),
    ]
}

fn missing(outcome: &Outcome) -> u64 {
    let names = expected(outcome).into_iter();
    names
        .map(|(name, count)| count.saturating_sub(outcome.tally.named(name)))
        .sum()
}

/// What the service says it has dropped of a signal.
fn dropped(tally: &Tally, signal: &str) -> u64 {
    tally.own(&format!(
        "api otel.sdk.processor.{signal}.processed queue_full"
    ))
}

fn demands(outcome: &Outcome) -> Vec<Demand> {
    let mut demands = Vec::new();
    speed(outcome, &mut demands);
    books(outcome, &mut demands);
    demands
}

fn speed(outcome: &Outcome, demands: &mut Vec<Demand>) {
    let mut demand = |what, demanded: String, measured: String, holds| {
        demands.push(Demand {
            what,
            demanded,
            measured,
            holds,
            is_of_speed: true,
        });
    };
    let rate = f64::from(outcome.options.rate);
    let speed = |phase| sum(outcome, phase, Side::On).map_or(0.0, |s| s.measured.per_second());
    let share = of_off(outcome, Phase::Full, Measured::per_second);
    demand(
        "throughput at full speed, of that without telemetry",
        format!("≥ {:.0} %", THROUGHPUT * 100.0),
        format!("{:.1} %", share * 100.0),
        share >= THROUGHPUT,
    );
    demand(
        "requests a second at full speed, with telemetry",
        format!("≥ {rate}"),
        format!("{:.0}", speed(Phase::Full)),
        speed(Phase::Full) >= rate,
    );
    demand(
        "requests a second at the fixed rate, with telemetry",
        format!("≥ {:.0}", 0.99 * rate),
        format!("{:.0}", speed(Phase::Fixed)),
        speed(Phase::Fixed) >= 0.99 * rate,
    );
    for (what, phase) in [
        ("p99 at full speed, of that without telemetry", Phase::Full),
        (
            "p99 at the fixed rate, of that without telemetry",
            Phase::Fixed,
        ),
    ] {
        let times = of_off(outcome, phase, |measured| measured.quantile(0.99));
        demand(
            what,
            format!("≤ {LATENCY}×"),
            format!("{times:.2}×"),
            times <= LATENCY,
        );
    }
    let fixed = |turn: &&Turn| turn.phase == Phase::Fixed && turn.side == Side::On;
    let fixed = outcome.turns.iter().filter(fixed);
    let resident: Vec<_> = fixed.map(|turn| turn.resident as f64).collect();
    if let [first, .., last] | [first @ last] = resident.as_slice() {
        demand(
            "memory after the last turn at the fixed rate, of that after the first",
            format!("≤ {:.0} %", MEMORY * 100.0),
            format!("{:.1} %, {:.1} MiB", last / first * 100.0, last / 1024.0),
            *last <= first * MEMORY,
        );
    }
}

/// How often a value with telemetry holds that without: the median over the
/// pairs of turns, of which a stumble of the machine spoils one.
fn of_off(outcome: &Outcome, phase: Phase, of: impl Fn(&Measured) -> f64) -> f64 {
    let turns = outcome.turns.iter().filter(|turn| turn.phase == phase);
    let turns: Vec<_> = turns.collect();
    let mut shares: Vec<_> = turns
        .chunks_exact(2)
        .map(|pair| match pair[0].side {
            Side::Off => of(&pair[1].measured) / of(&pair[0].measured),
            Side::On => of(&pair[0].measured) / of(&pair[1].measured),
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or_default()
}

fn books(outcome: &Outcome, demands: &mut Vec<Demand>) {
    let tally = &outcome.tally;
    let [index, boom, _] = outcome.by_route;
    let mut equal = |what, demanded: u64, measured: u64| {
        demands.push(Demand {
            what,
            demanded: demanded.to_string(),
            measured: measured.to_string(),
            holds: demanded == measured,
            is_of_speed: false,
        });
    };
    let answered: u64 = outcome.by_route.iter().sum();
    equal(
        "requests that were not answered as they should",
        0,
        outcome.failed,
    );
    let lost = dropped(tally, "span");
    equal("spans dropped because the queue was full", 0, lost);
    equal(
        "log records dropped because the queue was full",
        0,
        dropped(tally, "log"),
    );
    // Of some kinds nobody knows how many were made: those are among the dropped.
    equal(
        "spans of requests that neither arrived nor are counted as dropped",
        0,
        missing(outcome).saturating_sub(lost),
    );
    equal(
        "spans that arrived, of those that the service has exported",
        tally.own("api otel.sdk.exporter.span.exported"),
        tally.of_service("api "),
    );
    equal("spans that arrived twice", 0, tally.doubled);
    equal(
        "server spans with another parent than their request's",
        0,
        tally.strays,
    );
    equal("spans whose parent never arrived", 0, tally.orphans);
    equal(
        "requests that the service's histogram counted",
        answered,
        tally.measured,
    );
    // Beside those of requests, each process has one at its start; a job has two.
    let records = index + boom + 2 + 2 * tally.named("worker embed");
    equal(
        "log records that arrived, or are counted as dropped",
        records,
        tally.logs + dropped(tally, "log"),
    );
}

fn fill(text: &mut String, outcome: &Outcome, demands: &[Demand]) -> std::fmt::Result {
    let options = &outcome.options;
    writeln!(
        text,
        "# Soak

What traces, metrics and logs cost a service under load.
`just soak` makes this report, in about four minutes; it was made on a machine of {cores} cores.

Two processes run examples/api, the same program, built with thin link-time optimisation and one codegen unit: one with `OTEL_EXPORTER_OTLP_ENDPOINT`, one without.
They are loaded in turns of {seconds} s, {turns} each, first as fast as they answer and then with {rate} requests a second, over {connections} connections.
Of a thousand requests one enqueues a job (three spans, a log record), 50 fail and log an error (one span, a log record), and 949 read a row of SQLite (two spans); each carries a `traceparent`.
On the same cores run the load generator, a worker (examples/worker, telemetry on) and a receiver, which keeps ids only and holds every span against the request that caused it: what they spend is in the throughput.
Ratios are medians over the pairs of turns.",
        cores = std::thread::available_parallelism().map_or(1, usize::from),
        seconds = options.seconds,
        turns = options.turns,
        rate = options.rate,
        connections = options.connections,
    )?;
    match options.variables.as_slice() {
        [] => writeln!(text, "Queues and batches have their defaults.")?,
        some => {
            let some = some.iter().map(|(name, value)| format!("`{name}={value}`"));
            let some: Vec<_> = some.collect();
            writeln!(text, "Set beside: {}.", some.join(", "))?;
        }
    }
    writeln!(text, "\n## What is demanded\n")?;
    writeln!(
        text,
        "| what | demanded | measured | |\n|---|---:|---:|---|"
    )?;
    for Demand {
        what,
        demanded,
        measured,
        holds,
        ..
    } in demands
    {
        let mark = if *holds { "holds" } else { "**falls short**" };
        writeln!(text, "| {what} | {demanded} | {measured} | {mark} |")?;
    }
    writeln!(text, "\n## Speed\n")?;
    writeln!(
        text,
        "| load | telemetry | requests | requests/s | p50 ms | p90 ms | p99 ms | p99.9 ms | longest ms | CPU of the service, µs a request | of the receiver |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for (phase, name) in [(Phase::Full, "full speed"), (Phase::Fixed, "fixed rate")] {
        for (side, state) in [(Side::Off, "off"), (Side::On, "on")] {
            let Some(Sum {
                measured,
                service,
                receiver,
            }) = sum(outcome, phase, side)
            else {
                continue;
            };
            let requests = measured.answered.len();
            let each = |spent: f64| spent * 1e6 / requests.max(1) as f64;
            writeln!(
                text,
                "| {name} | {state} | {requests} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} | {:.1} |",
                measured.per_second(),
                measured.quantile(0.5),
                measured.quantile(0.9),
                measured.quantile(0.99),
                measured.quantile(0.999),
                measured.longest(),
                each(service),
                each(receiver),
            )?;
        }
    }
    let Tally {
        logs,
        requests,
        bytes,
        ref spans,
        ..
    } = outcome.tally;
    let spans: u64 = spans.values().sum();
    let [off, on] = outcome.peak.map(|kib| kib as f64 / 1024.0);
    writeln!(
        text,
        "\nThe receiver took {spans} spans and {logs} log records in {requests} requests of {:.1} MiB together. \
         Memory was {on:.1} MiB at most with telemetry and {off:.1} MiB without. \
         The service with telemetry ended {:.0} ms after SIGTERM.",
        bytes as f64 / f64::from(1 << 20),
        outcome.exit.as_secs_f64() * 1000.0,
    )?;
    writeln!(text, "\nWhat it said about itself:\n\n```text")?;
    for line in &outcome.said {
        writeln!(text, "{}", line.trim())?;
    }
    writeln!(text, "```\n\n## Every turn\n")?;
    writeln!(
        text,
        "| load | telemetry | requests/s | p50 ms | p99 ms | longest ms | CPU µs a request | memory MiB |\n|---|---|---:|---:|---:|---:|---:|---:|"
    )?;
    for turn in &outcome.turns {
        text.push_str(&row(turn));
    }
    Ok(())
}
