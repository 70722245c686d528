//! The start of an attempt.

use http::Extensions;
use opentelemetry::KeyValue;
use otelier_core::{
    edge::http_client::{Asked, full_url, pass},
    semconv,
};
use reqwest::Request;

use super::telemetry::{Attempt, Way};

/// How often the request has been sent already. It is kept where a retry
/// finds it: the extensions are shared by all attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent(pub(super) u32);

/// Starts the record of a request, if there is to be one, and sends a context
/// along.
pub(crate) fn begin(
    way: Way<'_>,
    request: &mut Request,
    extensions: Option<&Extensions>,
) -> Option<Attempt> {
    let url = request.url();
    let asked = Asked {
        method: request.method(),
        host: url.host_str().unwrap_or_default(),
        port: url.port_or_known_default(),
        extensions,
    };
    match way {
        Way::Records(config, peers) => {
            let is_refused = asked.is_refused();
            let run = peers.begin(
                asked,
                &config.propagation,
                config.span_end,
                || full_url(url.as_str()),
                |attributes| attributes.extend(extensions.and_then(resends)),
            );
            let operation = run.record();
            if operation.peer.propagates && !is_refused {
                operation.inject(request.headers_mut());
            }
            Some(run)
        }
        Way::Passes(config, propagation) => {
            if asked.passes(&config.propagation) {
                pass(propagation, request.headers_mut());
            }
            None
        }
    }
}

fn resends(extensions: &Extensions) -> Option<KeyValue> {
    let Sent(times) = extensions.get()?;
    let times = i64::from(*times);
    Some(KeyValue::new(semconv::HTTP_REQUEST_RESEND_COUNT, times))
}
