//! The optional middleware around all attempts of a call.

use std::pin::Pin;

use http::Extensions;
use otelier_core::edge::Traced;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};

use crate::record::{self, Telemetry};

/// Puts a span of kind `INTERNAL` around a whole call: all its attempts and the
/// waiting between them. Its name is that of the attempts.
///
/// Put it on first, outside of retries. It makes no metrics and injects
/// nothing; without a [`TraceMiddleware`](crate::TraceMiddleware) inside of the
/// retries there are no spans of the attempts.
///
/// ```
/// use otelier_reqwest::{CallMiddleware, ClientBuilder, TraceMiddleware};
///
/// let http = ClientBuilder::new(reqwest::Client::new())
///     .with(CallMiddleware::new())
///     // .with(RetryTransientMiddleware::new_with_policy(..))
///     .with(TraceMiddleware::new())
///     .build();
/// # let _ = http;
/// ```
///
/// # Cancellation
/// Dropping the call ends its span without an error.
#[derive(Clone, Debug, Default)]
pub struct CallMiddleware {
    telemetry: Telemetry,
}

impl CallMiddleware {
    /// Makes a middleware that records to the current providers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

// Written out: `async_trait` would allocate a future of its own while telemetry
// is off.
impl Middleware for CallMiddleware {
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        request: Request,
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
        Box::pin(async move {
            let call: Option<record::Call> = record::begin_call(way, &request, &*extensions);
            let (answer, call) = Traced::run(next.run(request, extensions), call).await;
            record::end_call(call, &answer);
            answer
        })
    }
}
