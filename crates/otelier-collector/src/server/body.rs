//! Reads a request body within a limit of size and time.

use crate::refusal::{Code, Refusal};
use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use std::time::Duration;

/// How much of a body that is too large is read and thrown away: most senders only look at the
/// answer after they have written everything.
const DRAIN: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads the whole body, of `limit` bytes at most.
pub(super) async fn read(body: axum::body::Body, limit: usize) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(PATIENCE, collect(body, limit)).await {
        Ok(result) => result,
        Err(_) => Err(
            Refusal::new(Code::DeadlineExceeded, "the body did not come in time").with_http(408),
        ),
    }
}

async fn collect(mut body: axum::body::Body, limit: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|e| Refusal::malformed(format_args!("the body cannot be read: {e}")))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let before = length;
        length += data.len();
        if length > limit {
            (first, rest) = (Bytes::new(), BytesMut::new());
            if length > limit.saturating_add(DRAIN) {
                break;
            }
        } else if before == 0 {
            first = data;
        } else {
            if first.has_remaining() {
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
