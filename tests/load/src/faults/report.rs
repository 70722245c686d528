//! The report of the cases.

use std::fmt::Write as _;

use otelier_collector::Fault;

use super::{
    Options,
    books::Books,
    case::{Case, Fate, Place, Receiver, Trust},
    run::{Outcome, SLOWER, STUMBLE, TRIES},
};
use crate::service::End;

/// What tests hold that run with every change.
const HELD: &str = include_str!("held.md");

type Done = (usize, Case, anyhow::Result<Outcome>);

/// A line about a case that has ended.
pub(crate) fn progress(case: &Case, outcome: &anyhow::Result<Outcome>) -> String {
    match outcome {
        Ok(outcome) => {
            let mut text = row(case, outcome);
            for fault in &outcome.faults {
                let _ = write!(text, "\n  {fault}");
            }
            text
        }
        Err(error) => format!("{} ({}): {error:?}", case.name, case.protocol),
    }
}

fn row(case: &Case, outcome: &Outcome) -> String {
    let Outcome {
        spans,
        logs,
        with,
        without,
        exit,
        peak,
        faults,
        ..
    } = outcome;
    let both = |with: f64, without: f64| format!("{with:.2} / {without:.2}");
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {:.2} ≤ {:.1} | {:.0} / {:.0} | {} |",
        case.name,
        case.protocol,
        expected(case),
        books(spans),
        books(logs),
        both(with.quantile(0.99), without.quantile(0.99)),
        both(with.longest(), without.longest()),
        exit.as_secs_f64(),
        case.expect.exit.as_secs_f64(),
        peak[0] as f64 / 1024.0,
        peak[1] as f64 / 1024.0,
        if faults.is_empty() { "yes" } else { "**no**" },
    )
}

fn books(books: &Books) -> String {
    let Books {
        created,
        delivered,
        doubled,
        lost,
        ..
    } = books;
    match doubled {
        0 => format!("{created} = {delivered} + {lost}"),
        some => format!("{created} = {delivered} + {lost}, {some} twice"),
    }
}

fn expected(case: &Case) -> &'static str {
    match (case.expect.fate, case.expect.doubled.end()) {
        (Fate::Delivered, 0) => "all arrive once",
        (Fate::Delivered, _) => "all arrive",
        (Fate::Lost, _) => "all counted as lost",
        (Fate::Accounted, _) => "arrive or counted",
        (Fate::Claimed, _) => "rejected ones counted",
    }
}

