//! Bytes of an answer on their way, in pieces.

use crate::room::Held;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Bytes that are sent without looking at who else has come.
const PIECE: usize = 64 << 10;

/// A body that gives others their turn between two pieces. Whoever writes a large answer would
/// otherwise write all of it before the sockets are looked at again, and a small request that
/// comes meanwhile would wait for that.
pub(super) struct Pieces {
    rest: Bytes,
    turn: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Pieces {
    /// The bytes hold their place in the room until they are sent.
    pub(super) fn of(bytes: Vec<u8>, held: Held) -> Self {
        struct Bound(
            Vec<u8>,
            #[expect(dead_code, reason = "holds its place until dropped")] Held,
        );
        impl AsRef<[u8]> for Bound {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        Self {
            rest: Bytes::from_owner(Bound(bytes, held)),
            turn: None,
        }
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Pieces({} bytes)", self.rest.len())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(turn) = &mut self.turn {
            ready!(turn.as_mut().poll(cx));
            self.turn = None;
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let most = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(most);
        if !self.rest.is_empty() {
            self.turn = Some(Box::pin(tokio::task::yield_now()));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Pieces};
    use crate::room::Room;
    use hyper::body::Body as _;
    use std::{
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    #[tokio::test]
    async fn a_large_answer_is_sent_in_pieces_with_a_turn_for_others_between_them() {
        let room = Room::with(usize::MAX);
        let bytes: Vec<u8> = (0..PIECE * 3 + 7).map(|i| i as u8).collect();
        let mut held = room.hold();
        held.grow(bytes.len()).unwrap();
        let mut body = Pieces::of(bytes.clone(), held);
        assert_eq!(body.size_hint().exact(), Some(bytes.len() as u64));
        let (mut sent, mut told) = (Vec::new(), String::new());
        loop {
            let mut cx = Context::from_waker(Waker::noop());
            match Pin::new(&mut body).poll_frame(&mut cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    told.push('p');
                    sent.extend_from_slice(&frame.into_data().unwrap());
                }
                Poll::Ready(_) => break,
                Poll::Pending => told.push('-'),
            }
        }
        assert_eq!((told.as_str(), body.is_end_stream()), ("p-p-p-p", true));
        assert_eq!(sent, bytes);
        drop(body);
        assert_eq!(room.used(), 0);
    }
}
