//! OTLP over gRPC.
//!
//! Frames are read here and not by a gRPC library: those answer INTERNAL to a malformed message
//! and OUT_OF_RANGE to a large one, where OTLP wants INVALID_ARGUMENT and RESOURCE_EXHAUSTED, and
//! do not tell how large a request was on the wire.

use super::{
    door::{Door, is_call},
    intake::{Arrival, Intake},
};
use crate::{
    decode::{Format, Rejected},
    refusal::{Refusal, shorten},
    signal::{Signal, Transport},
};
use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
    routing::any,
};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use http_body_util::{BodyExt as _, Full};
use std::{future::ready, sync::Arc};

/// The compression flag and the length of a message.
const HEAD: usize = 5;
const ENCODINGS: HeaderValue = HeaderValue::from_static("identity,gzip,deflate,zstd");

/// The three services; everything else is UNIMPLEMENTED.
pub(crate) fn router(intake: &Arc<Intake>, door: &Arc<Door>) -> Router {
    let guard = Arc::clone(door);
    let mut router = Router::new().fallback(move |request: Request| async move {
        unwelcome(&guard, &request).unwrap_or_else(|| {
            let method = request.uri().path();
            let words = format!("unknown method {}", shorten(method, 100));
            let refusal = Refusal::path(words);
            guard.note_stray(&refusal, &request);
            refuse(&refusal)
        })
    });
    for signal in Signal::ALL {
        let (intake, door) = (Arc::clone(intake), Arc::clone(door));
        router = router.route(
            signal.grpc_path(),
            any(move |request: Request| async move {
                if let Some(response) = unwelcome(&door, &request) {
                    return response;
                }
                let (head, body) = request.into_parts();
                let mut arrival = match intake.arrive(signal, Transport::Grpc, &head.headers) {
                    Ok(arrival) => arrival,
                    Err(refusal) => return refuse(&refusal),
                };
                let result = tokio::select! {
                    result = export(&intake, &mut arrival, body) => result,
                    () = intake.closing() => Err(Refusal::closing()),
                };
                match result {
                    Ok(rejected) => success(&rejected),
                    Err(refusal) => {
                        arrival.refused(&refusal);
                        refuse(&refusal)
                    }
                }
            }),
        );
    }
    router
}

async fn export(
    intake: &Intake,
    arrival: &mut Arrival<'_>,
    body: Body,
) -> Result<Rejected, Refusal> {
    let frame = arrival
        .read(body, intake.max_request.saturating_add(HEAD))
        .await?;
    let (message, compressed) = unframe(frame)?;
    let message = if compressed {
        arrival.inflate(message)?
    } else {
        message
    };
    arrival.take(message, Format::Protobuf).await
}

/// The one message of a call, and whether it is compressed.
fn unframe(mut frame: Bytes) -> Result<(Bytes, bool), Refusal> {
    if frame.len() < HEAD {
        return Err(Refusal::malformed("the call has no message"));
    }
    let compressed = match frame.get_u8() {
        0 => false,
        1 => true,
        flag => {
            return Err(Refusal::malformed(format_args!(
                "the compression flag is {flag}, not 0 or 1"
            )));
        }
    };
    let length = frame.get_u32();
    if usize::try_from(length).ok() != Some(frame.len()) {
        return Err(Refusal::malformed(format_args!(
            "the message should have {length} bytes, {} came",
            frame.len()
        )));
    }
    Ok((frame, compressed))
}

/// An answer for what is not let in.
fn unwelcome(door: &Door, request: &Request) -> Option<Response> {
    let checked = door.check_call(request.uri(), request.headers());
    let refused = checked.err().map(|refusal| match not_grpc(request) {
        Some(_) => super::http::refuse_any(&refusal, request.headers()),
        None => refuse(&refusal),
    });
    refused.or_else(|| {
        let (status, words) = not_grpc(request)?;
        door.note_stray(&Refusal::path(words), request);
        let mut response = (status, words).into_response();
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let post = HeaderValue::from_static("POST");
            response.headers_mut().insert(header::ALLOW, post);
        }
        Some(response)
    })
}

/// What to answer a request that is no gRPC call, in plain words: often it is the other port.
fn not_grpc(request: &Request) -> Option<(StatusCode, &'static str)> {
    Some(if request.version() != Version::HTTP_2 {
        (
            StatusCode::BAD_REQUEST,
            "this port speaks gRPC over HTTP/2; OTLP over HTTP has a port of its own (4318)",
        )
    } else if request.method() != Method::POST {
        (StatusCode::METHOD_NOT_ALLOWED, "a gRPC call is a POST")
    } else if !is_call(request.headers()) {
        (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "this port speaks gRPC: the content type has to be application/grpc",
        )
    } else {
        return None;
    })
}

fn success(rejected: &Rejected) -> Response {
    let message = super::answer::protobuf(rejected);
    let mut frame = BytesMut::with_capacity(HEAD + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or_default());
    frame.extend_from_slice(&message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(frame.freeze()).with_trailers(ready(Some(Ok(trailers))));
    respond(HeaderMap::new(), Body::new(body))
}

fn refuse(refusal: &Refusal) -> Response {
    respond(refusal.grpc_headers(), Body::empty())
}

fn respond(headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/grpc"),
    );
    response
        .headers_mut()
        .insert("grpc-accept-encoding", ENCODINGS);
    response
}
