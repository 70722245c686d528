//! Two gateways behind a balancer: traces are decided whole, metrics know them all.

use std::collections::{BTreeMap, BTreeSet};

use otelier_collector::{Collector, Running};

use crate::{
    process::{Process, role, until},
    real::{Launch, Real, folder},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Collector:
        errors_are_kept_and_a_share_of_the_rest_and_no_trace_is_split,
        many_traces_that_are_kept_at_once_find_room_in_the_queue,
    );
}

const TRACES: usize = 20_000;
const ERRORS: usize = TRACES / 100;
/// Two services record each trace, with two spans each.
const SERVICES: [&str; 2] = ["front", "back"];
const SPANS: usize = 4;

async fn errors_are_kept_and_a_share_of_the_rest_and_no_trace_is_split() {
    let backends = [backend().await, backend().await];
    let folders = [folder(), folder(), folder()];
    let mut gateways = Vec::new();
    for (backend, folder) in backends.iter().zip(&folders) {
        let gateway = Launch::new("production", "signoz", folder.path())
            .with_all()
            .to(backend)
            .overlay("gateway")
            // What is slow is a matter of the machine here.
            .with("GATEWAY_SLOW_MS", "600000")
            .but(
                "connectors: {span_metrics: {metrics_flush_interval: 1s}}\n\
                 exporters: {otlp_grpc/signoz: {sending_queue: {batch: {flush_timeout: 200ms}}}}",
            );
        gateways.push(gateway.start().await);
    }
    let hosts: Vec<_> = gateways.iter().map(Real::grpc_address).collect();
    let resolver = format!(
        "{{static: {{hostnames: ['{}', '{}']}}}}",
        hosts[0], hosts[1]
    );
    let balancer = Launch::new("production", "balancer", folders[2].path())
        .with("GATEWAY_RESOLVER", &resolver)
        .with("GATEWAY_ENDPOINT", &hosts[0])
        .with("GATEWAY_INSECURE", "true")
        .but("exporters: {load_balancing: {sending_queue: {batch: {flush_timeout: 200ms}}}}");
    let balancer = balancer.start().await;

    let mut services: Vec<_> = SERVICES.map(|name| service(name, &balancer)).into();
    for from in (0..TRACES).step_by(2000) {
        for service in &mut services {
            service
                .tell(&format!("traces {from} {}", from + 2000))
                .await;
        }
        for service in &mut services {
            service.answer().await;
        }
    }
    for service in services {
        let ended = service.end().await.well();
        assert!(
            ended.stdout.contains("dropped=0 failed=0"),
            "{}",
            ended.stdout
        );
    }
    let decided = async |real: &Real| {
        real.metric("otelcol_processor_tail_sampling_global_count_traces_sampled")
            .await
    };
    until("every trace is decided on", async || {
        let decided = decided(&gateways[0]).await + decided(&gateways[1]).await;
        (decided >= TRACES as f64).then_some(())
    })
    .await;
    until("span metrics know all spans", async || {
        (calls(&backends, "outer") >= (SERVICES.len() * TRACES) as f64).then_some(())
    })
    .await;
    let kept = until("what is kept has arrived", async || {
        let kept = kept(&backends);
        let errors = kept.values().filter(|trace| trace.has_error).count();
        let complete = kept.values().all(|trace| trace.spans == SPANS);
        (complete && errors == ERRORS).then_some(kept)
    })
    .await;
    balancer.stop().await;
    for gateway in gateways {
        gateway.stop().await;
    }

    // After the end, nothing more has come.
    assert_eq!(self::kept(&backends).len(), kept.len());
    let errors = kept.values().filter(|trace| trace.has_error).count();
    assert_eq!(errors, ERRORS);
    let share = (kept.len() - errors) as f64 / (TRACES - ERRORS) as f64;
    assert!((0.09..=0.11).contains(&share), "{share}");
    for (id, trace) in &kept {
        assert_eq!(trace.gateways.len(), 1, "{id} was split");
        assert_eq!(trace.spans, SPANS, "{id}");
    }
    for (gateway, backend) in backends.iter().enumerate() {
        assert!(
            !backend.store().traces().is_empty(),
            "{gateway} had nothing"
        );
    }
    for name in ["outer", "inner"] {
        assert_eq!(
            calls(&backends, name),
            (SERVICES.len() * TRACES) as f64,
            "{name}"
        );
    }
}

async fn many_traces_that_are_kept_at_once_find_room_in_the_queue() {
    let (backend, data) = (backend().await, folder());
    let gateway = Launch::new("production", "signoz", data.path())
        .with_all()
        .to(&backend)
        .overlay("gateway")
        .with("GATEWAY_KEEP_PERCENT", "100")
        .with("GATEWAY_DECISION_WAIT", "2s")
        .but("exporters: {otlp_grpc/signoz: {sending_queue: {batch: {flush_timeout: 1s}}}}");
    let gateway = gateway.start().await;
    let mut service = service("front", &gateway);
    service.ask(&format!("traces 0 {TRACES}")).await;
    service.end().await.well();
    until("every span has arrived", async || {
        let output = gateway.process.output();
        assert!(!output.contains("Rejecting data"), "{output}");
        let spans = backend.store().stats().spans.accepted;
        (spans == 2 * TRACES as u64).then_some(())
    })
    .await;
    gateway.stop().await;
}

async fn backend() -> Running {
    let backend = Collector::builder().with_store_bytes(1 << 30);
    backend.start().await.unwrap()
}

fn service(name: &str, balancer: &Real) -> Process {
    role("numbered")
        .with("OTEL_SERVICE_NAME", name)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", balancer.grpc())
        .with("OTEL_BSP_MAX_QUEUE_SIZE", "200000")
        .with("OTELIER_EXPORT_BUFFER_BYTES", "1000000000")
        .with("OTEL_LOGS_EXPORTER", "none")
        .with("OTELIER_CONSOLE", "off")
        .start()
}

#[derive(Default)]
struct Kept {
    spans: usize,
    has_error: bool,
    gateways: BTreeSet<usize>,
}

fn kept(backends: &[Running]) -> BTreeMap<String, Kept> {
    let mut traces: BTreeMap<String, Kept> = BTreeMap::new();
    for (gateway, backend) in backends.iter().enumerate() {
        for trace in backend.store().traces() {
            let kept = traces.entry(trace.id().to_string()).or_default();
            kept.spans += trace.spans().len();
            kept.has_error |= trace.error_count() > 0;
            kept.gateways.insert(gateway);
        }
    }
    traces
}

/// How many spans of this name the metrics have counted.
fn calls(backends: &[Running], name: &str) -> f64 {
    let calls = backends.iter().flat_map(|backend| {
        let calls = backend.store().metrics_named("traces.span.metrics.calls");
        let calls = calls.into_iter().filter(|series| {
            series
                .attribute_text("span.name")
                .is_some_and(|span| span == name)
        });
        calls
            .filter_map(|series| series.value())
            .collect::<Vec<_>>()
    });
    calls.sum()
}
