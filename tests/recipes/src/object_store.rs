//! object_store 0.13, which takes a connector.

use object_store::{
    ClientOptions, Result,
    client::{
        HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService,
        ReqwestConnector,
    },
};
use otelier_http::Call;

/// Its own connector, each of whose requests is a span; those that it tries again
/// are a span each.
#[derive(Debug, Default)]
pub struct Traced(ReqwestConnector);

impl HttpConnector for Traced {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        Ok(HttpClient::new(Service(self.0.connect(options)?)))
    }
}

#[derive(Debug)]
struct Service(HttpClient);

#[async_trait::async_trait]
impl HttpService for Service {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let call = Call::begin(request.method().as_str(), &request.uri().to_string());
        call.inject(request.headers_mut());
        let answer = call.run(self.0.execute(request)).await;
        match &answer {
            Ok(response) => call.answered(response.status().as_u16()),
            Err(error) => call.failed(error),
        }
        answer
    }
}
