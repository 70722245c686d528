//! `OTEL_EXPORTER_OTLP_HEADERS` and its like.

use http::{HeaderName, HeaderValue};
use otelier_otlp::Signal;

use super::{
    env::{Env, own},
    pairs::{Pairs, positions},
};
use crate::variables::HEADERS;

/// What the transport sets itself; a second value would break its requests.
const RESERVED: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The headers of one signal. Its own variable replaces the generic one as a
/// whole, so that a secret for one receiver is not sent to another.
pub(super) fn headers(env: &mut Env<'_>, signal: Signal) -> Vec<(HeaderName, HeaderValue)> {
    let Some((variable, list)) = env.first(&own(&HEADERS, signal)) else {
        return Vec::new();
    };
    let (headers, complaints) = parse(&list);
    for complaint in complaints {
        env.problem(variable, complaint);
    }
    headers
}

fn parse(list: &str) -> (Vec<(HeaderName, HeaderValue)>, Vec<String>) {
    let mut pairs = Pairs::parse(list);
    let mut reserved = Vec::new();
    let mut again = Vec::new();
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::new();
    for (position, key, value) in std::mem::take(&mut pairs.good) {
        match (HeaderName::try_from(&key), HeaderValue::try_from(value)) {
            (Ok(name), _) if is_reserved(&name) => reserved.push(position),
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                let before = headers.len();
                headers.retain(|(known, _)| *known != name);
                if headers.len() < before {
                    again.push(position);
                }
                headers.push((name, value));
            }
            _ => pairs.bad.push(position),
        }
    }
    pairs.bad.sort_unstable();

    let reserved = (!reserved.is_empty()).then(|| {
        format!(
            "a header that the exporter sets itself at {}; left out",
            positions(&reserved)
        )
    });
    let again = (!again.is_empty()).then(|| {
        format!(
            "a header that was there before at {}; the last one counts",
            positions(&again)
        )
    });
    let complaints = pairs.complaint().into_iter().chain(reserved).chain(again);
    (headers, complaints.collect())
}

fn is_reserved(name: &HeaderName) -> bool {
    RESERVED.contains(&name.as_str()) || name.as_str().starts_with("grpc-")
}
