//! The middleware, and the shortest way to put it on.

use std::{pin::Pin, sync::Arc};

use http::Extensions;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};

use super::{
    attempt, config::Config, extension::Sent, future::ResponseFuture, nesting, telemetry::Shared,
};

/// Records a span and metrics for each attempt of a request, see the [crate]
/// root.
///
/// Put it on last, inside of retries, so that it sees what goes over the wire.
/// A second one on the same client makes no second span.
/// It records to the providers that are current when it is made, or, if there
/// are none, to the process's as soon as these are installed.
///
/// While telemetry is disabled, or all its exporters are `none`, the current
/// context is sent along all the same, so that the traces of others stay whole;
/// where neither an endpoint nor `OTEL_PROPAGATORS` is set nothing is done.
///
/// # Cancellation
/// Dropping the request ends its span without an error.
///
/// # Cost
/// While telemetry is off a request pays two atomic loads and two branches.
#[derive(Clone, Debug)]
pub struct TraceMiddleware {
    shared: Arc<Shared>,
}

impl TraceMiddleware {
    /// Makes a middleware that records to the current providers.
    #[must_use]
    pub fn new() -> Self {
        Self::with_config(Config::default())
    }

    /// Makes a middleware that records as the configuration says.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self {
            shared: Arc::new(Shared::new(config)),
        }
    }
}

impl Default for TraceMiddleware {
    fn default() -> Self {
        Self::new()
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
        let config = &self.shared.config;
        let Some(telemetry) = self.shared.telemetry() else {
            let Some(propagation) = self.shared.passing() else {
                return next.run(request, extensions);
            };
            return Box::pin(async move {
                attempt::pass(config, propagation, &mut request, Some(extensions));
                next.run(request, extensions).await
            });
        };
        // Begun when it is polled: only then are the spans around it current.
        Box::pin(async move {
            let run = attempt::begin(config, telemetry, &mut request, Some(extensions));
            let answer = async {
                let answer = next.run(request, &mut *extensions).await;
                if may_be_sent_again(&answer) && nesting::is_own() {
                    let Sent(times) = extensions.get().copied().unwrap_or(Sent(0));
                    extensions.insert(Sent(times.saturating_add(1)));
                }
                answer
            };
            ResponseFuture::new(answer, Some(run), config.span_end()).await
        })
    }
}

/// Success is final; not to count it saves most requests three allocations.
fn may_be_sent_again(answer: &Result<Response, Error>) -> bool {
    !matches!(answer, Ok(response) if response.status().is_success())
}

/// Makes a client whose requests are recorded.
///
/// While telemetry is off, and nothing is to pass through, the client comes back
/// without any middleware, so that its requests cost nothing; call it after
/// telemetry was set up.
#[must_use]
pub fn client(client: Client) -> ClientWithMiddleware {
    client_with(client, Config::default())
}

/// Makes a client whose requests are recorded as the configuration says.
#[must_use]
pub fn client_with(client: Client, config: Config) -> ClientWithMiddleware {
    let middleware = TraceMiddleware::with_config(config);
    if middleware.shared.is_off() {
        return client.into();
    }
    ClientBuilder::new(client).with(middleware).build()
}
