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
    http::router as http,
    intake::{Intake, memory_of},
    listen::{Gate, MOST as MOST_CONNECTIONS, serve},
    refusals::Refusals,
};

use crate::{
    api::{self, Desk},
    mcp,
};
use axum::{Router, middleware::from_fn_with_state};
use std::sync::Arc;

/// What the port for HTTP leads to: OTLP, and whatever shows what was received.
pub(crate) fn view(intake: &Arc<Intake>, door: &Arc<Door>, desk: Desk, assets: Router) -> Router {
    let agents = mcp::router(desk.clone());
    let router = http(intake)
        .merge(api::router(desk))
        .merge(agents)
        .merge(assets);
    router.layer(from_fn_with_state(Arc::clone(door), door::guard))
}
