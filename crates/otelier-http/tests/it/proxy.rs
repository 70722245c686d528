//! axum's example of a reverse proxy.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
    routing::get,
};
use otelier_http::TraceLayer;
use otelier_testing::capture;
use tower::{Layer as _, Service, ServiceExt as _};

use crate::{get as request, plain, serve};

/// Sends a request on as it came, with another URI.
async fn forward<S, B>(
    State((client, upstream)): State<(S, String)>,
    mut request: Request,
) -> Result<Response, StatusCode>
where
    S: Service<Request, Response = http::Response<B>>,
    http::Response<B>: axum::response::IntoResponse,
{
    let path = request
        .uri()
        .path_and_query()
        .map_or("", |path| path.as_str());
    let uri = format!("http://{upstream}{path}");
    *request.uri_mut() = Uri::try_from(uri).map_err(|_| StatusCode::BAD_REQUEST)?;
    let answered = client.oneshot(request).await;
    let response = answered.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(response.into_response())
}

#[tokio::test]
async fn a_reverse_proxy_and_what_is_behind_it_are_one_trace() {
    let telemetry = capture();
    let behind = Router::new().route("/orders/{id}", get(async || "ok"));
    let upstream = serve(otelier_axum::instrument(behind)).await.to_string();
    let client = TraceLayer::new().layer(plain());
    let proxy = Router::new()
        .route("/{*path}", get(forward))
        .with_state((client, upstream.clone()));
    let proxy = serve(otelier_axum::instrument(proxy)).await;

    let stranger = format!("http://{proxy}/orders/7");
    let response = plain().request(request(&stranger)).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = axum::body::to_bytes(Body::new(response.into_body()), 16).await;
    assert_eq!(body.unwrap(), "ok");
    let tree = telemetry.tree().to_string();
    assert_eq!(
        tree,
        "GET /{*path} [server] 200\n  GET [client] 200\n    GET /orders/{id} [server] 200\n",
    );
}
