#[cfg_attr(not(feature = "zstd"), path = "no_zstd.rs")]
mod zstd;

use std::io::{self, Read as _};

use bytes::Bytes;
use flate2::{Compress, Compression as Level, FlushCompress, Status, read::GzDecoder};

use self::zstd::Zstd;
use crate::Compression;

/// The window that every decoder of gzip has.
const WINDOW: u8 = 15;
/// What gzip and deflate add to a body that cannot be made smaller, at most.
const OVERHEAD: usize = 64;

impl Compression {
    /// The value of `content-encoding` and `grpc-encoding`, if any.
    pub(crate) const fn encoding(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// What a `content-encoding` names, `None` if it is another one.
    #[must_use]
    pub fn from_encoding(name: &str) -> Option<Self> {
        match name {
            "identity" => Some(Self::None),
            "gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Undoes the compression of a body.
    ///
    /// # Errors
    /// It is not so compressed, or longer than `most` bytes without it; or the cargo
    /// feature for it is not enabled.
    pub fn decompress(self, body: Bytes, most: usize) -> io::Result<Bytes> {
        match self {
            Self::None => Ok(body),
            Self::Gzip => {
                let mut plain = Vec::new();
                let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
                let mut reader = GzDecoder::new(body.as_ref()).take(bound);
                reader.read_to_end(&mut plain)?;
                if plain.len() > most {
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                Ok(plain.into())
            }
            Self::Zstd => zstd::decompress(&body, most).map(Bytes::from),
        }
    }
}

/// Compresses bodies at the fastest level: for gzip a quarter of the default
/// level's instructions, for about a seventh more bytes. Its memory, about
/// 300 KiB for gzip, is used again for each.
pub(crate) enum Compressor {
    None,
    Gzip(Box<Compress>, Vec<u8>),
    Zstd(Zstd),
}

impl Compressor {
    pub(crate) fn new(how: Compression) -> io::Result<Self> {
        Ok(match how {
            Compression::None => Self::None,
            Compression::Gzip => {
                let state = Compress::new_gzip(Level::fast(), WINDOW);
                Self::Gzip(Box::new(state), Vec::new())
            }
            Compression::Zstd => Self::Zstd(zstd::compressor()?),
        })
    }

    /// `None` if there is nothing to do.
    pub(crate) fn compress(&mut self, body: &[u8]) -> io::Result<Option<Bytes>> {
        match self {
            Self::None => Ok(None),
            Self::Gzip(state, out) => {
                gzip(state, body, out)?;
                Ok(Some(Bytes::copy_from_slice(out)))
            }
            Self::Zstd(state) => state.compress(body).map(|done| Some(done.into())),
        }
    }
}

fn gzip(state: &mut Compress, body: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    state.reset();
    out.clear();
    out.reserve(body.len() / 4 + OVERHEAD);
    loop {
        let read = usize::try_from(state.total_in()).map_err(io::Error::other)?;
        let rest = body.get(read..).unwrap_or_default();
        let status = state.compress_vec(rest, out, FlushCompress::Finish);
        if status.map_err(io::Error::other)? == Status::StreamEnd {
            return Ok(());
        }
        out.reserve(rest.len() / 4 + OVERHEAD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_compressor_serves_many_bodies() {
        let mut gzip = Compressor::new(Compression::Gzip).unwrap();
        let mut zstd = Compressor::new(Compression::Zstd).unwrap();
        for len in [0, 1, 100, 1 << 16, 5] {
            // Not compressible, but for the one of repetitions.
            let noise = (0..len).map(|at: u32| at.wrapping_mul(2_654_435_761).to_be_bytes()[1]);
            for body in [noise.collect::<Vec<u8>>(), vec![b'x'; 1 << 16]] {
                let packed = gzip.compress(&body).unwrap().unwrap();
                let zipped = zstd.compress(&body).unwrap().unwrap();
                for (how, packed) in [(Compression::Gzip, packed), (Compression::Zstd, zipped)] {
                    let back = how.decompress(packed.clone(), body.len()).unwrap();
                    assert!(back == body);
                    if let Some(less) = body.len().checked_sub(1) {
                        how.decompress(packed, less).unwrap_err();
                    }
                }
            }
        }
    }
}
