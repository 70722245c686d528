//! From a statement to its rows.

use std::{pin::Pin, time::Duration};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::TryStreamExt as _;
use otelier_core::Run;
use sqlx::{Error, Execute};
use sqlx_core::ext::async_stream::TryAsyncStream;

use super::{
    begin::{begin, begin_query},
    claim::claimed,
    lease::Lent,
    operation::{Asked, Operation},
    pool::{Handle, On},
    query::Query,
    rows::TracedRows,
    wait::begin_on,
};
use crate::{
    config::Comments,
    driver::{
        Driver,
        sealed::{Parameters, Rows, Step},
    },
};

#[inline]
pub(crate) fn fetch_many_on<'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    pool: Handle<DB>,
    telemetry: On,
    query: E,
    rows: Rows,
    parameters: Parameters,
) -> BoxStream<'e, Step<DB>> {
    let asked = Asked { rows, parameters };
    let mut query = Query::new(query);
    Box::pin(TryAsyncStream::new(move |yielder| async move {
        let mut run = None;
        let begin = |waited| begin_query(&telemetry, &mut query, asked, waited);
        let mut connection = begin_on(&pool, &telemetry, &mut run, begin).await?;
        let inner = DB::fetch_many(&mut connection, query);
        let mut steps = TracedRows::<DB, _>::new(inner, move || run);
        while let Some(step) = steps.try_next().await? {
            yielder.r#yield(step).await;
        }
        Ok(())
    }))
}

#[inline]
pub(crate) fn fetch_many<'e, 'c: 'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    connection: &'c mut DB::Connection,
    telemetry: Lent<'_>,
    query: E,
    rows: Rows,
    parameters: Parameters,
) -> BoxStream<'e, Step<DB>> {
    let asked = Asked { rows, parameters };
    let mut query = Query::new(query);
    if telemetry.comments == Comments::Off {
        let statement = telemetry.statement(query.text());
        let inner = DB::fetch_many(connection, query);
        let start = move || Some(begin(statement, asked, Duration::ZERO));
        return Box::pin(TracedRows::<DB, _>::new(inner, start));
    }
    let run = begin_query(telemetry, &mut query, asked, Duration::ZERO);
    let inner = DB::fetch_many(connection, query);
    Box::pin(TracedRows::<DB, _>::new(inner, move || Some(run)))
}

#[inline]
pub(crate) fn fetch_optional_on<'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    pool: Handle<DB>,
    telemetry: On,
    query: E,
    rows: Rows,
    parameters: Parameters,
) -> BoxFuture<'e, Result<Option<DB::Row>, Error>> {
    let asked = Asked { rows, parameters };
    let mut query = Query::new(query);
    pin_in_place(move || async move {
        let mut run = None;
        let begin = |waited| begin_query(&telemetry, &mut query, asked, waited);
        let mut connection = begin_on(&pool, &telemetry, &mut run, begin).await?;
        let row = DB::fetch_optional(&mut connection, query);
        let result = claimed::<DB, _>(row).await;
        end::<DB>(&mut run, &result);
        result
    })
}

#[inline]
pub(crate) fn fetch_optional<'e, 'c: 'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    connection: &'c mut DB::Connection,
    telemetry: Lent<'c>,
    query: E,
    rows: Rows,
    parameters: Parameters,
) -> BoxFuture<'e, Result<Option<DB::Row>, Error>> {
    let asked = Asked { rows, parameters };
    let mut query = Query::new(query);
    Box::pin(async move {
        let begun = begin_query(telemetry, &mut query, asked, Duration::ZERO);
        let mut run = Some(begun);
        let row = DB::fetch_optional(connection, query);
        let result = claimed::<DB, _>(row).await;
        end::<DB>(&mut run, &result);
        result
    })
}

/// `Box::pin` of a large future, which then need not be made elsewhere and copied: what is made
/// after its place is made there, once all of this is inlined.
#[inline(always)]
fn pin_in_place<F>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    let place = Box::new_uninit();
    Box::into_pin(Box::write(place, make()))
}

/// Ends an operation where it stands.
#[inline]
fn end<DB: Driver>(run: &mut Option<Run<Operation>>, result: &Result<Option<DB::Row>, Error>) {
    if let Some(run) = run {
        if let Ok(Some(_)) = result {
            run.record_mut().row();
        }
        Operation::end::<DB, _>(run, result);
    }
    *run = None;
}
