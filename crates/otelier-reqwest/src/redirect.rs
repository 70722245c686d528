//! Redirects that are followed one request at a time.

use std::{error, fmt, pin::Pin};

use http::{
    Extensions, HeaderValue, Method, StatusCode,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION,
        PROXY_AUTHORIZATION, REFERER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
    },
};
use reqwest::{Request, Response, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};

/// Follows redirects outside of reqwest, as reqwest does inside: each hop is a
/// request of its own, with its own span and headers, and each host gets the
/// trace context only if it may.
///
/// It needs a client that does not follow them itself, and stands before
/// [`TraceMiddleware`](crate::TraceMiddleware), best before retries:
///
/// ```
/// use otelier_reqwest::{ClientBuilder, Redirects, TraceMiddleware};
/// use reqwest::redirect::Policy;
///
/// # fn main() -> reqwest::Result<()> {
/// let client = reqwest::Client::builder().redirect(Policy::none()).build()?;
/// let client = ClientBuilder::new(client)
///     .with(Redirects::default())
///     .with(TraceMiddleware::new())
///     .build();
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// A timeout counts for each hop. A body that streams is not sent again: the
/// redirect itself is the response then.
///
/// # Errors
/// More hops than allowed fail with [`TooManyRedirects`] inside of
/// [`reqwest_middleware::Error::Middleware`].
#[derive(Clone, Copy, Debug)]
pub struct Redirects {
    limit: usize,
}

impl Redirects {
    /// Follows so many redirects at most.
    #[must_use]
    pub fn limited(limit: usize) -> Self {
        Self { limit }
    }
}

/// Ten, as many as reqwest follows.
impl Default for Redirects {
    fn default() -> Self {
        Self::limited(10)
    }
}

/// A request was redirected more often than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyRedirects;

impl fmt::Display for TooManyRedirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many redirects")
    }
}

impl error::Error for TooManyRedirects {}

// What `async_trait` makes of the trait's method.
impl Middleware for Redirects {
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        mut request: Request,
        extensions: &'life1 mut Extensions,
        next: Next<'life2>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let mut left = self.limit;
            loop {
                let spare = Spare::of(&request);
                let response = next.clone().run(request, &mut *extensions).await?;
                let Some(url) = target(&response) else {
                    return Ok(response);
                };
                let Some(again) = spare.redirected(response.status(), url) else {
                    return Ok(response);
                };
                let Some(rest) = left.checked_sub(1) else {
                    return Err(Error::middleware(TooManyRedirects));
                };
                (request, left) = (again, rest);
            }
        })
    }
}

/// Where a response wants the request to go, `None` if it is no redirect.
fn target(response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    let location = str::from_utf8(location.as_bytes()).ok()?;
    response.url().join(location).ok()
}

/// What is left of a request that was sent.
struct Spare {
    request: Request,
    /// Whether the body could not be kept.
    is_incomplete: bool,
}

impl Spare {
    fn of(request: &Request) -> Self {
        if let Some(request) = request.try_clone() {
            return Self {
                request,
                is_incomplete: false,
            };
        }
        let mut head = Request::new(request.method().clone(), request.url().clone());
        head.headers_mut().clone_from(request.headers());
        *head.timeout_mut() = request.timeout().copied();
        *head.version_mut() = request.version();
        Self {
            request: head,
            is_incomplete: true,
        }
    }

    /// The request to the next hop, `None` if it cannot be made.
    fn redirected(mut self, status: StatusCode, url: Url) -> Option<Request> {
        let method = self.request.method();
        let becomes_get = match status {
            StatusCode::SEE_OTHER => true,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::POST,
            _ => false,
        };
        if becomes_get {
            if method != Method::HEAD {
                *self.request.method_mut() = Method::GET;
            }
            *self.request.body_mut() = None;
            for name in [
                CONTENT_TYPE,
                CONTENT_LENGTH,
                CONTENT_ENCODING,
                TRANSFER_ENCODING,
            ] {
                self.request.headers_mut().remove(name);
            }
        } else if self.is_incomplete {
            return None;
        }
        if self.request.url().origin() != url.origin() {
            let headers = self.request.headers_mut();
            for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, WWW_AUTHENTICATE] {
                headers.remove(name);
            }
            headers.remove("cookie2");
        }
        if let Some(referer) = referer(self.request.url(), &url) {
            self.request.headers_mut().insert(REFERER, referer);
        }
        *self.request.url_mut() = url;
        Some(self.request)
    }
}

/// The URL that sent us on, unless that would give it away without TLS.
fn referer(from: &Url, to: &Url) -> Option<HeaderValue> {
    if from.scheme() == "https" && to.scheme() == "http" {
        return None;
    }
    let mut from = from.clone();
    from.set_username("").ok()?;
    from.set_password(None).ok()?;
    from.set_fragment(None);
    from.as_str().try_into().ok()
}
