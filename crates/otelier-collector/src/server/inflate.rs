//! Decompression that stops at a limit.

use crate::{refusal::Refusal, room::Held, signal::Transport};
use bytes::Bytes;
use std::io::{self, Read};

/// What the first piece is at least.
const LEAST: usize = 4 << 10;
/// The longest window of zstd: what every decoder has to have.
const ZSTD_WINDOW_LOG: u32 = 23;
/// What a framed stream of snappy begins with.
const SNAPPY_FRAMED: &[u8] = b"\xff\x06\x00\x00sNaPpY";

/// Decompresses a body by the name of its encoding, to `limit` bytes at most, and takes these
/// from the room before they come.
///
/// # Cost
/// Reserves no more than the limit, whatever the body claims about itself.
pub(crate) fn inflate(
    encoding: &str,
    transport: Transport,
    body: Bytes,
    limit: usize,
    held: &mut Held,
) -> Result<Bytes, Refusal> {
    let packed = body.len();
    if encoding == "identity" {
        return match packed <= limit {
            true => Ok(body),
            false => Err(Refusal::too_large(limit)),
        };
    }
    let http = transport == Transport::Http;
    let mut unpack = |decoder: &mut dyn Read| read(decoder, packed, limit, held);
    let out = match encoding {
        // HTTP has the second for the same.
        "gzip" | "x-gzip" => unpack(&mut flate2::read::MultiGzDecoder::new(&*body)),
        "deflate" => unpack(&mut flate2::read::ZlibDecoder::new(&*body)),
        "zlib" if http => unpack(&mut flate2::read::ZlibDecoder::new(&*body)),
        "zstd" => {
            let decoder = zstd::stream::read::Decoder::with_buffer(&*body);
            let decoder = decoder.and_then(|mut decoder| {
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Ok(decoder)
            });
            unpack(&mut decoder.map_err(|e| corrupt(&e))?)
        }
        "snappy" if http && !body.starts_with(SNAPPY_FRAMED) => unsnap(&body, limit, held),
        "snappy" | "x-snappy-framed" if http => unpack(&mut snap::read::FrameDecoder::new(&*body)),
        "lz4" if http => unpack(&mut lz4_flex::frame::FrameDecoder::new(&*body)),
        other => Err(unknown(other, transport)),
    }?;
    drop(body);
    held.split(packed);
    Ok(out)
}

fn unknown(encoding: &str, transport: Transport) -> Refusal {
    let known = match transport {
        Transport::Grpc => "use gzip, zstd, deflate or none over gRPC",
        Transport::Http => "use gzip, zstd, deflate, zlib, snappy, x-snappy-framed, lz4 or none",
    };
    Refusal::encoding(format_args!(
        "the encoding {encoding:?} is not supported: {known}"
    ))
}

fn read(
    decoder: &mut dyn Read,
    packed: usize,
    limit: usize,
    held: &mut Held,
) -> Result<Bytes, Refusal> {
    // One byte more than allowed tells that there is too much.
    let most = limit.saturating_add(1);
    let mut out = Vec::new();
    let mut piece = packed.saturating_mul(4).max(LEAST);
    while out.len() < most {
        piece = piece.min(most - out.len());
        held.grow(piece)?;
        out.reserve_exact(piece);
        let wanted = u64::try_from(piece).unwrap_or(u64::MAX);
        let came = decoder.take(wanted).read_to_end(&mut out);
        if came.map_err(|e| corrupt(&e))? < piece {
            break;
        }
        piece = out.len();
    }
    if out.len() > limit {
        return Err(Refusal::too_large(limit));
    }
    Ok(out.into())
}

/// A block, which tells how long it becomes.
fn unsnap(body: &[u8], limit: usize, held: &mut Held) -> Result<Bytes, Refusal> {
    let corrupt = |e: snap::Error| corrupt(&e.into());
    let length = snap::raw::decompress_len(body).map_err(corrupt)?;
    if length > limit {
        return Err(Refusal::too_large(limit));
    }
    held.grow(length)?;
    let out = snap::raw::Decoder::new().decompress_vec(body);
    Ok(out.map_err(corrupt)?.into())
}

fn corrupt(error: &io::Error) -> Refusal {
    Refusal::malformed(format_args!("the body cannot be decompressed: {error}"))
}
