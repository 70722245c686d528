//! async-openai, with its feature `middleware`.

use async_openai::{
    Client,
    config::Config,
    middleware::{HttpRequestFactory, ReqwestService, retry::OpenAIRetryLayer},
};
use otelier_genai::GenAiLayer;
use tower::ServiceBuilder;

/// A client whose calls are spans with their tokens. The layer stands outside of the
/// retries, and looks at a request that it makes itself.
pub fn client<C: Config>(config: C, models: otelier_genai::Config) -> Client<C> {
    let layer = GenAiLayer::with_config(models);
    let layer =
        layer.peeking(|request: HttpRequestFactory| async move { request.build().await.ok() });
    let service = ServiceBuilder::new()
        .layer(layer)
        .layer(OpenAIRetryLayer::default())
        .service(ReqwestService::new(reqwest_013::Client::new()));
    Client::with_config(config).with_http_service(service)
}
