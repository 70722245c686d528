//! What durations and requests under way are counted with.

use std::{error::Error, marker::PhantomData};

use super::labels::Answer;
use crate::{
    Conventions, Outcome,
    edge::{self, Durations, Span},
    semconv::{self, old},
};
use opentelemetry::{
    InstrumentationScope,
    metrics::{Histogram, Meter, UpDownCounter},
};

/// Starts the spans of a client library, and holds its instruments.
pub type Recorder<C> = edge::Recorder<Instruments<C>>;

/// A client library, as what it records says who recorded it.
///
/// See the [example of the module](crate::edge::http_client).
pub trait Client: Send + Sync + Sized + 'static {
    /// What its user can choose.
    type Config;
    /// What only this client has to know of a request.
    type More;

    /// Who records, see [`scope`](crate::scope).
    fn scope() -> InstrumentationScope;

    /// Called once for each set of providers: the place to name error types.
    fn prepare() {}

    /// Names the outcome of an error, and tells the span what the error says.
    fn fail(
        more: &Self::More,
        answer: Option<Answer>,
        span: &Span,
        error: &(dyn Error + 'static),
    ) -> Outcome;
}

/// What durations and requests under way are counted with.
///
/// See the [example of the module](crate::edge::http_client).
pub struct Instruments<C> {
    /// How long requests took, in seconds.
    pub duration: Durations,
    /// As it was before the conventions were stable, in milliseconds, if the
    /// environment asks for the old names, too.
    pub old_duration: Option<Histogram<f64>>,
    /// Requests under way.
    pub active: UpDownCounter<i64>,
    client: PhantomData<fn() -> C>,
}

impl<C: Client> edge::Instruments for Instruments<C> {
    fn scope() -> InstrumentationScope {
        C::scope()
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        C::prepare();
        let old_duration = || {
            meter
                .f64_histogram(old::HTTP_CLIENT_DURATION)
                .with_description("Duration of HTTP client requests.")
                .with_unit("ms")
                .build()
        };
        let duration = meter
            .f64_histogram(semconv::HTTP_CLIENT_REQUEST_DURATION)
            .with_description("Duration of HTTP client requests.")
            .with_unit("s")
            .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec());
        Self {
            duration: Durations::new(duration, C::scope(), conventions),
            old_duration: conventions.old_http_names.then(old_duration),
            active: meter
                .i64_up_down_counter(semconv::HTTP_CLIENT_ACTIVE_REQUESTS)
                .with_description("Number of active HTTP client requests.")
                .with_unit("{request}")
                .build(),
            client: PhantomData,
        }
    }
}

crate::shown!([C] Instruments<C>);
