//! OTLP over HTTP, in protobuf and JSON.

use super::{
    answer,
    intake::{Intake, media_type},
};
use crate::{
    decode::Format,
    refusal::Refusal,
    signal::{Signal, Transport},
};
use axum::{
    Router,
    extract::Request,
    response::{IntoResponse as _, Response},
    routing::any,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `/v1/traces`, `/v1/metrics` and `/v1/logs`.
pub(crate) fn router(intake: &Arc<Intake>) -> Router {
    let mut router = Router::new();
    for signal in Signal::ALL {
        let intake = Arc::clone(intake);
        router = router.route(
            signal.http_path(),
            any(move |request: Request| async move { receive(&intake, signal, request).await }),
        );
    }
    router
}

async fn receive(intake: &Intake, signal: Signal, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        let allow = [(header::ALLOW, "POST")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "send with POST\n").into_response();
    }
    let format = format(&head.headers);
    let mut arrival = match intake.arrive(signal, Transport::Http, &head.headers) {
        Ok(arrival) => arrival,
        Err(refusal) => return refuse(&refusal, format.ok()),
    };
    let work = async {
        let body = arrival.read(body, intake.max_request).await?;
        let format = format.clone()?;
        let message = arrival.inflate(body)?;
        arrival.take(message, format).await
    };
    let result = tokio::select! {
        result = work => result,
        () = intake.closing() => Err(Refusal::closing()),
    };
    let format = format.ok();
    match result {
        Ok(rejected) => match format {
            Some(Format::Json) => respond(JSON, answer::json(signal, &rejected)),
            _ => respond(PROTOBUF, answer::protobuf(&rejected)),
        },
        Err(refusal) => {
            arrival.refused(&refusal);
            refuse(&refusal, format)
        }
    }
}

pub(super) fn format(headers: &HeaderMap) -> Result<Format, Refusal> {
    match &*media_type(headers) {
        "application/x-protobuf" => Ok(Format::Protobuf),
        "application/json" => Ok(Format::Json),
        "" => Err(Refusal::content_type("the content type is missing")),
        other => Err(Refusal::content_type(format_args!(
            "the content type {other:?} is neither application/x-protobuf nor application/json"
        ))),
    }
}

fn respond(content_type: HeaderValue, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

/// Refuses any request, in the format that it seems to have.
pub(super) fn refuse_any(refusal: &Refusal, headers: &HeaderMap) -> Response {
    match format(headers) {
        Ok(format) => refuse(refusal, Some(format)),
        Err(_) => {
            let error = serde_json::json!({ "error": refusal.told() });
            let mut response = respond(JSON, error.to_string());
            *response.status_mut() = refusal.status();
            response
        }
    }
}

/// In the format of the request; in words when that is not known.
pub(super) fn refuse(refusal: &Refusal, format: Option<Format>) -> Response {
    let mut response = match format {
        Some(Format::Json) => respond(JSON, refusal.to_json()),
        Some(Format::Protobuf) => respond(PROTOBUF, refusal.to_protobuf()),
        None => format!("{}\n", refusal.message()).into_response(),
    };
    *response.status_mut() = refusal.status();
    if let Some(seconds) = refusal.retry_after_seconds() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
