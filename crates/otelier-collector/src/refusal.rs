//! Why a request is refused, in the words of gRPC and of HTTP.

use crate::{reason::Reason, room::Full};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use prost::Message as _;
use serde_json::json;
use std::{fmt, time::Duration};

/// The gRPC status codes that a collector answers with.
///
/// See the example of [`Refusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are those of the gRPC specification")]
pub enum Code {
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

impl Code {
    const fn http(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::OutOfRange => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::NotFound | Self::Unimplemented => 404,
            Self::Aborted => 409,
            Self::ResourceExhausted => 429,
            Self::Cancelled => 499,
            Self::Unavailable => 503,
            Self::DeadlineExceeded => 504,
            Self::Unknown | Self::Internal | Self::DataLoss => 500,
        }
    }
}

/// No more bytes of what a sender wrote are told, to it or on a terminal.
const LONGEST: usize = 500;

/// The beginning of a text, of so many bytes at most.
pub(crate) fn shorten(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    format!(
        "{}…",
        text.get(..text.floor_char_boundary(longest))
            .unwrap_or_default()
    )
}

/// A refusal: what a sender is answered instead of success.
///
/// ```
/// use otelier_collector::{Code, Refusal};
///
/// let refusal = Refusal::new(Code::ResourceExhausted, "quota is used up").with_http(429);
/// assert_eq!(refusal.to_string(), "ResourceExhausted (HTTP 429): quota is used up");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    code: Code,
    http: u16,
    message: String,
    retry_after: Option<Duration>,
    reason: Reason,
}

impl Refusal {
    /// Refuses with this code; over HTTP with the status that usually stands for it.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            http: code.http(),
            message: message.into(),
            retry_after: None,
            reason: Reason::Fault,
        }
    }

    fn of(reason: Reason, code: Code, message: impl fmt::Display) -> Self {
        Self {
            reason,
            ..Self::new(code, shorten(&message.to_string(), LONGEST))
        }
    }

    pub(crate) const fn reason(&self) -> Reason {
        self.reason
    }

    /// Answers another status over HTTP, 400 to 599; any other is taken as 500.
    pub const fn with_http(mut self, status: u16) -> Self {
        self.http = if status >= 400 && status <= 599 {
            status
        } else {
            500
        };
        self
    }

    /// Tells the sender when to retry: `Retry-After` in whole seconds (rounded up) over HTTP,
    /// `RetryInfo` in the status details in both.
    pub const fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The gRPC status code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The HTTP status.
    #[must_use]
    pub const fn http(&self) -> u16 {
        self.http
    }

    /// The reason.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn malformed(reason: impl fmt::Display) -> Self {
        Self::of(Reason::Malformed, Code::InvalidArgument, reason)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::of(
            Reason::TooLarge,
            Code::ResourceExhausted,
            format_args!("the request is larger than {limit} bytes after decompression"),
        )
        .with_http(413)
    }

    pub(crate) fn too_heavy(memory: usize) -> Self {
        Self::of(
            Reason::TooLarge,
            Code::ResourceExhausted,
            format_args!("the request takes more than {memory} bytes of memory when decoded"),
        )
        .with_http(413)
    }

    pub(crate) fn encoding(what: impl fmt::Display) -> Self {
        Self::of(Reason::Encoding, Code::Unimplemented, what).with_http(415)
    }

    pub(crate) fn content_type(what: impl fmt::Display) -> Self {
        Self::of(Reason::ContentType, Code::Unimplemented, what).with_http(415)
    }

    /// Other requests take all the memory that requests may take.
    pub(crate) fn busy() -> Self {
        let words = "too much is under way at this moment";
        Self::of(Reason::Busy, Code::Unavailable, words).with_retry_after(Duration::from_secs(1))
    }

    pub(crate) fn timeout(what: impl fmt::Display) -> Self {
        Self::of(Reason::Timeout, Code::DeadlineExceeded, what).with_http(408)
    }

    pub(crate) fn closing() -> Self {
        let words = "the collector is shutting down";
        Self::of(Reason::Closing, Code::Unavailable, words)
    }

    pub(crate) fn in_a_circle() -> Self {
        let words = "the request has come by here before";
        Self::of(Reason::Loop, Code::Aborted, words).with_http(508)
    }

    /// Telemetry at a path or a port that takes none.
    pub(crate) fn path(words: impl fmt::Display) -> Self {
        Self::of(Reason::Path, Code::Unimplemented, words)
    }

    pub(crate) fn host(name: &str) -> Self {
        Self::of(
            Reason::Host,
            Code::PermissionDenied,
            format_args!(
                "the host {name:?} is neither an address nor localhost nor a name that was allowed"
            ),
        )
    }

    pub(crate) fn origin(name: &str) -> Self {
        Self::of(
            Reason::Origin,
            Code::PermissionDenied,
            format_args!("pages of {name:?} may not ask"),
        )
    }

    /// The reason, with what helps.
    pub(crate) fn told(&self) -> String {
        match self.reason.hint() {
            "" => self.message.clone(),
            hint => format!("{}; {hint}", self.message),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after
            .map(|delay| delay.as_secs() + u64::from(delay.subsec_nanos() > 0))
    }

    /// The `google.rpc.Status` message.
    pub(crate) fn to_protobuf(&self) -> Bytes {
        let details = self.retry_after.map(|delay| Any {
            type_url: RETRY_INFO.into(),
            value: RetryInfo {
                retry_delay: Some(ProtoDuration {
                    seconds: i64::try_from(delay.as_secs()).unwrap_or(i64::MAX),
                    nanos: i32::try_from(delay.subsec_nanos()).unwrap_or_default(),
                }),
            }
            .encode_to_vec(),
        });
        let status = Status {
            code: self.code as i32,
            message: self.message.clone(),
            details: details.into_iter().collect(),
        };
        status.encode_to_vec().into()
    }

    /// The `google.rpc.Status` message in JSON.
    pub(crate) fn to_json(&self) -> String {
        let mut status = json!({ "code": self.code as i32, "message": self.message });
        if let (Some(delay), Some(status)) = (self.retry_after, status.as_object_mut()) {
            let delay = format!("{}s", delay.as_secs_f64());
            let info = json!([{ "@type": RETRY_INFO, "retryDelay": delay }]);
            status.insert("details".into(), info);
        }
        status.to_string()
    }

    /// The headers (or trailers) that end a gRPC call with this refusal.
    pub(crate) fn grpc_headers(&self) -> HeaderMap {
        let message = utf8_percent_encode(&self.message, MESSAGE).to_string();
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", HeaderValue::from(self.code as i32));
        if let Ok(message) = HeaderValue::try_from(message) {
            headers.insert("grpc-message", message);
        }
        if self.retry_after.is_some() {
            let details = STANDARD_NO_PAD.encode(self.to_protobuf());
            if let Ok(details) = HeaderValue::try_from(details) {
                headers.insert(HeaderName::from_static("grpc-status-details-bin"), details);
            }
        }
        headers
    }
}

impl From<Full> for Refusal {
    fn from(Full: Full) -> Self {
        Self::busy()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (HTTP {}): {}", self.code, self.http, self.message)
    }
}

/// What gRPC escapes in `grpc-message`, besides everything that is not ASCII.
const MESSAGE: &AsciiSet = &CONTROLS.add(b'%');

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<ProtoDuration>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ProtoDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}
