//! Scrapes beside an exporter.

use opentelemetry::metrics::MeterProvider as _;

use super::{
    collector,
    exemplars::{arrived, durations, labels, sampled},
    metrics::Meters,
};
use crate::imp::hooks::Hooks;

const BOTH: (&str, &str) = ("OTEL_METRICS_EXPORTER", "otlp,prometheus");

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_tell_all_since_the_start_while_deltas_are_exported() {
    let collector = collector().await;
    let delta = ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta");
    let meters = Meters::new(&collector.grpc_endpoint(), &[BOTH, delta]);
    let counter = meters.provider.meter("rig").u64_counter("cakes").build();
    for sum in 1..=3 {
        counter.add(1, &[]);
        meters.flush().await;
        let line = format!("cakes_total{{otel_scope_name=\"rig\"}} {sum}\n");
        let page = meters.pages.text().await;
        assert!(page.contains(&line), "{page}");
    }
    let deltas = collector.store().metrics_named("cakes");
    let [latest] = &deltas[..] else {
        panic!("{deltas:?}");
    };
    assert_eq!((latest.updates(), latest.value()), (3, Some(1.0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exemplar_is_exported_and_scraped_whoever_comes_first() {
    let collector = collector().await;
    let meters = Meters::with(&collector.grpc_endpoint(), &[BOTH], &Hooks::new());
    let bound = durations(&meters).bind(&labels());
    let scraped = async || meters.pages.text().await.matches("trace_id").count();
    bound.record(0.5, sampled);
    assert_eq!(scraped().await, 1);
    meters.flush().await;
    assert_eq!(arrived(collector.store(), "took"), 1);
    bound.record(2.0, sampled);
    meters.flush().await;
    assert_eq!(arrived(collector.store(), "took"), 1);
    assert_eq!(scraped().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_scrapes_alone_exemplars_are_kept_that_the_stock_exporter_has_not() {
    let collector = collector().await;
    let stock = ("OTELIER_EXPORTER", "stock");
    let meters = Meters::new(&collector.grpc_endpoint(), &[BOTH, stock]);
    durations(&meters).record(0.5, sampled, &labels());
    meters.flush().await;
    assert!(meters.pages.text().await.contains("trace_id"));
}
