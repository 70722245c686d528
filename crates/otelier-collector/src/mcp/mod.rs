//! What is kept, for agents: a server of the Model Context Protocol.
//!
//! At `/mcp` it answers from the store. On the pipes of a terminal it passes calls on to a
//! collector that runs, so that an agent can have it before there is one.

mod answer;
mod arguments;
mod far;
mod lists;
mod page;
mod span;
mod table;
mod tree;
mod wait;

use self::{answer::Answer, arguments::Arguments, far::Far, table::Tool};
use crate::api::{answer::protect, desk::Desk};
use axum::{Router, middleware::map_response, response::Response};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
        JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
        Tool as Told,
    },
    service::RequestContext,
    transport::{
        StreamableHttpServerConfig, StreamableHttpService, stdio,
        streamable_http_server::session::never::NeverSessionManager,
    },
};
use std::{io, sync::Arc};
use tokio::sync::Semaphore;

/// Calls that are under way at once.
const MOST: usize = 32;
/// Bytes of one call.
const LONGEST: usize = 64 << 10;

/// The server at `/mcp`: without sessions, so that nothing is kept between calls. Who may ask is
/// decided at the door, as for everything.
pub(crate) fn router(desk: Desk) -> Router {
    let near = Server {
        source: Source::Near(desk),
        places: Arc::new(Semaphore::new(MOST)),
    };
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(LONGEST)
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(near.clone()), sessions, config);
    Router::new()
        .route_service("/mcp", service)
        .layer(map_response(async |mut response: Response| {
            protect(response.headers_mut());
            response
        }))
}

/// Answers an agent on stdin and stdout from the collector at this endpoint, such as
/// `http://127.0.0.1:4318`, until stdin ends. There need be none yet: then each call is told so.
///
/// # Errors
/// What is said at first is no Model Context Protocol, or the feature `mcp` is off.
pub async fn serve_mcp(endpoint: &str) -> io::Result<()> {
    let server = Server {
        source: Source::Far(Far::at(endpoint)),
        places: Arc::new(Semaphore::new(MOST)),
    };
    let running = server.serve(stdio()).await.map_err(io::Error::other)?;
    running.waiting().await.map_err(io::Error::other)?;
    Ok(())
}

#[derive(Debug, Clone)]
struct Server {
    source: Source,
    places: Arc<Semaphore>,
}

/// What answers come from.
#[derive(Debug, Clone)]
enum Source {
    Near(Desk),
    Far(Far),
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let us = Implementation::new("otelier-collector", env!("CARGO_PKG_VERSION"))
            .with_title("Traces, logs and metrics of programs on this machine");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(us)
            .with_instructions(table::INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = table::TOOLS.iter().map(Told::from).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    fn get_tool(&self, name: &str) -> Option<Told> {
        Tool::named(name).map(Told::from)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = Tool::named(&request.name) else {
            let names: Vec<_> = table::TOOLS.iter().map(|tool| tool.name).collect();
            let words = format!("no such tool: there are {}", names.join(", "));
            return Err(ErrorData::invalid_params(words, None));
        };
        let answer = async {
            let arguments = request.arguments.unwrap_or_default();
            let _place = self.places.try_acquire().map_err(|_| {
                format!("{MOST} calls are under way already: call again when one has ended")
            })?;
            match &self.source {
                Source::Near(desk) => {
                    let work = near(desk.clone(), tool, arguments);
                    let answer = desk.aside.run(work).await;
                    answer.unwrap_or_else(|| Err("the answer came to no end".into()))
                }
                Source::Far(far) => far.call(tool, arguments).await,
            }
        };
        let answer = tokio::select! {
            answer = answer => answer,
            () = context.ct.cancelled() => Err("cancelled".into()),
        };
        let result = match answer {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
            Err(text) => CallToolResult::error(vec![ContentBlock::text(text)]),
        };
        Ok(result.into())
    }
}

async fn near(desk: Desk, tool: &'static Tool, arguments: JsonObject) -> Answer {
    let desk = &desk;
    let arguments = Arguments::read(tool, &arguments)?;
    match tool.name {
        table::SERVICES => lists::services(desk, &arguments).await,
        table::SEARCH_TRACES => lists::traces(desk, &arguments).await,
        table::GET_TRACE => tree::trace(desk, &arguments).await,
        table::SEARCH_LOGS => lists::logs(desk, &arguments).await,
        table::LIST_METRICS => lists::metrics(desk, &arguments).await,
        table::LIST_ERRORS => lists::errors(desk, &arguments).await,
        _ => wait::wait(desk, &arguments).await,
    }
}
