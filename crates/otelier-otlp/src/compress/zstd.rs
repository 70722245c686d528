//! zstd, at the fastest level.

use std::io;

use ::zstd::bulk::{self, Compressor};

pub(crate) type Zstd = Compressor<'static>;

pub(super) fn compressor() -> io::Result<Zstd> {
    Zstd::new(1)
}

pub(super) fn decompress(body: &[u8], most: usize) -> io::Result<Vec<u8>> {
    bulk::decompress(body, most)
}
