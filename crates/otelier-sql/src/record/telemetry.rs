//! What a layer records with, made at the first statement.

use std::{
    sync::{Arc, OnceLock},
    thread,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, InstrumentationScope,
    metrics::Meter,
    trace::{Status, TraceContextExt as _},
};
use otelier_core::{
    Conventions, Providers, context,
    edge::{self, Durations, Recorder, Sampled, ask_for_shadows},
    semconv,
};

use super::{
    event::Over,
    statement::{Statement, Statements},
};
use crate::{Config, Dialect};

/// How sqlx names the threads of connections to SQLite, unless it is told otherwise.
const SQLITE_THREAD: &str = "sqlx-sqlite-worker";

/// Made once for each set of providers.
pub(super) struct Instruments {
    duration: Arc<Durations>,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        otelier_core::scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        Self {
            duration: Arc::new(Self::seconds(
                meter,
                conventions,
                semconv::DB_CLIENT_OPERATION_DURATION,
                "Duration of database client operations.",
                &semconv::DB_DURATION_BOUNDS,
            )),
        }
    }
}

pub(super) struct Telemetry {
    recorder: Arc<Recorder<Instruments>>,
    config: Config,
    statements: Statements,
    /// Those of SQLite, where it is not the database that was said.
    sqlite: OnceLock<Statements>,
}

impl Telemetry {
    pub(super) fn new(providers: &Providers, config: &Config) -> Self {
        let recorder = Recorder::<Instruments>::of(providers);
        Self {
            statements: Statements::new(config, &recorder.instruments.duration),
            sqlite: OnceLock::new(),
            config: config.clone(),
            recorder,
        }
    }

    /// The statements of the database whose statement is logged on this thread.
    pub(super) fn statements(&self) -> &Statements {
        if !is_of_sqlite() {
            return &self.statements;
        }
        // From now on it can be told below what.
        ask_for_shadows();
        if self.statements.dialect == Some(Dialect::Sqlite) {
            return &self.statements;
        }
        self.sqlite.get_or_init(|| {
            let config = Config::new()
                .with_dialect(Dialect::Sqlite)
                .with_query_text(self.config.query_text);
            Statements::new(&config, &self.recorder.instruments.duration)
        })
    }

    /// Records a statement that is over, below what is current, else below what its
    /// thread was told of.
    pub(super) fn record(&self, over: &Over, told: Option<&Context>) {
        let Over {
            statement,
            rows,
            elapsed,
        } = over;
        let sampled = self.spanned(statement, *rows, *elapsed, told);
        statement.duration.record(elapsed.as_secs_f64(), || sampled);
    }

    /// Its span, if there is one.
    fn spanned(
        &self,
        statement: &Statement,
        rows: u64,
        elapsed: Duration,
        told: Option<&Context>,
    ) -> Option<Sampled> {
        let parent = Context::map_current(|current| {
            let parent = match told {
                Some(told) if !current.has_active_span() => told,
                _ => current,
            };
            let is_in_vain =
                self.recorder.never_samples(parent) || statement.opens && !parent.has_active_span();
            (!is_in_vain).then(|| context::carried(parent))
        });
        let parent = parent?;
        let ended = SystemTime::now();
        let mut span = statement.describe(rows);
        span.start_time = Some(ended.checked_sub(elapsed).unwrap_or(ended));
        self.recorder.record(span, &parent, Status::Unset, ended)
    }
}

fn is_of_sqlite() -> bool {
    let thread = thread::current();
    let name = thread.name().unwrap_or_default();
    name.starts_with(SQLITE_THREAD)
}
