//! Passes every accepted request on to another OTLP endpoint.

use crate::{Error, Notice, signal::Signal};
use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// What may wait: the receive path never does.
const QUEUE_BYTES: usize = 32 << 20;
const QUEUE_REQUESTS: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(10);
const REMINDER: Duration = Duration::from_secs(60);

/// What became of the requests to pass on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForwardStats {
    /// Answered with success.
    pub sent: u64,
    /// Not delivered, or answered with an error; not tried again.
    pub failed: u64,
    /// Thrown away because the queue was full.
    pub dropped: u64,
}

#[derive(Debug, Default)]
pub(crate) struct ForwardCounts {
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    queued_bytes: AtomicUsize,
}

impl ForwardCounts {
    pub(crate) fn get(&self) -> ForwardStats {
        ForwardStats {
            sent: self.sent.load(Relaxed),
            failed: self.failed.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
        }
    }
}

/// The near end of the queue.
#[derive(Debug)]
pub(crate) struct Forwarder {
    queue: mpsc::Sender<(Signal, Bytes)>,
    counts: Arc<ForwardCounts>,
}

impl Forwarder {
    /// Queues a message (protobuf, not compressed), or drops and counts it.
    pub(crate) fn pass(&self, signal: Signal, message: Bytes) {
        let length = message.len();
        let queued = self.counts.queued_bytes.fetch_add(length, Relaxed);
        if queued + length > QUEUE_BYTES || self.queue.try_send((signal, message)).is_err() {
            self.counts.queued_bytes.fetch_sub(length, Relaxed);
            self.counts.dropped.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> Arc<ForwardCounts> {
        Arc::clone(&self.counts)
    }
}

/// The far end: sends what comes until the queue is closed and empty.
#[derive(Debug)]
pub(crate) struct Sending {
    queue: mpsc::Receiver<(Signal, Bytes)>,
    counts: Arc<ForwardCounts>,
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
    notice: Notice,
    /// Reported failures and drops, and when.
    reported: Option<(Instant, u64)>,
}

/// Makes both ends.
///
/// # Errors
/// When the URL is not `http://host[:port][/path]`.
pub(crate) fn forward(url: &str, notice: Notice) -> Result<(Forwarder, Sending), Error> {
    let base = url.trim_end_matches('/').to_owned();
    let refuse = |reason: &str| Error::ForwardUrl {
        url: url.to_owned(),
        reason: reason.to_owned(),
    };
    let uri: Uri = base.parse().map_err(|_| refuse("it is not a URL"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => return Err(refuse("https is not supported, use http")),
        _ => return Err(refuse("it does not start with http://")),
    }
    if uri.query().is_some() {
        return Err(refuse("it has a query"));
    }
    let (sender, receiver) = mpsc::channel(QUEUE_REQUESTS);
    let counts = Arc::new(ForwardCounts::default());
    let sending = Sending {
        queue: receiver,
        counts: Arc::clone(&counts),
        base,
        client: Client::builder(TokioExecutor::new()).build_http(),
        notice,
        reported: None,
    };
    let forwarder = Forwarder {
        queue: sender,
        counts,
    };
    Ok((forwarder, sending))
}

impl Sending {
    pub(crate) async fn run(mut self) {
        let mut dropped = 0;
        while let Some((signal, message)) = self.queue.recv().await {
            let length = message.len();
            match self.send(signal, message).await {
                Ok(()) => {
                    self.counts.sent.fetch_add(1, Relaxed);
                }
                Err(reason) => {
                    self.counts.failed.fetch_add(1, Relaxed);
                    self.report(&reason);
                }
            }
            self.counts.queued_bytes.fetch_sub(length, Relaxed);
            let before = std::mem::replace(&mut dropped, self.counts.dropped.load(Relaxed));
            if dropped > before {
                self.report("it takes requests more slowly than they come");
            }
        }
    }

    async fn send(&self, signal: Signal, message: Bytes) -> Result<(), String> {
        let url = format!("{}{}", self.base, signal.http_path());
        let request = Request::post(url)
            .header(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-protobuf"),
            )
            .body(Full::new(message))
            .map_err(|e| e.to_string())?;
        match timeout(PATIENCE, self.client.request(request)).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(format!("answered {}", response.status())),
            Ok(Err(error)) => Err(cause(&error)),
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    /// Says that forwarding fails: at once the first time, then once a minute at most.
    fn report(&mut self, reason: &str) {
        let ForwardStats {
            failed, dropped, ..
        } = self.counts.get();
        let lost = failed + dropped;
        let now = Instant::now();
        let since = match self.reported {
            Some((at, _)) if now.duration_since(at) < REMINDER => return,
            Some((_, before)) => lost - before,
            None => lost,
        };
        self.reported = Some((now, lost));
        self.notice.say(&format!(
            "forwarding to {} fails: {reason}; requests lost: {since}",
            self.base
        ));
    }
}

/// The innermost cause, which is the one that says something ("connection refused").
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
