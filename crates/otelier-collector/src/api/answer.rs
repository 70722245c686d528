//! Answers of bounded size, written in slices that let others through.

use super::pieces::Pieces;
use crate::{
    json::{Object, Writer},
    pace::{Pace, SLICE},
    query::BadQuery,
    room::{Full, Held, Room},
};
use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

/// Bytes of the entries of one answer.
pub(super) const ENTRIES: usize = 8 << 20;
/// Bytes of what stands around them.
const AROUND: usize = 4 << 20;

/// Why something is not answered.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    pub(crate) message: String,
    /// Where in a query.
    pub(crate) column: Option<usize>,
}

impl Problem {
    pub(super) const fn new(status: StatusCode, message: String) -> Self {
        Self {
            status,
            message,
            column: None,
        }
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    pub(super) fn no_trace() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no such trace (any more)".into())
    }

    pub(super) const fn bad(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

impl From<BadQuery> for Problem {
    fn from(bad: BadQuery) -> Self {
        Self {
            column: Some(bad.column),
            ..Self::bad(bad.message)
        }
    }
}

impl From<Full> for Problem {
    fn from(Full: Full) -> Self {
        let words = "too much is under way at this moment: ask again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, words.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let error = match self.column {
            Some(column) => json!({ "error": self.message, "column": column }),
            None => json!({ "error": self.message }),
        };
        let mut response = (self.status, Json(error)).into_response();
        protect(response.headers_mut());
        response
    }
}

/// An answer under construction, whose bytes are taken from the room.
pub(crate) struct Answer {
    writer: Writer<'static>,
    held: Held,
    pub(super) pace: Pace,
    /// Whether the next entry of the open list is its first.
    first: bool,
    begun: bool,
}

/// Whether there was room for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Taken,
    TooLarge,
}

impl Answer {
    pub(super) fn new(room: &Room) -> Self {
        let mut writer = Writer::bounded(ENTRIES + AROUND);
        writer.raw("{");
        Self {
            writer,
            held: room.hold(),
            pace: Pace::default(),
            first: true,
            begun: false,
        }
    }

    fn key(&mut self, key: &str) {
        if std::mem::replace(&mut self.begun, true) {
            self.writer.raw(",");
        }
        self.writer.text(key);
        self.writer.raw(":");
    }

    /// Writes fields of the answer itself.
    pub(super) fn fields(&mut self, write: impl FnOnce(&mut Object<'_, 'static>)) {
        self.writer.fields(self.begun, write);
        self.begun = true;
    }

    /// Writes a field as it is.
    pub(super) fn raw(&mut self, key: &str, json: &[u8]) {
        self.key(key);
        self.writer.raw(&String::from_utf8_lossy(json));
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        self.writer.text(text);
    }

    pub(super) fn open_list(&mut self, key: &str) {
        self.key(key);
        self.writer.raw("[");
        self.first = true;
    }

    pub(super) fn close_list(&mut self) {
        self.writer.raw("]");
    }

    /// Writes an entry of the open list, if it has room with so many bytes beside it.
    pub(super) async fn entry(
        &mut self,
        beside: usize,
        write: impl FnOnce(&mut Writer<'static>) + Send,
    ) -> Result<Fit, Full> {
        let mark = self.writer.mark();
        if !self.first {
            self.writer.raw(",");
        }
        write(&mut self.writer);
        if self.writer.is_full() || self.writer.mark() + beside > ENTRIES {
            self.writer.rewind(mark);
            return Ok(Fit::TooLarge);
        }
        self.first = false;
        let missing = (self.writer.mark() + beside).saturating_sub(self.held.bytes());
        if missing > 0 {
            self.held.grow(missing.max(SLICE))?;
        }
        self.pace.spend(self.writer.mark() - mark).await;
        Ok(Fit::Taken)
    }

    pub(super) fn finish(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        let (bytes, held) = self.into_bytes();
        respond(json, bytes, held)
    }

    pub(super) fn into_bytes(mut self) -> (Vec<u8>, Held) {
        self.writer.raw("}\n");
        (self.writer.into_bytes(), self.held)
    }
}

/// An answer whose bytes hold their place in the room until they are sent.
pub(super) fn respond(content_type: HeaderValue, bytes: Vec<u8>, held: Held) -> Response {
    let mut response = Response::new(Body::new(Pieces::of(bytes, held)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    protect(headers);
    response
}

/// Keeps what is answered from being taken for something else, or by somebody else.
pub(crate) fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
