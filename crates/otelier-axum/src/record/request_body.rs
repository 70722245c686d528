//! The request's body as it passes, for its size and for some of its fields.

use std::{
    any::Any,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context as TaskContext, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{HeaderMap, Request, header::CONTENT_TYPE},
};
use http_body::{Frame, SizeHint};
use opentelemetry::KeyValue;

use super::{json, listed::Listed};

/// Of a longer body only the start is looked at.
const MAX_COPIED: usize = 16 * 1024;

/// What was seen of a body so far.
#[derive(Default)]
pub(super) struct Seen {
    bytes: AtomicU64,
    /// The start of the body, if fields of it are wanted.
    start: Option<Mutex<Vec<u8>>>,
}

impl Seen {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// The attributes of the wanted fields, as far as they were seen.
    pub(super) fn fields(&self, wanted: &[Listed<String>]) -> Vec<KeyValue> {
        self.start.as_ref().map_or_else(Vec::new, |start| {
            let start = start.lock().unwrap_or_else(PoisonError::into_inner);
            json::fields(&start, wanted)
        })
    }

    fn add(&self, data: &[u8]) {
        self.bytes.fetch_add(data.len() as u64, Relaxed);
        if let Some(start) = &self.start {
            let mut start = start.lock().unwrap_or_else(PoisonError::into_inner);
            let room = MAX_COPIED.saturating_sub(start.len());
            start.extend(data.iter().take(room));
        }
    }
}

otelier_core::shown!(Seen: bytes);

/// Looks at a request's body from here on, if its size or its fields are wanted
/// and it is axum's own.
pub(super) fn watch<B: 'static>(
    request: &mut Request<B>,
    wants_size: bool,
    wants_fields: bool,
) -> Option<Arc<Seen>> {
    let wants_fields = wants_fields && is_json(request.headers());
    if !wants_size && !wants_fields {
        return None;
    }
    let body = (request.body_mut() as &mut dyn Any).downcast_mut::<Body>()?;
    let seen = Arc::new(Seen {
        start: wants_fields.then(Mutex::default),
        ..Seen::default()
    });
    *body = Body::new(SeenBody {
        inner: std::mem::take(body),
        seen: Arc::clone(&seen),
    });
    Some(seen)
}

fn is_json(headers: &HeaderMap) -> bool {
    let sent = headers.get(CONTENT_TYPE);
    let sent = sent.and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    let (sent, _) = sent.split_once(';').unwrap_or((sent, ""));
    let sent = sent.trim().to_ascii_lowercase();
    sent == "application/json" || sent.ends_with("+json")
}

/// Passes a body on unchanged.
struct SeenBody {
    inner: Body,
    seen: Arc<Seen>,
}

impl HttpBody for SeenBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.seen.add(data);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
