//! Messages pass through.

use otelier_core::edge::Never;
use rmcp::{
    ErrorData, Peer, RoleClient, RoleServer, ServiceError,
    model::{CallToolResult, ClientRequest, JsonObject, ServerResult},
    service::RequestContext,
};

use crate::mcp::Message;

pub(crate) type Serving = Never;

#[derive(Clone, Debug)]
pub(crate) struct Telemetry;

impl Telemetry {
    pub(crate) fn new() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn served(&self, _: Message<'_>, _: &RequestContext<RoleServer>) -> Option<Serving> {
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
pub(crate) fn answered(_: Option<Serving>, _: Result<Option<&CallToolResult>, &ErrorData>) {}

#[inline]
pub(crate) fn heard(_: Option<Never>, _: &Result<ServerResult, ServiceError>) {}

#[inline]
pub(crate) fn inject(_: &mut JsonObject) {}

#[inline]
pub(crate) fn carry(_: &mut http::Extensions) {}

#[inline]
pub(crate) fn extract(_: &JsonObject) -> Option<Never> {
    None
}
