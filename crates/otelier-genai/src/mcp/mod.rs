//! Messages of the Model Context Protocol, over `rmcp` and others.
//!
//! A server is wrapped once; a client asks through [`request`] or [`call_tool`]:
//!
//! ```no_run
//! use otelier_genai::mcp;
//! use rmcp::{Peer, RoleClient, ServiceError, ServiceExt as _, model::CallToolRequestParams};
//!
//! # async fn serve<S: rmcp::ServerHandler>(
//! #     shop: S,
//! #     transport: tokio::io::DuplexStream,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let server = mcp::server(shop).serve(transport).await?;
//! # drop(server);
//! # Ok(()) }
//!
//! async fn stock(peer: &Peer<RoleClient>) -> Result<bool, ServiceError> {
//!     let stock = mcp::call_tool(peer, CallToolRequestParams::new("stock")).await?;
//!     Ok(stock.is_error != Some(true))
//! }
//! ```
//!
//! The trace context goes along in `params._meta` (SEP-414). A span `tools/call stock`
//! stands on either side, of kind `CLIENT` and `SERVER`, with `mcp.method.name`,
//! `jsonrpc.request.id`, `gen_ai.tool.name` or `gen_ai.prompt.name`, `mcp.resource.uri`,
//! `mcp.session.id`, `mcp.protocol.version` and, of an error, `rpc.status_code` and
//! `error.type`: the code, or `tool_error` where a tool says that it failed. Arguments
//! and results are recorded only where content is asked for, see `ContentCapture`.
//!
//! Over HTTP the service that takes the requests is wrapped, too, by [`over_http`]: the
//! spans of messages then have the request's as a link, or as a parent where the client
//! sent no context.
//!
//! Metrics: `mcp.client.operation.duration` and `mcp.server.operation.duration`.

mod http;
pub(crate) mod message;
mod server;

use otelier_core::edge::Traced;
use rmcp::{
    Peer, RoleClient, ServiceError,
    model::{
        CallToolRequest, CallToolRequestParams, CallToolResult, ClientRequest, JsonObject,
        ServerResult,
    },
    service::PeerRequestOptions,
};

pub use self::{
    http::{OverHttp, over_http},
    server::{Server, server},
};
use crate::record::mcp as record;

/// Asks a server something, in a span, and sends the trace context along.
///
/// # Errors
/// Those of rmcp.
///
/// # Cancellation
/// Dropping it ends the span, without an error. The server is not told.
pub async fn request(
    peer: &Peer<RoleClient>,
    mut request: ClientRequest,
) -> Result<ServerResult, ServiceError> {
    let mut run: Option<record::Serving> = record::asked(&request, peer);
    record::send(run.as_mut(), &mut request);
    let options = PeerRequestOptions::no_options();
    let sent = peer.send_cancellable_request(request, options);
    let (sent, run) = Traced::run(sent, run).await;
    let (answer, run) = match sent {
        Ok(sent) => {
            record::numbered(run.as_ref(), &sent.id);
            Traced::run(sent.await_response(), run).await
        }
        Err(error) => (Err(error), run),
    };
    record::heard(run, &answer);
    answer
}

/// Calls a tool of a server, see [`request`].
///
/// # Errors
/// Those of rmcp. That a tool failed is none: its result says so.
pub async fn call_tool(
    peer: &Peer<RoleClient>,
    params: CallToolRequestParams,
) -> Result<CallToolResult, ServiceError> {
    let call = ClientRequest::CallToolRequest(CallToolRequest::new(params));
    match request(peer, call).await? {
        ServerResult::CallToolResult(result) => Ok(result),
        _ => Err(ServiceError::UnexpectedResponse),
    }
}

/// Writes the current trace context into the `_meta` of a message, for stacks other than
/// rmcp. While telemetry is off it hands the context of others through.
pub fn inject(meta: &mut JsonObject) {
    record::inject(meta);
}

/// Runs a future in the trace context that the `_meta` of a message carries, for stacks
/// other than rmcp.
pub async fn within<F: Future>(meta: &JsonObject, future: F) -> F::Output {
    let scope: Option<record::Within> = record::extract(meta);
    Traced::run(future, scope).await.0
}
