//! What many requests in flight, many threads and many spans cost, and what a request
//! costs the whole process, its export included.
//!
//! `bench-growth` prints the tables, `bench-growth only "whole process"` a row of
//! them. Each figure is of a process of its own, beside a receiver in another.

mod service;
mod sets;
mod sink;

use std::{
    env,
    process::{Command, Stdio},
};

use bench_check::{Receiver, program};

/// Requests of the two runs under callgrind.
const FEW: u64 = 512;
const MANY: u64 = 4096;

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => {
            whole();
            label_sets();
            in_flight();
            threads();
            spans();
        }
        ["only", ..] => whole(),
        ["sets"] => label_sets(),
        ["sink"] => sink::run(),
        ["requests", count] => service::requests(count.parse().expect("a number")),
        ["flight", count] => service::in_flight(count.parse().expect("a number")),
        ["threads", count] => service::threads(count.parse().expect("a number")),
        ["again", kind, sets, count] => sets::again(
            kind,
            sets.parse().expect("a number"),
            count.parse().expect("a number"),
        ),
        ["kept", kind, sets] => sets::kept(kind, sets.parse().expect("a number")),
        ["spans", count] => service::spans(count.parse().expect("a number")),
        _ => panic!("unknown: {words:?}"),
    }
}

/// A request that is traced, measured and exported, by all threads together.
fn whole() {
    println!("| a request, the whole process | instructions | added |");
    println!("|---|---:|---:|");
    let sink = Receiver::start();
    let [off, on] = [None, Some(&sink)].map(|sink| {
        let [few, many] = [FEW, MANY].map(|count| counted(sink, &["requests", &count.to_string()]));
        (many - few) / (MANY - FEW)
    });
    let added = on as i64 - off as i64;
    bench_check::record("whole process", added, 0.0);
    println!("| off | {off} | |");
    println!("| traces and metrics, exported | {on} | {added:+} |");
}

/// What is measured with label sets in turn.
const KINDS: [&str; 3] = ["counter", "histogram", "request"];

/// What one more measurement costs, and what is kept of so many sets.
fn label_sets() {
    println!("\n| measured | label sets | instructions, off | on | data points | KiB |");
    println!("|---|---:|---:|---:|---:|---:|");
    let sink = Receiver::start();
    for kind in KINDS {
        let exported = |sets: &str| numbers(Some(&sink), &["kept", kind, sets]);
        let [others, _] = exported("1")[..] else {
            panic!("two numbers");
        };
        for sets in ["1", "10", "100", "1000", "2000", "4000", "8000"] {
            let [off, on] = [None, Some(&sink)].map(|sink| {
                let [few, many] = [FEW, MANY]
                    .map(|count| counted(sink, &["again", kind, sets, &count.to_string()]));
                (many - few) / (MANY - FEW)
            });
            let kept = exported(sets);
            println!(
                "| {kind} | {sets} | {off} | {on} | {:.0} | {:.0} |",
                kept[0] - others + 1.0,
                kept[1]
            );
        }
    }
}

fn in_flight() {
    println!("\n| requests in flight | KiB each, off | on | ns for one more, off | on |");
    println!("|---|---:|---:|---:|---:|");
    let sink = Receiver::start();
    for count in [1, 100, 1000, 10_000, 100_000] {
        let words = ["flight", &count.to_string()];
        let [off, on] = [None, Some(&sink)].map(|sink| numbers(sink, &words));
        println!(
            "| {count} | {:.2} | {:.2} | {:.0} | {:.0} |",
            off[0], on[0], off[1], on[1]
        );
    }
}

fn threads() {
    println!("\n| threads at once | ns for a request, off | on |");
    println!("|---|---:|---:|");
    let sink = Receiver::start();
    for count in [1, 2, 4] {
        let words = ["threads", &count.to_string()];
        let [off, on] = [None, Some(&sink)].map(|sink| numbers(sink, &words));
        println!("| {count} | {:.0} | {:.0} |", off[0], on[0]);
    }
}

fn spans() {
    println!("\n| spans recorded | exported | MiB resident |");
    println!("|---|---:|---:|");
    let sink = Receiver::start();
    for count in [1000, 10_000, 100_000, 1_000_000] {
        let spent = numbers(Some(&sink), &["spans", &count.to_string()]);
        println!("| {count} | {:.0} | {:.1} |", spent[0], spent[1]);
    }
}

/// This program in another role, exporting to a receiver or not at all.
fn role(command: &mut Command, sink: Option<&Receiver>, words: &[&str]) -> std::process::Output {
    let traces = match words {
        ["again" | "kept", ..] => "none",
        _ => "otlp",
    };
    command
        .args(words)
        .env("OTEL_LOGS_EXPORTER", "none")
        .env("OTEL_TRACES_EXPORTER", traces)
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "600000")
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")
        .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
        .stderr(Stdio::piped());
    if let Some(sink) = sink {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", sink.addresses.trim());
    }
    let output = command.output().expect("to run");
    assert!(output.status.success(), "{words:?}: {output:?}");
    output
}

fn numbers(sink: Option<&Receiver>, words: &[&str]) -> Vec<f64> {
    let output = role(&mut Command::new(program()), sink, words);
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().expect("a line");
    let numbers = line
        .split(' ')
        .map(|number| number.parse().expect("a number"));
    numbers.collect()
}

/// The instructions of a role.
fn counted(sink: Option<&Receiver>, words: &[&str]) -> u64 {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program());
    let output = role(&mut command, sink, words);
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, collected) = collected.unwrap_or_else(|| panic!("{text}"));
    collected.trim().parse().expect("a count")
}
