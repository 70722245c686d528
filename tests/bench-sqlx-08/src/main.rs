//! What sqlx-tracing adds to sqlx 0.8: started by `bench-sql`, which gives the server's address,
//! or alone with SQLite only.

use std::{env, time::Duration};

use measure::{measure, row};
use opentelemetry::{
    Context, TraceFlags,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceId, TraceState, TracerProvider as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use sqlx::{Postgres, Sqlite, pool::PoolOptions};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

#[macro_use]
#[path = "../../bench/sql/src/queries.rs"]
mod queries;

use queries::{QUERIES, least};

const VARIANTS: [&str; 4] = [
    "bare",
    "sqlx-tracing 0.2",
    "sqlx-tracing 0.2, not sampled",
    "sqlx-tracing 0.2, no subscriber",
];

fn main() {
    match env::args().nth(1) {
        None => table(),
        Some(variant) => run(&variant),
    }
}

fn table() {
    let has_postgres = env::var_os("BENCH_POSTGRES_URL").is_some();
    let databases = ["SQLite", "PostgreSQL"];
    for database in &databases[..1 + usize::from(has_postgres)] {
        for query in QUERIES {
            println!(
                "\n| {database}, {query}, sqlx 0.8 | instructions | added | allocations | added | bytes | ns, best |"
            );
            println!("|---|---:|---:|---:|---:|---:|---:|");
            let base = least(&format!("{database}, {query}, bare"));
            for variant in VARIANTS {
                let cost = least(&format!("{database}, {query}, {variant}"));
                println!("{}", row(variant, cost, base));
            }
        }
    }
}

#[derive(Debug)]
struct Sink;

impl SpanProcessor for Sink {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if env::var_os("DUMP").is_some() {
            println!("{span:#?}");
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Subscribes as its readme says, and keeps the events of sqlx out.
fn subscribe() {
    let tracers = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_processor(Sink)
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(tracers.tracer("bench"));
    let levels = tracing_subscriber::filter::LevelFilter::INFO;
    let subscriber = tracing_subscriber::registry().with(levels).with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("once");
}

fn request(is_sampled: bool) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(1),
        SpanId::from(2),
        TraceFlags::default().with_sampled(is_sampled),
        true,
        TraceState::default(),
    ))
}

/// Measures a variant on a pool, whatever its database.
macro_rules! drive {
    ($runtime:expr, $pool:expr, $query:expr, $variant:expr) => {{
        let (runtime, pool, query) = ($runtime, $pool, $query);
        if $variant == "bare" {
            measure(|count| runtime.block_on(repeat!(&pool, query, count)));
        } else {
            if !$variant.ends_with("no subscriber") {
                subscribe();
            }
            let span = tracing::info_span!("request");
            span.set_parent(request(!$variant.ends_with("not sampled")))
                .ok();
            let _inside = span.enter();
            let pool = sqlx_tracing::PoolBuilder::from(pool).build();
            measure(|count| runtime.block_on(repeat!(&pool, query, count)));
        }
    }};
}

fn run(variant: &str) {
    let mut parts = variant.splitn(3, ", ");
    let mut part = || parts.next().expect("DATABASE, QUERY, VARIANT");
    let (database, query, variant) = (part(), part(), part());
    assert!(QUERIES.contains(&query) && VARIANTS.contains(&variant));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    let url = env::var("BENCH_POSTGRES_URL");
    if database == "SQLite" {
        let options = PoolOptions::<Sqlite>::new().max_connections(1);
        let pool = options
            .connect_lazy("sqlite::memory:")
            .expect("a valid URL");
        runtime.block_on(prepare!(&pool));
        drive!(runtime, pool, query, variant);
    } else {
        let options = PoolOptions::<Postgres>::new().max_connections(1);
        let pool = options
            .connect_lazy(&url.expect("a server"))
            .expect("a valid URL");
        runtime.block_on(prepare!(&pool));
        drive!(runtime, pool, query, variant);
    }
}
