//! What a connection is recorded by.

use std::sync::Arc;

use otelier_core::edge::Edge;
use redis::{Cmd, Pipeline, RedisFuture, Value};

use super::{begin, operation::Operation, telemetry::Telemetry};
use crate::config::Config;

/// Shared by a connection and its clones, and by the connections of a pool.
#[derive(Clone)]
pub(crate) struct Tracing(Arc<Shared>);

struct Shared {
    edge: Edge<Telemetry>,
    config: Config,
}

impl Tracing {
    pub(crate) fn new(config: Config) -> Self {
        Self(Arc::new(Shared {
            edge: Edge::new(),
            config,
        }))
    }
}

/// What to record with, unless telemetry is off.
#[inline]
pub(crate) fn on(tracing: &Tracing, database: i64) -> Option<&Telemetry> {
    let Shared { edge, config } = &*tracing.0;
    edge.on(|providers| Telemetry::new(providers, config, database))
}

/// Records a command once it is polled.
#[inline]
pub(crate) fn command<'a>(
    sent: RedisFuture<'a, Value>,
    telemetry: &'a Telemetry,
    cmd: &'a Cmd,
) -> RedisFuture<'a, Value> {
    Box::pin(async move {
        let mut run = begin::command(telemetry, cmd);
        let result = sent.await;
        Operation::answered_one(&mut run, result.as_ref());
        result
    })
}

/// Records what is sent together once it is polled.
#[inline]
pub(crate) fn pipeline<'a>(
    sent: RedisFuture<'a, Vec<Value>>,
    telemetry: &'a Telemetry,
    pipeline: &'a Pipeline,
) -> RedisFuture<'a, Vec<Value>> {
    Box::pin(async move {
        let mut run = begin::pipeline(telemetry, pipeline);
        let result = sent.await;
        Operation::answered(&mut run, result.as_deref());
        result
    })
}
