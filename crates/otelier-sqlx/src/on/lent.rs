//! Connections for whoever asks by sqlx's `Acquire`.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_core::future::BoxFuture;
use opentelemetry::{
    Context, KeyValue,
    global::BoxedSpan,
    trace::{Span as _, SpanBuilder, Status, Tracer as _},
};
use otelier_core::{Outcome, Record, Run, semconv};
use sqlx::{Acquire, Error};

use super::{
    acquire::acquire,
    connection::{Connection, PoolConnection},
    pool::Pool,
    shared::Shared,
    statement::Attribute,
    transaction::{Held, Transaction, begin_raw, begin_raw_pooled},
};
use crate::driver::Driver;

/// The name of the span of what is done with a connection of sqlx.
const NAME: &str = "use connection";

/// A connection of sqlx's own: [`Acquire`] demands one, and its statements pass us by. One span
/// stands for all of them.
pub struct Lent<'c, DB: Driver> {
    held: Held<'c, DB>,
    // Ends when the connection is given back.
    _loan: Option<Run<Loan>>,
}

#[derive(Debug)]
struct Loan {
    span: BoxedSpan,
    started: SystemTime,
}

impl<'c, DB: Driver> Lent<'c, DB> {
    fn new(held: Held<'c, DB>) -> Self {
        let loan = Loan::start(&held.shared);
        Self { held, _loan: loan }
    }
}

impl Loan {
    fn start<DB: Driver>(shared: &Arc<Shared<DB>>) -> Option<Run<Self>> {
        let telemetry = shared.telemetry()?;
        Context::map_current(|parent| {
            if telemetry.never_samples(parent) {
                return None;
            }
            let mut attributes = vec![shared.core.pool_name()];
            attributes.extend(shared.core.describe().iter().map(Attribute::make));
            let started = SystemTime::now();
            let builder = SpanBuilder::from_name(NAME)
                .with_start_time(started)
                .with_attributes(attributes);
            let span = telemetry.tracer.build_with_context(builder, parent);
            Some(Run::start(Self { span, started }))
        })
    }
}

impl Record for Loan {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        // To be dropped is how it ends.
        if let Some(error) = outcome.error_type() {
            let error = KeyValue::new(semconv::ERROR_TYPE, error.to_owned());
            self.span.set_attribute(error);
            self.span.set_status(Status::error(""));
        }
        match self.started.checked_add(elapsed) {
            Some(ended) => self.span.end_with_timestamp(ended),
            None => self.span.end(),
        }
    }
}

impl<DB: Driver> Deref for Lent<'_, DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        self.held.inner()
    }
}

impl<DB: Driver> DerefMut for Lent<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.held.inner_mut()
    }
}

impl<DB: Driver> fmt::Debug for Lent<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

impl<'a, DB: Driver> Acquire<'a> for &'_ Pool<DB> {
    type Database = DB;
    type Connection = Lent<'static, DB>;

    fn acquire(self) -> BoxFuture<'static, Result<Self::Connection, Error>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { Ok(Lent::new(acquire(&shared).await?.into())) })
    }

    fn begin(self) -> BoxFuture<'static, Result<sqlx::Transaction<'a, DB>, Error>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { begin_raw_pooled(&shared).await })
    }
}

impl<'c, DB: Driver> Acquire<'c> for &'c mut Connection<DB> {
    type Database = DB;
    type Connection = Lent<'c, DB>;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Box::pin(async move { Ok(Lent::new(self.into())) })
    }

    fn begin(self) -> BoxFuture<'c, Result<sqlx::Transaction<'c, DB>, Error>> {
        Box::pin(begin_raw(self))
    }
}

impl<'c, DB: Driver> Acquire<'c> for &'c mut PoolConnection<DB> {
    type Database = DB;
    type Connection = Lent<'c, DB>;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'c, Result<sqlx::Transaction<'c, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}

impl<'t, DB: Driver> Acquire<'t> for &'t mut Transaction<'_, DB> {
    type Database = DB;
    type Connection = Lent<'t, DB>;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::Transaction<'t, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}
