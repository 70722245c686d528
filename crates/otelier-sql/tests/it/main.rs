//! What is recorded of the events that sqlx logs, as its sources write them.
#![cfg(test)]

mod listened;
mod texts;

use std::time::Duration;

use opentelemetry::{
    Context,
    trace::{TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use otelier_sql::{Config, layer};
use otelier_testing::Telemetry;
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::SubscriberExt as _;

/// What an event says besides the text.
const ELAPSED: Duration = Duration::from_millis(1500);
const ROWS: u64 = 3;

/// Logs a statement as sqlx does, from its macro on.
macro_rules! logs {
    ($level:expr, $sql:expr $(, $($more:tt)+)?) => {{
        if tracing::enabled!(target: "sqlx::query", $level) {
            let sql: &str = $sql;
            let words: Vec<_> = sql.split_whitespace().take(4).collect();
            let mut summary = words.join(" ");
            let text = if summary == sql {
                String::new()
            } else {
                summary.push_str(" …");
                format!("\n\n{sql}\n")
            };
            let elapsed = $crate::ELAPSED;
            tracing::event!(
                target: "sqlx::query",
                $level,
                summary,
                db.statement = text,
                rows_affected = 0_u64,
                rows_returned = $crate::ROWS,
                ?elapsed,
                elapsed_secs = elapsed.as_secs_f64(),
                $($($more)+)?
            );
        }
    }};
}
pub(crate) use logs;

fn log(sql: &str) {
    logs!(Level::DEBUG, sql);
}

/// A subscriber of the layer alone.
fn listens(config: Config) -> impl Subscriber + Send + Sync {
    tracing_subscriber::registry().with(layer(config))
}

/// Runs something below a span.
fn below(telemetry: &Telemetry, name: &'static str, run: impl FnOnce()) {
    let span = telemetry.tracer_provider().tracer("test").start(name);
    let _current = Context::current_with_span(span).attach();
    run();
}
