//! The clients of aws-smithy, such as those of the AWS SDK, which take an HTTP client.

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use http::HeaderMap;
use otelier_http::Call;

/// An HTTP client each of whose requests is a span; those that are tried again are a span each.
#[derive(Debug)]
pub struct Traced<C>(pub C);

impl<C: HttpClient> HttpClient for Traced<C> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.0.http_connector(settings, components);
        SharedHttpConnector::new(Connector(inner))
    }
}

#[derive(Debug)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let call = Call::begin(request.method(), request.uri());
        let mut headers = HeaderMap::new();
        call.inject(&mut headers);
        for (name, value) in &headers {
            if let Ok(value) = value.to_str() {
                // The signature does not cover it.
                let name = name.as_str().to_owned();
                request.headers_mut().insert(name, value.to_owned());
            }
        }
        let inner = self.0.clone();
        HttpConnectorFuture::new(async move {
            let answer = call.run(inner.call(request)).await;
            match &answer {
                Ok(response) => call.answered(response.status().as_u16()),
                Err(error) => call.failed(error),
            }
            answer
        })
    }
}
