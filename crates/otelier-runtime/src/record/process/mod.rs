//! What the process uses, under the names of the semantic conventions.

use std::{thread, time::Instant};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter},
};
use otelier_core::semconv;

use self::usage::{Cpu, Usage};
use super::meter::{Together, level};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod other;
#[cfg(unix)]
mod rusage;
mod usage;

#[cfg(target_os = "linux")]
use self::linux::Reader;
#[cfg(not(target_os = "linux"))]
use self::other::Reader;

/// One look at the process.
struct Reading {
    usage: Usage,
    /// Since the look before.
    utilization: Option<Cpu>,
}

/// Registers the instruments; they are read when metrics are collected.
pub(super) fn observe(meter: &Meter) {
    let mut reader = Reader::new();
    let processors = thread::available_parallelism().map_or(1, usize::from) as f64;
    let mut before = (Instant::now(), reader.read().cpu);
    let take = move || {
        let now = Instant::now();
        let usage = reader.read();
        let capacity = now.duration_since(before.0).as_secs_f64() * processors;
        let utilization = match (usage.cpu, before.1) {
            (Some(cpu), Some(before)) if capacity > 0.0 => Some(cpu.utilization(before, capacity)),
            _ => None,
        };
        before = (now, usage.cpu);
        Reading { usage, utilization }
    };
    register(&mut Together::new(meter, take));
}

fn register(meter: &mut Together<'_, Reading>) {
    meter.time(
        semconv::PROCESS_CPU_TIME,
        "s",
        "Processor time that the process has used.",
        |reading, values| {
            if let Some(cpu) = reading.usage.cpu {
                cpu.each(|time, labels| values.observe(time, labels));
            }
        },
    );
    meter.gauge(
        semconv::PROCESS_CPU_UTILIZATION,
        "1",
        "Share of the available processor time that the process uses.",
        |reading, values| {
            if let Some(cpu) = reading.utilization {
                cpu.each(|share, labels| values.observe(share, labels));
            }
        },
    );
    meter.level(
        semconv::PROCESS_MEMORY_USAGE,
        "By",
        "Physical memory in use.",
        |reading, values| one(values, reading.usage.memory.map(level)),
    );
    meter.level(
        semconv::PROCESS_MEMORY_VIRTUAL,
        "By",
        "Virtual memory in use.",
        |reading, values| one(values, reading.usage.virtual_memory.map(level)),
    );
    meter.level(
        semconv::PROCESS_THREAD_COUNT,
        "{thread}",
        "Number of threads.",
        |reading, values| one(values, reading.usage.threads.map(level)),
    );
    meter.level(
        semconv::PROCESS_UNIX_FILE_DESCRIPTOR_COUNT,
        "{file_descriptor}",
        "Number of open file descriptors.",
        |reading, values| one(values, reading.usage.descriptors.map(level)),
    );
    meter.counter(
        semconv::PROCESS_DISK_IO,
        "By",
        "Bytes read from and written to disks.",
        |reading, values| {
            let kinds = ["read", "write"];
            two(
                values,
                reading.usage.disk,
                semconv::DISK_IO_DIRECTION,
                kinds,
            );
        },
    );
    meter.counter(
        semconv::PROCESS_PAGING_FAULTS,
        "{fault}",
        "Number of page faults.",
        |reading, values| {
            let kinds = ["minor", "major"];
            let key = semconv::SYSTEM_PAGING_FAULT_TYPE;
            two(values, reading.usage.faults, key, kinds);
        },
    );
    meter.counter(
        semconv::PROCESS_CONTEXT_SWITCHES,
        "{context_switch}",
        "Number of context switches.",
        |reading, values| {
            let kinds = ["voluntary", "involuntary"];
            let key = semconv::PROCESS_CONTEXT_SWITCH_TYPE;
            two(values, reading.usage.switches, key, kinds);
        },
    );
    meter.gauge(
        semconv::PROCESS_UPTIME,
        "s",
        "Time since the process began.",
        |reading, values| one(values, reading.usage.uptime),
    );
}

fn one<N>(values: &dyn AsyncInstrument<N>, value: Option<N>) {
    if let Some(value) = value {
        values.observe(value, &[]);
    }
}

fn two(
    values: &dyn AsyncInstrument<u64>,
    counts: Option<[u64; 2]>,
    key: &'static str,
    kinds: [&'static str; 2],
) {
    for (count, kind) in counts.into_iter().flatten().zip(kinds) {
        values.observe(count, &[KeyValue::new(key, kind)]);
    }
}

#[cfg(test)]
mod tests;
