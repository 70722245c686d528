//! OTLP over gRPC: the frame and headers of a request, the meaning of an answer.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    Asked, Cause, Failure, Protocol,
    answer::{self, PartialSuccess},
    client::{Answer, End, Outcome},
    code::Code,
    http as plain,
};

const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const STATUS: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
const DETAILS: &str = "grpc-status-details-bin";

/// Adds what the protocol demands to the user's headers.
pub(crate) fn headers(headers: &mut HeaderMap, encoding: Option<&'static str>) {
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/grpc"),
    );
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(encoding) = encoding {
        headers.insert(ENCODING, HeaderValue::from_static(encoding));
    }
}

/// The head of a message, or `None` if it is longer than gRPC can say.
pub(crate) fn prefix(message: &[u8], encoding: Option<&'static str>) -> Option<Bytes> {
    let mut prefix = BytesMut::with_capacity(5);
    prefix.put_u8(encoding.is_some().into());
    prefix.put_u32(u32::try_from(message.len()).ok()?);
    Some(prefix.freeze())
}

pub(crate) fn outcome<'a>(
    answer: &Answer,
    asked: Asked,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Outcome {
    let headers = &answer.head.headers;
    // In an answer of trailers only, the headers are the trailers.
    let status = answer
        .trailers
        .iter()
        .chain([headers])
        .find_map(|fields| Some((fields, fields.get(STATUS)?)));
    if let Some((fields, status)) = status {
        return match Code::parse(status.as_bytes()) {
            Code::OK => Ok(partial_success(&answer.body)),
            code => Err(refusal(code, fields, asked, secrets)),
        };
    }
    if answer.head.status != StatusCode::OK && plain::is_of_the_way(answer.head.status) {
        return Err(plain::refusal(answer, asked, secrets));
    }
    if !plain::content_type(headers).starts_with("application/grpc") {
        return Err(Cause::ExpectedGrpc.into());
    }
    Err(match &answer.end {
        End::Broken(cause) => cause.clone(),
        End::Cut => malformed("longer than 16 KiB"),
        End::Complete => malformed("it has no grpc-status"),
    }
    .into())
}

const fn malformed(reason: &'static str) -> Cause {
    Cause::Malformed {
        protocol: Protocol::Grpc,
        reason,
    }
}

fn refusal<'a>(
    code: Code,
    fields: &HeaderMap,
    asked: Asked,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Failure {
    let message = fields
        .get(MESSAGE)
        .map(|message| answer::grpc_message(message.as_bytes()))
        .unwrap_or_default();
    let cause = Cause::Grpc {
        code,
        asked,
        message: answer::presentable(&message, secrets),
    };
    let details = fields.get(DETAILS);
    Failure {
        retry_after: details.and_then(|details| answer::retry_info(details.as_bytes())),
        ..Failure::from(cause)
    }
}

/// Reads the first message, which is the only one; compressed it is not, as
/// none was asked for.
fn partial_success(body: &[u8]) -> PartialSuccess {
    match body.split_first_chunk::<5>() {
        Some(([0, a, b, c, d], message)) => {
            let length = u32::from_be_bytes([*a, *b, *c, *d]);
            usize::try_from(length)
                .ok()
                .and_then(|length| message.get(..length))
                .map(PartialSuccess::from_protobuf)
                .unwrap_or_default()
        }
        _ => PartialSuccess::default(),
    }
}
