//! A connection, whatever lies below it.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{Protocol, frames::Frames, tls::Fault};

/// TCP, TLS, or TLS within TLS.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// What the newest connection received: it tells what a server really speaks,
/// and why it hung up, where hyper only knows that it did.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    first: AtomicU64,
    flooded: AtomicBool,
    tls: Mutex<Option<Fault>>,
}

/// What first bytes look like.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    Http1,
    Http2,
    Tls,
    Other,
    Nothing,
}

impl Evidence {
    /// What the first bytes look like.
    pub(crate) fn spoken(&self) -> Spoken {
        match self.first.load(Ordering::Acquire).to_be_bytes() {
            [b'H', b'T', b'T', b'P', b'/', b'1', ..] => Spoken::Http1,
            // The head of a SETTINGS frame on stream 0.
            [0, _, _, 4, 0, 0, 0, 0] => Spoken::Http2,
            // The head of an alert, of SSL 3.0 to TLS 1.3.
            [21, 3, 0..=4, ..] => Spoken::Tls,
            // Nothing, or no more of such a head than its length.
            [0, _, _, 0, 0, 0, 0, 0] => Spoken::Nothing,
            _ => Spoken::Other,
        }
    }

    /// The alert, if that was how it ended.
    pub(crate) fn tls(&self) -> Option<Fault> {
        self.tls.lock().ok()?.clone()
    }

    /// Whether it was given up for the heads of 1xx that came.
    pub(crate) fn is_flooded(&self) -> bool {
        self.flooded.load(Ordering::Acquire)
    }

    fn note_error(&self, error: &io::Error) {
        let error = error.get_ref().and_then(|it| it.downcast_ref::<Fault>());
        if let (Some(error), Ok(mut tls)) = (error, self.tls.lock()) {
            *tls = Some(Clone::clone(error));
        }
    }

    fn reset(&self) {
        self.first.store(0, Ordering::Release);
        self.flooded.store(false, Ordering::Release);
        if let Ok(mut tls) = self.tls.lock() {
            *tls = None;
        }
    }
}

/// Implements `Connection` and gathers evidence.
pub(crate) struct Stream {
    inner: Box<dyn Duplex>,
    evidence: Arc<Evidence>,
    noted: usize,
    /// Of HTTP/2.
    frames: Option<Frames>,
    absolute: bool,
}

impl Stream {
    /// `absolute` has requests name their whole URL, as plain proxies need.
    pub(crate) fn new(
        inner: Box<dyn Duplex>,
        evidence: Arc<Evidence>,
        protocol: Protocol,
        absolute: bool,
    ) -> Self {
        evidence.reset();
        Self {
            inner,
            evidence,
            noted: 0,
            frames: (protocol == Protocol::Grpc).then(Frames::default),
            absolute,
        }
    }

    /// An error where the connection is not to go on.
    fn note(&mut self, read: &[u8]) -> io::Result<()> {
        // At once: who looks meanwhile sees all of it or nothing.
        let mut first = 0;
        for byte in read.iter().take(8_usize.saturating_sub(self.noted)) {
            first |= u64::from(*byte) << (56 - 8 * self.noted);
            self.noted += 1;
        }
        if first > 0 {
            self.evidence.first.fetch_or(first, Ordering::AcqRel);
        }
        let Some(frames) = &mut self.frames else {
            return Ok(());
        };
        if !frames.are_too_many(read) {
            return Ok(());
        }
        self.evidence.flooded.store(true, Ordering::Release);
        Err(io::ErrorKind::InvalidData.into())
    }

    /// Reads, after a failure to write, what the peer said before it hung up:
    /// hyper does not. The failure is held back until that is here.
    fn examine(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Err(error)) = &written {
            self.evidence.note_error(error);
            let mut space = [0; 64];
            let read = Pin::new(self).poll_read(cx, &mut ReadBuf::new(&mut space));
            if read.is_pending() && hung_up(error) {
                return Poll::Pending;
            }
        }
        written
    }
}

/// Whether reading is bound to end, too.
fn hung_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.absolute)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.inner).poll_read(cx, buf);
        match &poll {
            Poll::Ready(Ok(())) => self.note(buf.filled().get(before..).unwrap_or_default())?,
            Poll::Ready(Err(error)) => self.evidence.note_error(error),
            Poll::Pending => {}
        }
        poll
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.examine(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.examine(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_began_to_say_is_not_taken_for_another_protocol() {
        let spoken = |read: &[u8]| {
            let evidence = Arc::new(Evidence::default());
            let (near, _far) = tokio::io::duplex(1);
            let shared = Arc::clone(&evidence);
            let mut stream = Stream::new(Box::new(near), shared, Protocol::Grpc, false);
            stream.note(read).unwrap();
            evidence.spoken()
        };
        let settings = [0, 0, 36, 4, 0, 0, 0, 0, 0];
        for len in 0..4 {
            assert_eq!(spoken(&settings[..len]), Spoken::Nothing, "{len}");
        }
        for len in 4..9 {
            assert_eq!(spoken(&settings[..len]), Spoken::Http2, "{len}");
        }
        assert_eq!(spoken(b"HTTP/1.1 400"), Spoken::Http1);
        assert_eq!(spoken(b"SSH-2.0"), Spoken::Other);
    }
}
