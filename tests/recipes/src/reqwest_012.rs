//! reqwest 0.12.

use otelier_http::Call;
use reqwest::{Client, Request, Response, Result};

/// Sends a request in a span of its own.
pub async fn execute(http: &Client, mut request: Request) -> Result<Response> {
    let call = Call::begin(request.method().as_str(), request.url().as_str());
    call.inject(request.headers_mut());
    let answer = call.run(http.execute(request)).await;
    match &answer {
        Ok(response) => call.answered(response.status().as_u16()),
        Err(error) => call.failed(error),
    }
    answer
}
