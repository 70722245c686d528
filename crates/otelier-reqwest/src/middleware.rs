//! The middleware, and the shortest way to put it on.

use std::pin::Pin;

use http::Extensions;
use otelier_core::edge::Traced;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};

use crate::{
    config::Config,
    future::ResponseFuture,
    record::{self, Attempt, Telemetry},
};

/// Records a span and metrics for each attempt of a request, see the [crate]
/// root.
///
/// Put it on last, inside of retries, so that it sees what goes over the wire.
/// A second one on the same client gives a second span.
/// It records to the providers that are current when it is made, or, if there
/// are none, to the process's as soon as these are installed.
///
/// While telemetry is disabled, or all its exporters are `none`, the current
/// context is sent along all the same, so that the traces of others stay whole;
/// where neither an endpoint nor `OTEL_PROPAGATORS` is set nothing is done.
///
/// ```
/// use otelier_reqwest::{ClientBuilder, TraceMiddleware};
///
/// let http = ClientBuilder::new(reqwest::Client::new())
///     // .with(RetryTransientMiddleware::new_with_policy(..))
///     .with(TraceMiddleware::new())
///     .build();
/// # let _ = http;
/// ```
///
/// # Cancellation
/// Dropping the request ends its span without an error.
///
/// # Cost
/// While telemetry is off a request pays two atomic loads and two branches.
#[derive(Clone, Debug, Default)]
pub struct TraceMiddleware {
    telemetry: Telemetry,
}

impl TraceMiddleware {
    /// Makes a middleware that records to the current providers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a middleware that records as the configuration says.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self {
            telemetry: Telemetry::new(config),
        }
    }
}

// Written out: `async_trait` would allocate a future of its own while telemetry
// is off.
impl Middleware for TraceMiddleware {
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        mut request: Request,
        extensions: &'life1 mut Extensions,
        next: Next<'life2>,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        let Some(way) = self.telemetry.way() else {
            return next.run(request, extensions);
        };
        // Begun when it is polled: only then are the spans around it current.
        Box::pin(async move {
            let begun: Option<Attempt> = record::begin(way, &mut request, Some(&*extensions));
            // Moved as a whole: what is taken out of it leaves its place in the future.
            if begun.is_none() {
                return next.run(request, extensions).await;
            }
            let answer = async {
                let answer = next.run(request, &mut *extensions).await;
                record::count(&answer, &mut *extensions);
                answer
            };
            ResponseFuture::new(Traced::new(answer, begun)).await
        })
    }
}

/// Makes a client whose requests are recorded.
///
/// It may be called before telemetry is set up. As long as that is off a request
/// pays what it pays with [`TraceMiddleware`]; where it is compiled out, nothing.
#[must_use]
pub fn client(client: Client) -> ClientWithMiddleware {
    client_with(client, Config::default())
}

/// Makes a client whose requests are recorded as the configuration says.
#[must_use]
pub fn client_with(client: Client, config: Config) -> ClientWithMiddleware {
    if !record::RECORDS {
        return client.into();
    }
    let middleware = TraceMiddleware::with_config(config);
    ClientBuilder::new(client).with(middleware).build()
}
