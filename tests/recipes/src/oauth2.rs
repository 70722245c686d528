//! oauth2 5, which hands its requests to a function.

use oauth2::{HttpClientError, HttpRequest, HttpResponse};

use crate::reqwest_012;

/// Sends what oauth2 asks for, for `request_async(&|request| send(&http, request))`.
pub async fn send(
    http: &reqwest::Client,
    request: HttpRequest,
) -> Result<HttpResponse, HttpClientError<reqwest::Error>> {
    let request = request.try_into().map_err(Box::new)?;
    let response = reqwest_012::execute(http, request)
        .await
        .map_err(Box::new)?;
    let mut answer = http::Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        headers.clone_from(response.headers());
    }
    let body = response.bytes().await.map_err(Box::new)?;
    Ok(answer.body(body.to_vec())?)
}
