//! Takes the records of a request into the store.

use super::{
    budget::Weigh as _,
    log::Log,
    metric,
    origin::{Origin, Shared},
    state::State,
    trace::Span,
};
use crate::decode::{Export, points};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use std::sync::Arc;
use tokio::time::Instant;

/// An origin, and the share of its weight that each of its `records` carries.
fn origin(
    resource: &Arc<Shared>,
    scope: Option<InstrumentationScope>,
    records: usize,
) -> (Arc<Origin>, usize) {
    let origin = Origin::new(resource, scope);
    let share =
        (size_of::<Origin>() + size_of::<Shared>() + origin.heap()).div_ceil(records.max(1));
    (origin, share)
}

pub(super) fn insert(state: &mut State, export: Export, now: Instant) {
    match export {
        Export::Traces(message) => {
            for group in message.resource_spans {
                let resource = Shared::new(group.resource);
                for group in group.scope_spans {
                    let (origin, share) = origin(&resource, group.scope, group.spans.len());
                    for span in group.spans {
                        if let Some(span) = Span::new(&origin, span) {
                            state.add_span(span, share, now);
                        }
                    }
                    state.evict();
                }
            }
        }
        Export::Logs(message) => {
            for group in message.resource_logs {
                let resource = Shared::new(group.resource);
                for group in group.scope_logs {
                    let (origin, share) = origin(&resource, group.scope, group.log_records.len());
                    for log in group.log_records {
                        state.add_log(Log::new(&origin, log), share, now);
                    }
                    state.evict();
                }
            }
        }
        Export::Metrics(message) => {
            for group in message.resource_metrics {
                let resource = Shared::new(group.resource);
                for group in group.scope_metrics {
                    let points = group.metrics.iter().map(points).sum();
                    let (origin, share) = origin(&resource, group.scope, points);
                    for metric in group.metrics {
                        for metric in metric::split(&origin, metric) {
                            state.add_metric(metric, share);
                        }
                    }
                    state.evict();
                }
            }
        }
    }
}
