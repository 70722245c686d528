//! Headers as others want them.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector};

/// HTTP headers as a carrier for OpenTelemetry's propagators.
///
/// ```
/// use http::HeaderMap;
/// use opentelemetry::propagation::TextMapPropagator as _;
/// use otelier_core::HeaderCarrier;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
/// let mut headers = HeaderMap::new();
/// let propagator = TraceContextPropagator::new();
/// let cx = propagator.extract(&HeaderCarrier(&headers));
/// propagator.inject_context(&cx, &mut HeaderCarrier(&mut headers));
/// ```
#[derive(Debug)]
pub struct HeaderCarrier<H>(pub H);

impl Extractor for HeaderCarrier<&HeaderMap> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let lines = self.0.get_all(key).into_iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        (!lines.is_empty()).then_some(lines)
    }
}

impl Injector for HeaderCarrier<&mut HeaderMap> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
