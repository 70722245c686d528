//! The request's body as it passes, for its size and for some of its fields.

use std::{
    any::Any,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context as TaskContext, Poll},
};

use axum::{
    body::Body,
    http::{HeaderMap, Request, header::CONTENT_TYPE},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use opentelemetry::KeyValue;

use super::{
    config::{Config, Named},
    json,
};

/// Of a longer body only the start is looked at.
const MAX_COPIED: usize = 16 * 1024;

/// What was seen of a body so far.
pub(super) struct Observed {
    bytes: AtomicU64,
    /// The start of the body, if fields of it are wanted.
    start: Option<Mutex<Vec<u8>>>,
    fields: Arc<[Named<String>]>,
}

impl Observed {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// The attributes of the wanted fields, as far as they were seen.
    pub(super) fn fields(&self) -> Vec<KeyValue> {
        match &self.start {
            None => Vec::new(),
            Some(start) => {
                let start = start.lock().unwrap_or_else(PoisonError::into_inner);
                json::fields(&start, &self.fields)
            }
        }
    }

    fn saw(&self, data: &[u8]) {
        self.bytes.fetch_add(data.len() as u64, Relaxed);
        if let Some(start) = &self.start {
            let mut start = start.lock().unwrap_or_else(PoisonError::into_inner);
            let room = MAX_COPIED.saturating_sub(start.len());
            start.extend(data.iter().take(room));
        }
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// Looks at a request's body from here on, if the layer was told to and the body
/// is axum's own.
pub(super) fn observe<B: 'static>(
    request: &mut Request<B>,
    config: &Config,
    has_span: bool,
) -> Option<Arc<Observed>> {
    let wants_fields = has_span && !config.body_fields.is_empty() && is_json(request.headers());
    if !config.body_sizes && !wants_fields {
        return None;
    }
    let body = (request.body_mut() as &mut dyn Any).downcast_mut::<Body>()?;
    let observed = Arc::new(Observed {
        bytes: AtomicU64::new(0),
        start: wants_fields.then(Mutex::default),
        fields: Arc::clone(&config.body_fields),
    });
    *body = Body::new(Observing {
        inner: std::mem::take(body),
        observed: Arc::clone(&observed),
    });
    Some(observed)
}

fn is_json(headers: &HeaderMap) -> bool {
    let sent = headers
        .get(CONTENT_TYPE)
        .and_then(|sent| sent.to_str().ok());
    let sent = sent
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let sent = sent.trim().to_ascii_lowercase();
    sent == "application/json" || sent.ends_with("+json")
}

/// Passes a body on unchanged.
struct Observing {
    inner: Body,
    observed: Arc<Observed>,
}

impl http_body::Body for Observing {
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
            self.observed.saw(data);
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
