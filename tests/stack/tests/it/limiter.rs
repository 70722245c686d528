//! A Collector that is short of memory.

use std::collections::BTreeSet;

use otelier_collector::Collector;

use crate::{
    process::{role, until},
    real::{Launch, folder},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Collector: when_the_memory_limiter_refuses_a_service_waits_and_loses_nothing);
}

async fn when_the_memory_limiter_refuses_a_service_waits_and_loses_nothing() {
    for protocol in ["grpc", "http/protobuf"] {
        let backend = Collector::builder().start().await.unwrap();
        let data = folder();
        let launch = Launch::new("development", "signoz", data.path())
            .with_all()
            .to(&backend);
        // Less than it needs by itself, so that it refuses whatever comes.
        let tight = launch.clone().but(
            "processors: {memory_limiter: {limit_mib: 2, spike_limit_mib: 1, check_interval: 100ms}}",
        );
        let real = tight.start().await;
        until("the limiter has looked", async || {
            real.process
                .output()
                .contains("Memory usage is above")
                .then_some(())
        })
        .await;
        let endpoint = match protocol {
            "grpc" => real.grpc(),
            _ => real.http(),
        };
        let mut service = role("numbered")
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .with("OTEL_EXPORTER_OTLP_TIMEOUT", "500")
            .with("OTELIER_CONSOLE", "off")
            .start();
        service.ask("traces 0 100").await;
        let status = service.reaches("traces failing").await;
        assert!(!status.contains("failed=1"), "{status}");
        assert_eq!(backend.store().spans().len(), 0);
        // The same ports, with memory enough.
        drop(real.kill().await);
        let real = launch.start().await;
        let ended = service.end().await.well();
        assert!(
            ended.stdout.contains("exported=200 dropped=0 failed=0"),
            "{}",
            ended.stdout
        );
        until("everything has arrived", async || {
            let ids: BTreeSet<_> = backend.store().spans().iter().map(|s| s.id()).collect();
            (ids.len() == 200).then_some(())
        })
        .await;
        real.stop().await;
    }
}
