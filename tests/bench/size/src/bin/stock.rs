//! Exports a span, a log record and a point, by opentelemetry-otlp.

use opentelemetry::{
    global,
    logs::{LogRecord as _, Logger as _, LoggerProvider as _},
    trace::Tracer as _,
};
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter};
use opentelemetry_sdk::{
    logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider,
};

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let by_grpc = std::env::var("OTEL_EXPORTER_OTLP_PROTOCOL").as_deref() == Ok("grpc");
    let (spans, logs, metrics) = if by_grpc || !cfg!(feature = "http") {
        (
            SpanExporter::builder().with_tonic().build(),
            LogExporter::builder().with_tonic().build(),
            MetricExporter::builder().with_tonic().build(),
        )
    } else {
        http()
    };
    let tracer = SdkTracerProvider::builder()
        .with_batch_exporter(spans.expect("an exporter"))
        .build();
    let meter = SdkMeterProvider::builder()
        .with_periodic_exporter(metrics.expect("an exporter"))
        .build();
    let provider = SdkLoggerProvider::builder()
        .with_batch_exporter(logs.expect("an exporter"))
        .build();
    global::set_tracer_provider(tracer.clone());
    global::set_meter_provider(meter.clone());
    drop(global::tracer("size").start("work"));
    global::meter("size")
        .u64_counter("work")
        .build()
        .add(1, &[]);
    let logger = provider.logger("size");
    let mut record = logger.create_log_record();
    record.set_body("work".into());
    logger.emit(record);
    tracer.shutdown().expect("to export");
    meter.shutdown().expect("to export");
    provider.shutdown().expect("to export");
}

type Built<T> = Result<T, opentelemetry_otlp::ExporterBuildError>;

#[cfg(feature = "http")]
fn http() -> (
    Built<SpanExporter>,
    Built<LogExporter>,
    Built<MetricExporter>,
) {
    (
        SpanExporter::builder().with_http().build(),
        LogExporter::builder().with_http().build(),
        MetricExporter::builder().with_http().build(),
    )
}

#[cfg(not(feature = "http"))]
fn http() -> (
    Built<SpanExporter>,
    Built<LogExporter>,
    Built<MetricExporter>,
) {
    unreachable!("it is not asked for")
}
