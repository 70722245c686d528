//! What a Collector takes: figures for docs/operations.md, by `just stack-load`.
//!
//! Counted is the processor time that the Collector uses for a span, which other work on the
//! machine changes little; how long it takes is not asserted anywhere.

use std::{fs, time::Duration};

use tempfile::TempDir;

use crate::{
    process::{Process, Program, role, until},
    real::{Launch, Real, folder},
    suite::{Suite, add_ignored},
};

pub(crate) fn list(suite: &mut Suite) {
    add_ignored!(suite, Collector: what_a_collector_takes);
}

const TRACES: u64 = 100_000;
const SPANS: u64 = 2 * TRACES;

async fn what_a_collector_takes() {
    say("| Collector | sent by | spans/s on one core | µs a span | peak memory, MiB |");
    say("|---|---|---:|---:|---:|");
    for (name, mode, backend) in [
        (
            "development, signoz: queue in memory",
            "development",
            "signoz",
        ),
        (
            "production, signoz: queue in a file",
            "production",
            "signoz",
        ),
        ("production, file", "production", "file"),
    ] {
        for protocol in ["grpc", "http/protobuf", "grpc, gzip"] {
            let data = folder();
            let (end, _end_data) = end().await;
            let real = to(Launch::new(mode, backend, data.path()), &end)
                .start()
                .await;
            send(&real, protocol).await;
            until("everything was passed on", async || {
                let sent = real.metric("otelcol_exporter_sent_spans").await;
                (sent >= SPANS as f64).then_some(())
            })
            .await;
            row(name, protocol, &[&real]);
            real.stop().await;
        }
    }
    gateways().await;
}

/// Two gateways behind a balancer, each with a row of its own.
async fn gateways() {
    let folders = [folder(), folder(), folder()];
    let (end, _end_data) = end().await;
    let mut gateways = Vec::new();
    for folder in &folders[..2] {
        let gateway = Launch::new("production", "signoz", folder.path())
            .overlay("gateway")
            .with("GATEWAY_TRACES", "200000");
        gateways.push(to(gateway, &end).start().await);
    }
    let hosts: Vec<_> = gateways.iter().map(Real::grpc_address).collect();
    let balancer = Launch::new("production", "balancer", folders[2].path())
        .with(
            "GATEWAY_RESOLVER",
            &format!(
                "{{static: {{hostnames: ['{}', '{}']}}}}",
                hosts[0], hosts[1]
            ),
        )
        .with("GATEWAY_ENDPOINT", &hosts[0])
        .with("GATEWAY_INSECURE", "true")
        .with("GOMAXPROCS", "1");
    let balancer = balancer.start().await;
    send(&balancer, "grpc").await;
    until("every trace is decided on", async || {
        let mut decided = 0.0;
        for gateway in &gateways {
            let name = "otelcol_processor_tail_sampling_global_count_traces_sampled";
            decided += gateway.metric(name).await;
        }
        (decided >= TRACES as f64).then_some(())
    })
    .await;
    row("balancer in front of two gateways", "grpc", &[&balancer]);
    let both: Vec<_> = gateways.iter().collect();
    row(
        "both gateways together: span metrics, tail sampling",
        "balancer",
        &both,
    );
    balancer.stop().await;
    for gateway in gateways {
        gateway.stop().await;
    }
}

/// A Collector that takes everything and keeps nothing, with the folder of its files.
async fn end() -> (Real, TempDir) {
    let data = folder();
    let real = Launch::new("production", "debug", data.path());
    (real.start().await, data)
}

fn to(launch: Launch, end: &Real) -> Launch {
    let launch = launch.with("SIGNOZ_ENDPOINT", &end.grpc_address());
    let launch = launch.with("SIGNOZ_INSECURE", "true");
    launch
        .with("SIGNOZ_INGESTION_KEY", "any")
        .with("GOMAXPROCS", "1")
}

fn service(real: &Real, protocol: &str) -> Program {
    let (endpoint, by) = match protocol {
        "http/protobuf" => (real.http(), protocol),
        _ => (real.grpc(), "grpc"),
    };
    let service = role("numbered")
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", by)
        .with("OTEL_BSP_MAX_QUEUE_SIZE", "1000000")
        .with("OTELIER_EXPORT_BUFFER_BYTES", "1000000000")
        .with("OTEL_LOGS_EXPORTER", "none")
        .with("OTEL_METRICS_EXPORTER", "none")
        .with("OTELIER_CONSOLE", "off");
    match protocol.ends_with("gzip") {
        true => service.with("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        false => service,
    }
}

async fn send(real: &Real, protocol: &str) {
    let mut service = service(real, protocol).start();
    for from in (0..TRACES).step_by(10_000) {
        service
            .ask(&format!("traces {from} {}", from + 10_000))
            .await;
    }
    let exported = format!("exported={SPANS} ");
    service.reaches(&exported).await;
    service.end().await.well();
}

fn row(name: &str, protocol: &str, reals: &[&Real]) {
    let used = reals.iter().map(|real| usage(&real.process));
    let (cpu, peak) = used.fold((Duration::ZERO, 0), |(cpu, peak), used| {
        (cpu + used.0, peak + used.1)
    });
    let each = cpu.as_secs_f64() / SPANS as f64;
    say(&format!(
        "| {name} | {protocol} | {:.0} | {:.1} | {} |",
        1.0 / each,
        each * 1e6,
        peak / 1024
    ));
}

/// Processor time so far, and the most memory, in KiB.
fn usage(process: &Process) -> (Duration, u64) {
    let folder = format!("/proc/{}", process.id());
    let stat = fs::read_to_string(format!("{folder}/stat")).unwrap();
    let (_, stat) = stat.rsplit_once(") ").unwrap();
    let ticks: u32 = stat
        .split(' ')
        .skip(11)
        .take(2)
        .map(|n| n.parse::<u32>().unwrap())
        .sum();
    let status = fs::read_to_string(format!("{folder}/status")).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse().unwrap();
    (Duration::from_millis(10) * ticks, peak)
}

#[expect(clippy::print_stdout, reason = "a table is what it is run for")]
fn say(line: &str) {
    println!("{line}");
}
