//! What a guard records, and the current context for a request without one.

use std::error::Error;

use http::{Extensions, HeaderMap, Method, StatusCode, Uri};
use opentelemetry::Context;
use otelier_core::{Outcome, Run, Source, edge::Shared};

use super::{begin, operation::Operation, target::Target, telemetry::Peers};
use crate::config::Config;

/// What guards record with: they are of no layer.
static TELEMETRY: Shared<Peers> = Shared::new();

pub(crate) fn begin_call(method: &str, url: &str) -> Option<Run<Operation>> {
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
    let nothing = Extensions::new();
    Some(begin::start(&peers, &config, &method, &target, &nothing))
}

/// Ends a call with the status of its response, or with what it failed with.
pub(crate) fn end_call(mut run: Run<Operation>, answer: Result<u16, &(dyn Error + 'static)>) {
    let outcome = match answer {
        Ok(status) => {
            if let Ok(status) = StatusCode::from_u16(status) {
                run.record_mut().answered(status, None);
            }
            Outcome::Done
        }
        Err(error) => run.record().failed(error),
    };
    run.finish(outcome);
}

pub(crate) fn inject_call(run: &Run<Operation>, headers: &mut HeaderMap) {
    begin::inject(run.record(), headers);
}

/// The context of a call, which is current as long as it runs.
pub(crate) fn scope(run: &Run<Operation>) -> Context {
    run.record().span.context.clone()
}

pub(crate) fn within<T>(run: &Run<Operation>, part: impl FnOnce() -> T) -> T {
    let _current = run.record().span.attach();
    part()
}

/// Writes the current context, also that of others while telemetry is disabled.
pub(crate) fn inject(headers: &mut HeaderMap) {
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