/// The report.
pub(crate) fn write(done: &[Done], options: &Options) -> anyhow::Result<String> {
    let mut text = String::new();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    writeln!(
        text,
        "# Faults

What a service notices of receivers that misbehave and of other mishaps, and what becomes of its telemetry then.
`just faults` makes this report, in about three minutes; it was made on a machine of {cores} cores, {lanes} cases at a time.

Each case runs two processes of examples/api at the same time, one with the fault and a twin whose receiver works, and sends each {rate} requests a second for {seconds} s.
A request leaves one span, every fourth also a log record, and each carries a `traceparent` with its number: what arrives is held against what was sent, one by one.
The receiver is otelier-collector in the measuring process, which holds everything; its faults, a relay that is killed, cut connections and TLS stand in front of it.

- *spans* and *log records*: created = arrived + counted as lost in the service's last message. What arrives twice is told. What a receiver only says it has rejected has arrived and is counted.
- *p99* and *longest*: milliseconds of the requests, with the fault / of the twin. Where the first is more than {SLOWER} times the second and {STUMBLE} ms, the case is run again, {TRIES} times at most.
- *exit*: seconds from the signal to the end of the process, and the bound on it.
- *memory*: MiB at most, with the fault / of the twin.

Batches leave every 400 ms and metrics every second, unless the case says otherwise; traces begin with requests only (`OTEL_TRACES_SAMPLER=parentbased_always_off`), and all other variables have their defaults.

| case | protocol | expected | spans | log records | p99 | longest | exit | memory | as expected |
|---|---|---|---|---|---:|---:|---:|---:|---|",
        lanes = options.lanes,
        rate = options.rate,
        seconds = options.seconds,
    )?;
    let mut worst = Vec::new();
    for (_, case, outcome) in done {
        match outcome {
            Ok(outcome) => {
                writeln!(text, "{}", row(case, outcome))?;
                worst.extend(outcome.faults.iter().map(|fault| (case, fault.clone())));
            }
            Err(error) => worst.push((case, format!("{error:?}"))),
        }
    }
    let all = |of: fn(&Outcome) -> f64| {
        let outcomes = done
            .iter()
            .filter_map(|(.., outcome)| outcome.as_ref().ok());
        let mut all: Vec<_> = outcomes.map(of).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    writeln!(
        text,
        "\nThe median over all cases of a request's p99 is {:.2} ms with the fault and {:.2} ms without, that of the longest {:.2} ms and {:.2} ms.",
        all(|outcome| outcome.with.quantile(0.99)),
        all(|outcome| outcome.without.quantile(0.99)),
        all(|outcome| outcome.with.longest()),
        all(|outcome| outcome.without.longest()),
    )?;
    if !worst.is_empty() {
        writeln!(text, "\n## Not as expected\n")?;
        for (case, fault) in worst {
            writeln!(text, "- {} ({}): {fault}", case.name, case.protocol)?;
        }
    }
    writeln!(
        text,
        "\n## The cases\n\n| case | what happens | what it says |\n|---|---|---|"
    )?;
    for (_, case, _) in done {
        let says = case.expect.says;
        writeln!(
            text,
            "| {} | {} | {} |",
            case.name,
            described(case),
            match says {
                "" | "listening on" => String::new(),
                says => format!("`{says}`"),
            }
        )?;
    }
    text.push_str(HELD);
    Ok(text)
}

fn described(case: &Case) -> String {
    let fault = |fault: &Fault| match fault {
        Fault::None => "a collector".to_owned(),
        Fault::Delay(delay) => format!("a collector that answers after {delay:?}"),
        Fault::Reject(refusal) => format!(
            "a collector that refuses with {:?} ({} over HTTP)",
            refusal.code(),
            refusal.http()
        ),
        Fault::Partial(items, _) => {
            format!("a collector that says it rejected {items} of each request")
        }
        Fault::BlackHole => "a collector that reads and never answers".to_owned(),
        other => format!("{other:?}"),
    };
    let receiver = match &case.receiver {
        Receiver::Does(what) => fault(what),
        Receiver::DoesAtFirst(what) => format!("{}, for three fifths of the time", fault(what)),
        Receiver::Late => "nobody listens, for three fifths of the time".to_owned(),
        Receiver::Absent => "nobody listens".to_owned(),
        Receiver::Vanishes => {
            "a listener whose queue is full: the system drops what comes".to_owned()
        }
        Receiver::Killed => "a process that passes on to a collector; SIGKILL every 3 s".to_owned(),
        Receiver::CutsRequests(first) => {
            format!("the first {first} connections are closed after 1000 bytes of a request")
        }
        Receiver::CutsAnswers(first) => {
            format!("the first {first} connections are closed when the collector answers")
        }
        Receiver::OtherPort => "the collector's port for the other protocol".to_owned(),
        Receiver::Tls(Trust::Unknown) => "TLS; the service is not told of the authority".to_owned(),
        Receiver::Tls(Trust::Known) => "TLS; the service is told of the authority".to_owned(),
        Receiver::Tls(Trust::Expired) => "TLS; the certificate has expired".to_owned(),
        Receiver::Tls(Trust::Mutual) => {
            "TLS with client certificates; the service has one".to_owned()
        }
        Receiver::Tls(Trust::Unproved) => {
            "TLS with client certificates; the service has none".to_owned()
        }
        Receiver::Nameless => "`http://collector.invalid:4317`".to_owned(),
    };
    let mut parts = vec![receiver];
    match case.place {
        Place::Usual => {}
        Place::FullDisk => parts.push("standard output is `/dev/full`".to_owned()),
        Place::ClockSetBack => parts.push("the wall clock is set back half-way".to_owned()),
    }
    match case.end {
        End::Well => {}
        End::OnOneThread => parts.push("a current-thread runtime".to_owned()),
        End::WithAnError => parts.push("`main` drops the guard and returns an error".to_owned()),
        End::WithAPanic => parts.push("`main` panics".to_owned()),
        End::RuntimeFirst => parts.push("the runtime is dropped, then the guard".to_owned()),
    }
    if case.signal != "TERM" {
        parts.push(format!("SIG{}", case.signal));
    }
    let variables = case.variables.iter();
    parts.extend(variables.map(|(name, value)| format!("`{name}={value}`")));
    parts.join("; ")
}
