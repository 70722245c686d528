//! What an event with two fields inside of a span costs on its way to a log
//! record and to the console, and what a job and a span of `tracing` cost that do
//! nothing.
//!
//! `logs` prints the tables, `logs only NAME..` some rows, and `logs NAME` runs
//! one variant.

mod events;
mod jobs;
mod sends;
mod spans;

use std::env;

use measure::{Cost, cost_of, record};

fn main() {
    let mut arguments = env::args().skip(1);
    match arguments.next().as_deref() {
        None => {
            for names in [
                &events::BRIDGE[..],
                &events::CONSOLE,
                &jobs::NAMES,
                &sends::NAMES,
                &spans::NAMES,
            ] {
                table(names.iter().copied());
                println!();
            }
        }
        Some("only") => table(arguments.collect::<Vec<_>>().iter().map(String::as_str)),
        Some(variant) if jobs::NAMES.contains(&variant) => jobs::run(variant),
        Some(variant) if sends::NAMES.contains(&variant) => sends::run(variant),
        Some(variant) if spans::NAMES.contains(&variant) => spans::run(variant),
        Some(variant) => events::run(variant),
    }
}

fn table<'a>(names: impl Iterator<Item = &'a str>) {
    println!("| variant | instructions | allocations | bytes | ns, best |");
    println!("|---|---:|---:|---:|---:|");
    for name in names {
        let cost = cost_of(name);
        record(name, cost, Cost::default());
        let allocations = cost.allocations + cost.reallocations;
        println!(
            "| {name} | {} | {allocations:.0} | {:.0} | {:.0} |",
            cost.instructions, cost.bytes, cost.nanoseconds
        );
    }
}
