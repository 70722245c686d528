//! Decompression that stops at a limit.

use crate::refusal::Refusal;
use bytes::Bytes;
use std::io::{self, Read};

/// Decompresses a body by the name of its encoding, to `limit` bytes at most.
///
/// # Cost
/// Reserves no more than the limit, whatever the body claims about itself.
pub(crate) fn inflate(encoding: &str, body: Bytes, limit: usize) -> Result<Bytes, Refusal> {
    match encoding {
        "identity" => {
            if body.len() > limit {
                return Err(Refusal::too_large(limit));
            }
            Ok(body)
        }
        "gzip" => read(flate2::read::MultiGzDecoder::new(&*body), body.len(), limit),
        "deflate" => read(flate2::read::ZlibDecoder::new(&*body), body.len(), limit),
        "zstd" => read(
            zstd::stream::read::Decoder::with_buffer(&*body).map_err(|e| corrupt(&e))?,
            body.len(),
            limit,
        ),
        other => Err(Refusal::unsupported(format_args!(
            "the encoding {other:?} is not supported: use gzip, zstd or none"
        ))),
    }
}

fn read(decoder: impl Read, compressed: usize, limit: usize) -> Result<Bytes, Refusal> {
    let mut out = Vec::with_capacity(compressed.saturating_mul(4).min(limit));
    let allowed = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder
        .take(allowed)
        .read_to_end(&mut out)
        .map_err(|e| corrupt(&e))?;
    if out.len() > limit {
        return Err(Refusal::too_large(limit));
    }
    Ok(out.into())
}

fn corrupt(error: &io::Error) -> Refusal {
    Refusal::malformed(format_args!("the body cannot be decompressed: {error}"))
}
