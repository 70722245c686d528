//! What a pool adds to sqlx: `SELECT 1`, and ten columns of a hundred rows.
//!
//! `bench-sql` starts a PostgreSQL and prints the tables; `bench-sql DATABASE, QUERY, VARIANT`
//! runs one of them, with `DUMP=1` it prints the first span.

use std::{
    collections::BTreeMap,
    env,
    process::Command,
    time::{Instant, SystemTime},
};

use measure::{below, is_counting, measure, meters, row, step_by_step, tracers};
use opentelemetry::{
    KeyValue, TraceFlags,
    metrics::MeterProvider as _,
    trace::{Span as _, SpanKind, Tracer as _, TracerProvider as _},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otelier_core::{Conventions, Propagation, Providers};
use otelier_sqlx::Pool;
use sqlx::{Postgres, Sqlite, pool::PoolOptions};
use tokio::runtime::{Builder, Runtime};

#[macro_use]
mod queries;
mod log;
mod peer;
#[expect(dead_code, reason = "shared with tests, which need more of it")]
#[path = "../../../../crates/otelier-sqlx/tests/servers/server.rs"]
mod server;

use queries::{QUERIES, least};

const VARIANTS: [&str; 12] = [
    "bare",
    "off",
    "sampled",
    "not sampled",
    "log heard, and nothing recorded",
    "log, sampled",
    "log, not sampled",
    "sampled, beside the log",
    "by hand",
    "sqlx-otel 0.5",
    "sqlx-otel 0.5, not sampled",
    "sqlx-otel 0.5, no providers",
];

/// Measures a variant on a pool, whatever its database.
macro_rules! drive {
    ($driver:expr, $pool:expr, $query:expr, $variant:expr) => {{
        let (driver, pool, query) = ($driver, $pool, $query);
        // The request that the queries belong to.
        let is_sampled = !$variant.ends_with("not sampled");
        let _current = below(TraceFlags::default().with_sampled(is_sampled)).attach();
        match $variant {
            "bare" => measure(|count| driver.block_on(repeat!(&pool, query, count))),
            "off" | "sampled" | "not sampled" => {
                if $variant != "off" {
                    install();
                }
                let pool = Pool::from(pool);
                measure(|count| driver.block_on(repeat!(&pool, query, count)));
            }
            "log heard, and nothing recorded" => {
                log::hear();
                measure(|count| driver.block_on(repeat!(&pool, query, count)));
            }
            "log, sampled" | "log, not sampled" => {
                install();
                log::listen();
                measure(|count| driver.block_on(repeat!(&pool, query, count)));
            }
            "sampled, beside the log" => {
                install();
                log::listen();
                let pool = Pool::from(pool);
                measure(|count| driver.block_on(repeat!(&pool, query, count)));
            }
            "by hand" => {
                let hand = Hand::new();
                measure(|count| {
                    driver.block_on(async {
                        for _ in 0..count {
                            let (span, started) = hand.start();
                            repeat!(&pool, query, 1).await;
                            hand.end(span, started);
                        }
                    });
                });
            }
            _ => {
                let _current = peer::install($variant);
                let pool = sqlx_otel::PoolBuilder::from(pool).build();
                measure(|count| driver.block_on(repeat!(&pool, query, count)));
            }
        }
    }};
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        None => start(),
        Some("table") => table(),
        Some("only") => {
            let mut bases = BTreeMap::new();
            for name in arguments.iter().skip(1) {
                let bare = name.splitn(3, ", ").take(2).chain(["bare"]);
                let bare = bare.collect::<Vec<_>>().join(", ");
                let base = *bases.entry(bare).or_insert_with_key(|bare| least(bare));
                println!("{}", row(name, least(name), base));
            }
        }
        Some(variant) => run(variant),
    }
}

/// Starts the server, if there is one, and then the tables beside it, those of sqlx 0.8 last.
fn start() {
    let mut command = Command::new(env::current_exe().expect("own path"));
    command.arg("table");
    let server = match server::without_postgres() {
        Some(reason) => Err(reason.to_owned()),
        None => server::Server::postgres().map_err(|error| error.to_string()),
    };
    match &server {
        Ok(server) => {
            command.env("BENCH_POSTGRES_URL", url(server));
        }
        Err(reason) => println!("PostgreSQL is left out: {reason}."),
    }
    assert!(command.status().expect("run").success());
    let peer = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../bench-sqlx-08/target/release/bench-sqlx-08"
    );
    let mut command = Command::new(peer);
    if let Ok(server) = &server {
        command.env("BENCH_POSTGRES_URL", url(server));
    }
    match command.status() {
        Ok(status) => assert!(status.success()),
        Err(_) => println!("sqlx-tracing is left out: `just bench-sql` builds it."),
    }
}

