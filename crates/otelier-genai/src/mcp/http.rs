//! Messages that came by a request of HTTP.

use std::task::{Context as TaskContext, Poll};

use http::Request;
use tower_service::Service;

use crate::record::mcp as record;

/// Has the messages that a service of HTTP takes know the request that they came by, such
/// as those of rmcp's `StreamableHttpService`, whose sessions answer on tasks of their
/// own. It stands inside of what records requests:
///
/// ```ignore
/// let shop = StreamableHttpService::new(|| Ok(mcp::server(Shop)), sessions, config);
/// let app = Router::new().nest_service("/mcp", mcp::over_http(shop));
/// ```
pub fn over_http<S>(service: S) -> OverHttp<S> {
    OverHttp { service }
}

/// A service whose messages know their request, made by [`over_http`].
///
/// See the [example of the module](crate::mcp).
#[derive(Clone, Debug)]
pub struct OverHttp<S> {
    service: S,
}

impl<S, B> Service<Request<B>> for OverHttp<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        record::carry(request.extensions_mut());
        self.service.call(request)
    }
}
