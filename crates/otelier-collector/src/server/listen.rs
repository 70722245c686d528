//! Accepts connections, as many as there is room for, and ends those that say nothing.

use super::refusals::Refusals;
use crate::refusal::Refusal;
use axum::{Router, body::Body};
use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use pin_project_lite::pin_project;
use std::{
    io,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{Instant, sleep},
};
use tower_service::Service as _;

/// Connections at once on both ports: fewer than the descriptors that a process usually has.
pub(crate) const MOST: usize = 800;
/// The longest head of a request.
const HEAD: usize = 64 << 10;
/// The longest head over HTTP/2, of which there may be one for each stream.
const HEAD_2: u32 = 16 << 10;
const STREAMS: u32 = 100;
/// The head of a request over HTTP/1 has to come within this time, and the next one too.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a new connection may say nothing, or less than tells what it speaks.
const FIRST_WORDS: Duration = Duration::from_secs(10);
/// The shortest beginning that tells: the preface of HTTP/2.
const PREFACE: usize = 24;
/// How long a connection may be silent while nothing of it is under way.
const IDLE: Duration = Duration::from_secs(120);
/// How long a reader may take nothing of an answer.
const STALLED: Duration = Duration::from_secs(30);
/// How long one that was told to end may take to do so.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often connections are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// What all listeners share.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) closing: watch::Receiver<bool>,
}

/// Accepts and serves until it closes; then ends what is under way gracefully.
pub(crate) async fn serve(listener: TcpListener, router: Router, gate: Gate) {
    let mut connections = JoinSet::new();
    let mut closed = pin!(closes(gate.closing.clone()));
    loop {
        tokio::select! {
            () = &mut closed => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => match gate.enter() {
                    Some(place) => {
                        let connection = connection(stream, router.clone(), gate.clone(), place);
                        connections.spawn(connection);
                    }
                    None => gate.refusals.connection(),
                },
                // Too many open files, most of the time.
                Err(_) => sleep(Duration::from_millis(100)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(router);
    while connections.join_next().await.is_some() {}
}

/// Resolves when the collector ends.
async fn closes(mut closing: watch::Receiver<bool>) {
    // An error means that its handle is gone, which ends it as well.
    let _ = closing.wait_for(|closing| *closing).await;
}

impl Gate {
    /// A place for one connection, and so for one head: these are no part of the room, so that
    /// who finds that full can be told so.
    fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_2)
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

async fn connection(stream: TcpStream, router: Router, gate: Gate, place: OwnedSemaphorePermit) {
    // Without it an answer may wait 40 ms for an acknowledgement; a refusal is no harm.
    let _ = stream.set_nodelay(true);
    let closing = gate.closing;
    if let Err(error) = converse(stream, router, closing).await
        && let Some(refusal) = refused(&error)
    {
        gate.refusals.note(&refusal, "a connection");
    }
    drop(place);
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a connection was ended for, if it was for what came over it.
fn refused(error: &BoxError) -> Option<Refusal> {
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_parse_too_large() {
        Some(Refusal::malformed(format_args!(
            "the head of a request is longer than {HEAD} bytes"
        )))
    } else if error.is_parse() {
        let words = format_args!("it is not HTTP (TLS is not spoken here): {error}");
        Some(Refusal::malformed(words))
    } else {
        None
    }
}

async fn converse<S>(
    stream: S,
    router: Router,
    closing: watch::Receiver<bool>,
) -> Result<(), BoxError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let pulse = Arc::new(Pulse::default());
    let watched = Watched {
        stream,
        pulse: Arc::clone(&pulse),
    };
    let requests = Arc::clone(&pulse);
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = UnderWay::begin(&requests);
        let answer = router.clone().call(request.map(Body::new));
        async move {
            let answer = answer.await;
            drop(under_way);
            answer
        }
    });
    let builder = builder();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(watched), service));
    tokio::select! {
        ended = connection.as_mut() => return ended,
        end = pulse.end() => if end == End::Now { return Ok(()) },
        () = closes(closing) => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = connection => ended,
        () = pulse.all_quiet() => Ok(()),
    }
}

/// What is known of the life of a connection.
#[derive(Debug)]
struct Pulse {
    state: Mutex<State>,
    under_way: AtomicUsize,
}

#[derive(Debug)]
struct State {
    /// Bytes read, as far as they matter.
    read: usize,
    begun: Instant,
    moved: Instant,
    /// Since when the other end takes nothing.
    blocked: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Without a word.
    Now,
    /// After what is still to be said.
    Gracefully,
}

impl Default for Pulse {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            state: Mutex::new(State {
                read: 0,
                begun: now,
                moved: now,
                blocked: None,
            }),
            under_way: AtomicUsize::new(0),
        }
    }
}

impl Pulse {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Resolves when the connection should end.
    async fn end(&self) -> End {
        loop {
            sleep(LOOK).await;
            let busy = self.under_way.load(Relaxed) > 0;
            let end = self.with(|state| {
                if state.read < PREFACE && state.begun.elapsed() >= FIRST_WORDS {
                    return Some(End::Now);
                }
                if state.blocked.is_some_and(|at| at.elapsed() >= STALLED) {
                    return Some(End::Now);
                }
                (!busy && state.moved.elapsed() >= IDLE).then_some(End::Gracefully)
            });
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Resolves when one that was told to end has had its time, requests under way not counted.
    async fn all_quiet(&self) {
        loop {
            sleep(FAREWELL).await;
            let stalled =
                self.with(|state| state.blocked.is_some_and(|at| at.elapsed() >= STALLED));
            if stalled || self.under_way.load(Relaxed) == 0 {
                return;
            }
        }
    }
}

/// A request that has no answer yet.
struct UnderWay(Arc<Pulse>);

impl UnderWay {
    fn begin(pulse: &Arc<Pulse>) -> Self {
        pulse.under_way.fetch_add(1, Relaxed);
        Self(Arc::clone(pulse))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
        self.0.with(|state| state.moved = Instant::now());
    }
}

pin_project! {
    /// A stream that notes when something moves.
    struct Watched<S> {
        #[pin]
        stream: S,
        pulse: Arc<Pulse>,
    }
}

impl<S: AsyncRead> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        let before = into.filled().len();
        let read = this.stream.poll_read(cx, into);
        let length = into.filled().len() - before;
        if length > 0 {
            this.pulse.with(|state| {
                state.read = state.read.saturating_add(length);
                state.moved = Instant::now();
            });
        }
        read
    }
}

impl<S: AsyncWrite> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let written = this.stream.poll_write(cx, bytes);
        this.pulse.note_write(written.is_pending());
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let written = this.stream.poll_write_vectored(cx, pieces);
        this.pulse.note_write(written.is_pending());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(cx)
    }
}

impl Pulse {
    fn note_write(&self, blocked: bool) {
        self.with(|state| {
            if !blocked {
                state.blocked = None;
                state.moved = Instant::now();
            } else if state.blocked.is_none() {
                state.blocked = Some(Instant::now());
            }
        });
    }
}

#[cfg(test)]
mod tests;