fn url(server: &server::Server) -> String {
    format!("postgres://postgres@127.0.0.1:{}/postgres", server.port)
}

fn table() {
    let has_postgres = env::var_os("BENCH_POSTGRES_URL").is_some();
    let databases = ["SQLite", "PostgreSQL"];
    for database in &databases[..1 + usize::from(has_postgres)] {
        for query in QUERIES {
            println!(
                "\n| {database}, {query} | instructions | added | allocations | added | bytes | ns, best |"
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

fn install() {
    let propagation = Propagation::none().with_trace_context();
    let providers = Providers::new(tracers(), meters(), propagation, Conventions::default());
    otelier_core::install(providers.with_parent_based_sampling()).expect("once");
}

/// What one writes without a library: a span of four attributes and a histogram.
struct Hand {
    tracer: opentelemetry_sdk::trace::SdkTracer,
    duration: opentelemetry::metrics::Histogram<f64>,
    // The instruments end with it.
    _meters: SdkMeterProvider,
}

impl Hand {
    fn new() -> Self {
        let meters = meters();
        Self {
            tracer: tracers().tracer("hand"),
            duration: meters
                .meter("hand")
                .f64_histogram("db.client.operation.duration")
                .build(),
            _meters: meters,
        }
    }

    fn start(&self) -> (opentelemetry_sdk::trace::Span, Instant) {
        let span = self
            .tracer
            .span_builder("SELECT")
            .with_kind(SpanKind::Client)
            .with_start_time(SystemTime::now())
            .with_attributes([
                KeyValue::new("db.system.name", "sqlite"),
                KeyValue::new("db.namespace", "main"),
                KeyValue::new("db.query.summary", "SELECT"),
                KeyValue::new("db.query.text", "SELECT 1"),
            ])
            .start(&self.tracer);
        (span, Instant::now())
    }

    fn end(&self, mut span: opentelemetry_sdk::trace::Span, started: Instant) {
        span.end();
        let labels = [
            KeyValue::new("db.system.name", "sqlite"),
            KeyValue::new("db.namespace", "main"),
        ];
        self.duration
            .record(started.elapsed().as_secs_f64(), &labels);
    }
}

/// What runs the queries.
struct Driver {
    runtime: Runtime,
    /// A thread answers, and not a socket.
    is_of_threads: bool,
}

impl Driver {
    fn new(is_of_threads: bool) -> Self {
        // Connections go back to their pool on a thread of its own where futures are
        // run step by step, without the runtime.
        let mut builder = if is_of_threads {
            Builder::new_multi_thread()
        } else {
            Builder::new_current_thread()
        };
        let runtime = builder.worker_threads(1).enable_all().build();
        Self {
            runtime: runtime.expect("a runtime"),
            is_of_threads,
        }
    }

    fn block_on<F: Future>(&self, queries: F) -> F::Output {
        if self.is_of_threads && is_counting() {
            step_by_step(queries)
        } else {
            self.runtime.block_on(queries)
        }
    }
}

fn run(variant: &str) {
    let mut parts = variant.splitn(3, ", ");
    let mut part = || parts.next().expect("DATABASE, QUERY, VARIANT");
    let (database, query, variant) = (part(), part(), part());
    assert!(QUERIES.contains(&query) && VARIANTS.contains(&variant));
    let driver = Driver::new(database == "SQLite");
    let _inside = driver.runtime.enter();
    let url = env::var("BENCH_POSTGRES_URL");
    if database == "SQLite" {
        let options = PoolOptions::<Sqlite>::new().max_connections(1);
        let pool = options
            .connect_lazy("sqlite::memory:")
            .expect("a valid URL");
        driver.block_on(prepare!(&pool));
        drive!(&driver, pool, query, variant);
    } else {
        let options = PoolOptions::<Postgres>::new().max_connections(1);
        let pool = options
            .connect_lazy(&url.expect("a server"))
            .expect("a valid URL");
        driver.block_on(prepare!(&pool));
        drive!(&driver, pool, query, variant);
    }
}
