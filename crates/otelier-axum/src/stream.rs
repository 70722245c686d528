//! Which responses are streams, that last as long as somebody listens.

use axum::{
    body::HttpBody,
    http::{
        Response,
        header::{CONTENT_TYPE, HeaderValue},
    },
};

/// A response says so itself.
#[derive(Clone)]
pub(crate) struct Marked;

/// What kind of stream it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Server-Sent Events.
    Events,
    /// One that says so.
    Other,
}

/// The kind of a response that is a stream. One that fails, or whose length is
/// known, is none.
pub(crate) fn kind<B: HttpBody>(response: &Response<B>) -> Option<Kind> {
    if !response.status().is_success() || response.body().size_hint().exact().is_some() {
        return None;
    }
    let content = response.headers().get(CONTENT_TYPE);
    if content.is_some_and(is_events) {
        return Some(Kind::Events);
    }
    let marked = response.extensions().get::<Marked>();
    marked.map(|_| Kind::Other)
}

fn is_events(content: &HeaderValue) -> bool {
    const EVENTS: &[u8] = b"text/event-stream";
    let content = content.as_bytes();
    let (start, rest) = content.split_at(EVENTS.len().min(content.len()));
    start.eq_ignore_ascii_case(EVENTS) && matches!(rest.first(), None | Some(b';' | b' '))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode};

    use super::*;

    fn of(content: &str, body: Body) -> Option<Kind> {
        let response = Response::builder().header(CONTENT_TYPE, content);
        kind(&response.body(body).unwrap())
    }

    fn open() -> Body {
        struct Open;
        impl HttpBody for Open {
            type Data = axum::body::Bytes;
            type Error = std::convert::Infallible;

            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>>
            {
                std::task::Poll::Pending
            }
        }
        Body::new(Open)
    }

    #[test]
    fn events_and_what_says_so_are_streams() {
        for content in [
            "text/event-stream",
            "Text/Event-Stream",
            "text/event-stream; charset=utf-8",
            "text/event-stream;charset=utf-8",
        ] {
            assert_eq!(of(content, open()), Some(Kind::Events), "{content}");
        }
        for content in ["text/event-streams", "text/event", "application/json", ""] {
            assert_eq!(of(content, open()), None, "{content}");
        }
        let mut marked = Response::new(open());
        marked.extensions_mut().insert(Marked);
        assert_eq!(kind(&marked), Some(Kind::Other));
        *marked.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(kind(&marked), None);
        assert_eq!(of("text/event-stream", Body::from("data: 1")), None);
    }
}
