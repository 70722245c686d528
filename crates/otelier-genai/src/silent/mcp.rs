//! Messages pass through.

use otelier_core::edge::Never;
use rmcp::{
    ErrorData, Peer, RoleClient, RoleServer, ServiceError,
    model::{ClientRequest, JsonObject, ServerResult},
    service::RequestContext,
};

#[derive(Clone, Debug)]
pub(crate) struct Telemetry;

impl Telemetry {
    pub(crate) fn new() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn served(
        &self,
        _: &ClientRequest,
        _: &RequestContext<RoleServer>,
    ) -> Option<Never> {
        None
    }
}

#[inline]
pub(crate) fn asked(_: &ClientRequest, _: &Peer<RoleClient>) -> Option<Never> {
    None
}

#[inline]
pub(crate) fn send(_: Option<&mut Never>, _: &mut ClientRequest) {}

#[inline]
pub(crate) fn answered(_: Option<Never>, _: &Result<ServerResult, ErrorData>) {}

#[inline]
pub(crate) fn heard(_: Option<Never>, _: &Result<ServerResult, ServiceError>) {}

#[inline]
pub(crate) fn inject(_: &mut JsonObject) {}

#[inline]
pub(crate) fn extract(_: &JsonObject) -> Option<Never> {
    None
}
