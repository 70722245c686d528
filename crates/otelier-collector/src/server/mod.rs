//! Receives OTLP: two listeners, one intake.

mod answer;
mod body;
mod decoder;
mod door;
mod grpc;
mod http;
mod inflate;
mod intake;
mod listen;
mod refusals;

pub(crate) use self::{
    decoder::Decoder,
    door::Door,
    grpc::router as grpc,
    intake::{Intake, memory_of},
    listen::{Gate, MOST as MOST_CONNECTIONS, serve},
    refusals::Refusals,
};

use axum::{Router, middleware::from_fn_with_state};
use std::sync::Arc;

/// What the port for HTTP leads to: OTLP, and whatever shows what was received.
pub(crate) fn with_view(intake: &Arc<Intake>, door: &Arc<Door>, view: Router) -> Router {
    let router = http::router(intake).merge(view);
    router.layer(from_fn_with_state(Arc::clone(door), door::guard))
}
