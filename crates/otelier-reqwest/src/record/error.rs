//! What an error is called, one of few names, and what it says.

use std::error::Error;

use otelier_core::{
    Message, Outcome,
    edge::{
        Span,
        http_client::{Answer, io_error, is_dns, joined, says},
    },
};

/// More sources than an error of the network has.
const MAX_SOURCES: usize = 16;

/// The `error.type` of a request that got no answer, or not all of it.
fn error_type(error: &(dyn Error + 'static)) -> &'static str {
    let mut found = None;
    let mut other = "middleware_error";
    for error in chain(error) {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            found = found.or_else(|| kind(error));
            other = rest(error);
        }
    }
    found.unwrap_or(other)
}

/// Names the outcome of an error, and tells the span what the error says, unless
/// the answer's own status describes it.
#[cold]
pub(super) fn fail(error: &(dyn Error + 'static), answer: Option<Answer>, span: &Span) -> Outcome {
    let error_type = error_type(error);
    if span.is_recording() && !answer.is_some_and(Answer::is_error) {
        span.fail(message(error), error_type);
    }
    Outcome::Failed(error_type.into())
}

/// What the error and its sources say, one after the other, without the URL: the
/// span has it already, and without the values of its query.
fn message(error: &(dyn Error + 'static)) -> Message {
    let said = chain(error)
        .take(MAX_SOURCES)
        .filter(|error| !error.is::<reqwest_middleware::Error>());
    let without_url = said.map(|error| {
        let mut text = error.to_string();
        if let Some(url) = error.downcast_ref().and_then(reqwest::Error::url)
            && let Some(rest) = text.strip_suffix(&format!(" for url ({url})"))
        {
            text.truncate(rest.len());
        }
        text
    });
    Message::of(joined(without_url))
}

/// The kinds that say something about the network.
fn kind(error: &reqwest::Error) -> Option<&'static str> {
    let connecting = error.is_connect();
    if error.is_timeout() {
        Some(if connecting {
            "connect_timeout"
        } else {
            "timeout"
        })
    } else if error.is_dns() || chain(error).any(is_lookup) {
        Some("dns_error")
    } else if let Some(name) = chain(error).find_map(io_error) {
        Some(name)
    } else if connecting && is_tls(error) {
        Some("tls_error")
    } else if connecting {
        Some("connect_error")
    } else {
        None
    }
}

fn rest(error: &reqwest::Error) -> &'static str {
    if error.is_builder() {
        "invalid_request"
    } else if error.is_redirect() {
        "redirect_error"
    } else if error.is_body() {
        "body_error"
    } else if error.is_decode() {
        "decode_error"
    } else if error.is_status() {
        "status_error"
    } else {
        "request_error"
    }
}

/// A resolver of the user's own fails inside of hyper's connector.
fn is_lookup(error: &(dyn Error + 'static)) -> bool {
    !error.is::<reqwest::Error>() && is_dns(error)
}

/// TCP has its own text; what else fails while connecting to `https` is TLS.
fn is_tls(error: &reqwest::Error) -> bool {
    error.url().is_some_and(|url| url.scheme() == "https")
        && !chain(error)
            .any(|error| says(error, "tcp connect error") || says(error, "tcp open error"))
}

/// The error and its sources. Errors of `reqwest_middleware` hide the one that
/// they wrap from `source`.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = match error.downcast_ref() {
            Some(reqwest_middleware::Error::Reqwest(inner)) => Some(inner),
            Some(reqwest_middleware::Error::Middleware(inner)) => Some(inner.as_ref()),
            None => error.source(),
        };
        Some(error)
    })
}
