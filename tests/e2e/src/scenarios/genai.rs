//! Calls models, tools and agents, and servers of MCP, with all that can be told.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    routing::post,
};
use futures_util::{StreamExt as _, stream};
use otelier::genai::{
    Agent, Config, Embeddings, GenAiMiddleware, Inference, Message, Modality, Prices, Retrieval,
    Tool, Usage, mcp,
};
use reqwest_middleware::ClientBuilder;
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientRequest, ContentBlock,
        GetPromptRequest, GetPromptRequestParams, ReadResourceRequest, ReadResourceRequestParams,
    },
    service::RequestContext,
    transport::{
        StreamableHttpClientTransport,
        streamable_http_server::{
            StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
        },
    },
};
use tokio::{net::TcpListener, task::JoinSet};

const ASKED: &str = r#"{"model":"gpt-5","stream":true,"temperature":0.5,"top_p":0.9,"top_k":40,"seed":7,
"n":2,"max_tokens":99,"frequency_penalty":0.1,"presence_penalty":0.2,"stop":["a"],
"reasoning_effort":"low","previous_response_id":"r-0","conversation":"c-1",
"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"s3cr3t"}]}"#;

const ANSWER: &str = "data: {\"id\":\"c-1\",\"model\":\"gpt-5-x\",\"choices\":[{\"delta\":{\"content\":\"s3cr3t\"}}]}\n\n\
data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":7,\
\"prompt_tokens_details\":{\"cached_tokens\":4},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n\
data: [DONE]\n\n";

pub(crate) async fn all() -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let own = listener.local_addr()?;
    let models = Router::new()
        .route(
            "/v1/chat/completions",
            post(async || ([(CONTENT_TYPE, "text/event-stream")], ANSWER)),
        )
        .route(
            "/v1/embeddings",
            post(async || StatusCode::TOO_MANY_REQUESTS),
        );
    tasks.spawn(async move {
        let _ = axum::serve(listener, models).await;
    });
    passing(own).await?;
    guarded().await?;
    messages(&mut tasks).await
}

async fn passing(own: SocketAddr) -> anyhow::Result<()> {
    let prices =
        Prices::from_json(r#"{"gpt-5": {"input": 1.25, "output": 10}, "embed": {"input": 1}}"#)?;
    let config = Config::new()
        .with_host(own.to_string(), "vllm")
        .with_prices(&prices);
    let client = reqwest::Client::builder().no_proxy().build()?;
    let client = ClientBuilder::new(client)
        .with(GenAiMiddleware::with_config(config))
        .build();
    let chat = client.post(format!("http://{own}/v1/chat/completions"));
    chat.body(ASKED).send().await?.bytes().await?;
    let embed = client.post(format!("http://{own}/v1/embeddings"));
    embed.body(r#"{"model":"embed"}"#).send().await?;
    Ok(())
}

async fn guarded() -> anyhow::Result<()> {
    let prices = Prices::new(|_, _| Some(0.01));
    let usage = Usage::new()
        .with_input_tokens(20)
        .with_output_tokens(7)
        .with_cache_write_tokens(3)
        .with_input_of(Modality::Text, 10)
        .with_input_of(Modality::Image, 5)
        .with_input_of(Modality::Audio, 5)
        .with_output_of(Modality::Text, 3)
        .with_output_of(Modality::Image, 2)
        .with_output_of(Modality::Audio, 2);
    let task = Agent::new("planner")
        .with_version("3")
        .with_provider("own")
        .with_conversation("c-1");
    let done: io::Result<()> = task
        .run(async |_| {
            let found = Retrieval::new("handbook")
                .with_provider("own")
                .with_top_k(5);
            found.run(async |_| io::Result::Ok(())).await?;
            let embedded = Embeddings::new("own", "embed").with_dimensions(256);
            let embedded = embedded.with_server("127.0.0.1", 9).with_prices(&prices);
            let told = embedded.run(async |call| {
                call.response_model("embed-x");
                call.usage(usage);
                io::Result::Ok(())
            });
            told.await?;
            let asked = Inference::new("own", "chat", "gpt-5").with_prices(&prices);
            let asked = asked
                .with_instructions(|| "s3cr3t")
                .with_tools(|| r#"[{"type":"function","name":"stock","description":"s3cr3t"}]"#)
                .with_messages(|| [Message::user("s3cr3t")]);
            let answer = asked.with_server("127.0.0.1", 9).run(async |call| {
                call.text(|| "s3cr3t");
                call.response_model("gpt-5-x");
                call.usage(usage);
                io::Result::Ok(call.stream(stream::iter([io::Result::Ok("s3cr3t")])))
            });
            answer.await?.count().await;
            let tool = Tool::new("stock").with_call("call_7").with_type("function");
            let tool = tool.with_arguments(|| r#"{"of":"s3cr3t"}"#);
            tool.run(async |call| {
                call.result(|| "s3cr3t");
                Err::<(), _>(io::Error::other("sold out"))
            })
            .await
        })
        .await;
    // Each of them failed as it was to.
    drop(done);
    let _ = Inference::new("own", "chat", "gpt-5")
        .run(async |_| Err::<(), _>(io::Error::other("no model")))
        .await;
    let _ = Retrieval::new("handbook")
        .run(async |_| Err::<(), _>(io::Error::other("no handbook")))
        .await;
    Ok(())
}

struct Shop;

impl ServerHandler for Shop {
    async fn call_tool(
        &self,
        called: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if called.name == "breaks" {
            return Err(ErrorData::internal_error("on purpose", None));
        }
        Ok(CallToolResult::success(vec![ContentBlock::text("s3cr3t")]).into())
    }
}

async fn messages(tasks: &mut JoinSet<()>) -> anyhow::Result<()> {
    let shop = StreamableHttpService::new(
        || Ok(mcp::server(Shop)),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let app = Router::new().route_service("/mcp", mcp::over_http(shop));
    let app = otelier::axum::instrument(app);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/mcp", listener.local_addr()?);
    tasks.spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    let client = ().serve(StreamableHttpClientTransport::from_uri(url)).await?;
    mcp::call_tool(&client, CallToolRequestParams::new("stock")).await?;
    let _ = mcp::call_tool(&client, CallToolRequestParams::new("breaks")).await;
    let prompt = GetPromptRequest::new(GetPromptRequestParams::new("greet"));
    let _ = mcp::request(&client, ClientRequest::GetPromptRequest(prompt)).await;
    let read = ReadResourceRequest::new(ReadResourceRequestParams::new("file:///stock.csv"));
    let _ = mcp::request(&client, ClientRequest::ReadResourceRequest(read)).await;
    Ok(())
}
