//! Reads a request body within a limit of size and time.

use crate::{refusal::Refusal, room::Held};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use std::time::Duration;
use tokio::time::timeout;

/// How much of a body that is too large is read and thrown away: most senders only look at the
/// answer after they have written everything.
const DRAIN: usize = 64 << 20;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a sender may say nothing within a body.
const SILENCE: Duration = Duration::from_secs(10);

/// Reads the whole body, of `limit` bytes at most, which are taken from the room's part for bodies
/// as they come.
pub(super) async fn read(
    body: axum::body::Body,
    limit: usize,
    held: &mut Held,
) -> Result<Bytes, Refusal> {
    match timeout(PATIENCE, collect(body, limit, held)).await {
        Ok(result) => result,
        Err(_) => Err(late()),
    }
}

fn late() -> Refusal {
    Refusal::timeout("the body did not come in time")
}

async fn collect(
    mut body: axum::body::Body,
    limit: usize,
    held: &mut Held,
) -> Result<Bytes, Refusal> {
    let before = held.bytes();
    // Room of which nothing is taken before it is written to, so that nothing is moved later.
    let announced = body
        .size_hint()
        .exact()
        .and_then(|length| usize::try_from(length).ok());
    let announced = announced
        .filter(|length| *length <= limit)
        .unwrap_or_default();
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut length = 0_usize;
    loop {
        let frame = timeout(SILENCE, body.frame()).await.map_err(|_| late())?;
        let Some(frame) = frame else { break };
        let frame =
            frame.map_err(|e| Refusal::malformed(format_args!("the body cannot be read: {e}")))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > limit {
            (first, rest) = (Bytes::new(), BytesMut::new());
            held.shrink_to(before);
            if length > limit.saturating_add(DRAIN) {
                break;
            }
            continue;
        }
        held.grow_body(data.len())?;
        if length == data.len() {
            first = data;
        } else {
            if !first.is_empty() {
                rest.reserve(announced);
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    if length > limit {
        Err(Refusal::too_large(limit))
    } else if first.is_empty() {
        Ok(rest.freeze())
    } else {
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::{PATIENCE, SILENCE, read};
    use crate::{reason::Reason, refusal::Refusal, room::Room};
    use axum::body::Body;
    use bytes::Bytes;
    use http_body_util::channel::Channel;
    use std::{convert::Infallible, time::Duration};
    use tokio::time::{Instant, sleep};

    /// Reads a body of a byte now and then, and tells how long that took.
    async fn trickle(pause: Duration) -> (Result<Bytes, Refusal>, Duration, usize) {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
        let room = Room::with(1 << 20);
        let mut held = room.hold();
        let start = Instant::now();
        let send = async {
            while sender.send_data(Bytes::from_static(b"x")).await.is_ok() {
                sleep(pause).await;
            }
        };
        let result = tokio::select! {
            result = read(Body::new(body), 1 << 20, &mut held) => result,
            () = send => unreachable!("the reader goes first"),
        };
        (result, start.elapsed(), held.bytes())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_to_come_within_its_time() {
        let (result, after, _) = trickle(SILENCE - Duration::from_secs(1)).await;
        assert_eq!(
            (result.unwrap_err().reason(), after),
            (Reason::Timeout, PATIENCE)
        );
        let (result, after, held) = trickle(SILENCE * 2).await;
        assert_eq!(
            (result.unwrap_err().reason(), after),
            (Reason::Timeout, SILENCE)
        );
        assert_eq!(held, 1);
    }
}
