//! The heads of HTTP/2's frames, as they pass.

/// The most heads of 1xx that a server may send before its answer.
pub(crate) const INFORMATIONAL: usize = 16;
const HEAD: usize = 9;
const HEADERS: u8 = 1;
/// Streams that are told apart: no more are under way at a time.
const STREAMS: usize = 16;

/// Counts the heads that a server sends in the place of an answer: hyper takes
/// any number of them.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    head: [u8; HEAD],
    filled: usize,
    /// Bytes of a frame that are still to come.
    rest: usize,
    /// Streams, and how many heads each had.
    heads: [(u32, usize); STREAMS],
}

impl Frames {
    /// Whether a stream has had more heads by now than an answer may begin with.
    pub(crate) fn are_too_many(&mut self, mut read: &[u8]) -> bool {
        let mut flood = false;
        while !read.is_empty() {
            let passed = self.rest.min(read.len());
            self.rest -= passed;
            read = read.get(passed..).unwrap_or_default();
            for byte in read.iter().take(HEAD - self.filled) {
                if let Some(place) = self.head.get_mut(self.filled) {
                    *place = *byte;
                }
                self.filled += 1;
                read = read.get(1..).unwrap_or_default();
            }
            if self.filled == HEAD {
                self.filled = 0;
                flood |= self.note();
            }
        }
        flood
    }

    fn note(&mut self) -> bool {
        let [a, b, c, kind, _, stream @ ..] = self.head;
        self.rest = u32::from_be_bytes([0, a, b, c]) as usize;
        let id = u32::from_be_bytes(stream) & 0x7fff_ffff;
        let slot = (id / 2) as usize % STREAMS;
        let Some((stream, heads)) = self.heads.get_mut(slot).filter(|_| kind == HEADERS) else {
            return false;
        };
        if *stream != id {
            (*stream, *heads) = (id, 0);
        }
        *heads += 1;
        // Beside those an answer has a head of its own, and trailers.
        *heads > INFORMATIONAL + 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, stream: u8, len: u8) -> Vec<u8> {
        let head = [0, 0, len, kind, 4, 0, 0, 0, stream];
        [&head[..], &vec![1; len.into()]].concat()
    }

    #[test]
    fn heads_of_one_stream_are_counted_however_they_arrive() {
        for size in [1, 2, 7, 9, 10, 1000] {
            let mut frames = Frames::default();
            let mut flood = [frame(4, 0, 6), frame(0, 1, 200)].concat();
            for _ in 0..INFORMATIONAL + 2 {
                flood.extend([frame(HEADERS, 1, 5), frame(0, 1, 0)].concat());
            }
            assert!(!flood.chunks(size).any(|read| frames.are_too_many(read)));
            assert!(!frames.are_too_many(&frame(HEADERS, 3, 5)));
            assert!(frames.are_too_many(&frame(HEADERS, 1, 5)));
        }
    }

    #[test]
    fn answers_on_one_connection_may_be_any_number() {
        let mut frames = Frames::default();
        for stream in (1..255).step_by(2) {
            for kind in [HEADERS, 0, HEADERS] {
                assert!(!frames.are_too_many(&frame(kind, stream, 9)));
            }
        }
    }
}
