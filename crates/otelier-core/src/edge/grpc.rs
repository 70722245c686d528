//! What servers of HTTP and of gRPC know of each other's calls, so that each is
//! recorded once, and what gRPC calls its endings.
//!
//! ```
//! use http::{Request, Version};
//! use otelier_core::edge::grpc::{self, Code};
//!
//! let mut call = Request::post("/shop.Prices/Get").version(Version::HTTP_2);
//! let call = call.header("content-type", "application/grpc+proto").body(()).unwrap();
//! assert!(grpc::is_call(&call));
//!
//! let trailers = [("grpc-status", "14")].map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
//! let code = Code::of(&trailers.into_iter().collect()).unwrap();
//! assert_eq!((code.name(), code.is_server_error()), ("UNAVAILABLE", true));
//! ```

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Version,
    header::CONTENT_TYPE,
};

static STATUS: HeaderName = HeaderName::from_static("grpc-status");
const CONTENT: &[u8] = b"application/grpc";

/// How a call ended.
///
/// See the [example of the module](crate::edge::grpc).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
#[expect(missing_docs, reason = "gRPC says what they are")]
pub enum Code {
    Ok,
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

/// By their numbers.
const CODES: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "CANCELLED"),
    (Code::Unknown, "UNKNOWN"),
    (Code::InvalidArgument, "INVALID_ARGUMENT"),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (Code::NotFound, "NOT_FOUND"),
    (Code::AlreadyExists, "ALREADY_EXISTS"),
    (Code::PermissionDenied, "PERMISSION_DENIED"),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (Code::FailedPrecondition, "FAILED_PRECONDITION"),
    (Code::Aborted, "ABORTED"),
    (Code::OutOfRange, "OUT_OF_RANGE"),
    (Code::Unimplemented, "UNIMPLEMENTED"),
    (Code::Internal, "INTERNAL"),
    (Code::Unavailable, "UNAVAILABLE"),
    (Code::DataLoss, "DATA_LOSS"),
    (Code::Unauthenticated, "UNAUTHENTICATED"),
];

impl Code {
    /// What trailers say, or a head that has none; [`Unknown`](Self::Unknown) for
    /// what is no code.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let number = match headers.get(&STATUS)?.as_bytes() {
            [one @ b'0'..=b'9'] => Some(one - b'0'),
            [b'1', one @ b'0'..=b'9'] => Some(10 + one - b'0'),
            _ => None,
        };
        let known = number.and_then(|number| CODES.get(usize::from(number)));
        Some(known.map_or(Self::Unknown, |(code, _)| *code))
    }

    /// What stands for the status of HTTP where none of gRPC came: of somebody in
    /// between.
    #[must_use]
    pub fn of_http(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::Internal,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::Unimplemented,
            429 | 502 | 503 | 504 => Self::Unavailable,
            _ => Self::Unknown,
        }
    }

    /// Its name, the value of `rpc.status_code`.
    #[must_use]
    pub fn name(self) -> &'static str {
        CODES.get(self as usize).map_or("UNKNOWN", |(_, name)| name)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Whether it is an error as servers see it: not what callers did.
    #[must_use]
    pub fn is_server_error(self) -> bool {
        matches!(
            self,
            Self::Unknown
                | Self::DeadlineExceeded
                | Self::Unimplemented
                | Self::Internal
                | Self::Unavailable
                | Self::DataLoss
        )
    }
}

/// Whether a request is a call of gRPC; one of gRPC-Web is not, whose status is in
/// its body.
#[inline]
#[must_use]
pub fn is_call<B>(request: &Request<B>) -> bool {
    // Most requests are not, and end here.
    request.version() >= Version::HTTP_2
        && request.method() == Method::POST
        && request.headers().get(CONTENT_TYPE).is_some_and(is_grpc)
}

fn is_grpc(content: &HeaderValue) -> bool {
    let rest = content.as_bytes().strip_prefix(CONTENT);
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

static LAYERS: AtomicUsize = AtomicUsize::new(0);

/// Held by a layer that records the calls of a server as long as there is one:
/// servers of HTTP leave calls to it.
///
/// ```
/// use http::{Request, Version};
/// use otelier_core::edge::grpc::{self, Layer, Recorded};
///
/// let call = Request::post("/shop.Prices/Get").version(Version::HTTP_2);
/// let mut call = call.header("content-type", "application/grpc").body(()).unwrap();
/// assert!(!grpc::is_left(&call));
///
/// // A service that records calls has one of these.
/// let layer = Layer::new();
/// assert!(grpc::is_left(&call));
/// call.extensions_mut().insert(Recorded);
/// assert!(grpc::is_recorded(call.extensions()));
/// # drop(layer);
/// ```
#[derive(Debug)]
pub struct Layer(());

impl Layer {
    /// There is one more.
    #[must_use]
    pub fn new() -> Self {
        LAYERS.fetch_add(1, Relaxed);
        Self(())
    }
}

impl Default for Layer {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        LAYERS.fetch_sub(1, Relaxed);
    }
}

/// In the extensions of a call that a layer records.
///
/// See the example of [`Layer`].
#[derive(Clone, Copy, Debug)]
pub struct Recorded;

/// Whether a layer further out records this call.
#[inline]
#[must_use]
pub fn is_recorded(extensions: &Extensions) -> bool {
    has_layer() && extensions.get::<Recorded>().is_some()
}

/// Whether a server of HTTP is to leave a request to a layer further in.
///
/// # Cost
/// An atomic load where the process has no such layer.
#[inline]
#[must_use]
pub fn is_left<B>(request: &Request<B>) -> bool {
    has_layer() && is_call(request)
}

#[inline]
fn has_layer() -> bool {
    LAYERS.load(Relaxed) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content: &str) -> Request<()> {
        let request = Request::post("/a.B/C").version(Version::HTTP_2);
        request.header(CONTENT_TYPE, content).body(()).unwrap()
    }

    #[test]
    fn a_call_is_told_by_its_content() {
        for (content, expected) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc;x=1", true),
            ("application/grpc-web", false),
            ("application/json", false),
        ] {
            assert_eq!(is_call(&request(content)), expected, "{content}");
        }
        let mut old = request("application/grpc");
        *old.version_mut() = Version::HTTP_11;
        assert!(!is_call(&old));
        assert!(!is_call(&Request::new(())));
    }

    #[test]
    fn codes_stand_by_their_numbers() {
        for (number, (code, name)) in CODES.into_iter().enumerate() {
            assert_eq!(usize::from(code.number()), number);
            assert_eq!(code.name(), name);
            let headers = [(STATUS.clone(), number.to_string().parse().unwrap())];
            assert_eq!(Code::of(&HeaderMap::from_iter(headers)), Some(code));
        }
        let mut headers = HeaderMap::new();
        assert_eq!(Code::of(&headers), None);
        // Nor is what only some would read as a number, to who is called.
        for odd in ["17", "-1", "x", "", "+5", "05", "5 ", "016"] {
            headers.insert(&STATUS, odd.parse().unwrap());
            assert_eq!(Code::of(&headers), Some(Code::Unknown), "{odd}");
        }
        assert_eq!(Code::of_http(StatusCode::BAD_GATEWAY), Code::Unavailable);
    }

    #[test]
    fn calls_are_left_to_a_layer_as_long_as_there_is_one() {
        let call = request("application/grpc");
        assert!(!is_left(&call));
        let layer = Layer::new();
        assert!(is_left(&call) && !is_left(&request("text/plain")));
        drop(layer);
        assert!(!is_left(&call));
    }
}
