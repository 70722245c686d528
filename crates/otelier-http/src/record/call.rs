//! What a guard records, and the current context for a request without one.

use http::{Extensions, HeaderMap, Method, Uri};
use opentelemetry::Context;
use otelier_core::{Source, edge::Shared};

use super::{
    begin,
    target::Target,
    telemetry::{Operation, Peers},
};
use crate::config::Config;

/// What guards record with: they are of no layer.
static TELEMETRY: Shared<Peers> = Shared::new();

pub(crate) fn begin_call(method: &str, url: &str) -> Option<Operation> {
    if Context::is_current_telemetry_suppressed() {
        return None;
    }
    let peers = TELEMETRY.current(Peers::new)?;
    // What is no method is one that nobody knows.
    let method = Method::from_bytes(method.as_bytes());
    let method = method.or_else(|_| Method::from_bytes(b"_OTHER")).ok()?;
    let url = url.parse::<Uri>().unwrap_or_default();
    let config = Config::default();
    let target = Target::new(&url, &config.origin);
    let (host, nothing) = (target.host(), Extensions::new());
    let asked = target.asked(&host, &method, &nothing);
    Some(begin::start(&peers, &config, asked, &target))
}

/// The context of a call, if it is recorded: it is current as long as it runs.
pub(crate) fn scope(call: Option<&Operation>) -> Option<Context> {
    call.map(|run| run.record().span.context.clone())
}

/// Writes the context of a call, else the current one, also that of others while
/// telemetry is disabled.
pub(crate) fn inject(call: Option<&Operation>, headers: &mut HeaderMap) {
    if let Some(run) = call {
        return run.record().inject(headers);
    }
    let source = Source::current();
    let recording = source.providers().map(|providers| providers.propagation());
    if let Some(propagation) = recording.or_else(|| source.passing()) {
        Context::map_current(|current| {
            if !current.is_telemetry_suppressed() {
                propagation.inject(current, headers);
            }
        });
    }
}
