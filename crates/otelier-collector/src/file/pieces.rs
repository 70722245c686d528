//! Finds the documents in a file, however it is packed.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
};

/// What a line or message is looked at with, before it is known.
const HEAD: usize = 8;
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// The longest window of zstd.
const WINDOW_LOG: u32 = 27;

/// One document: its number in the file, from 1, and its text, or why there is none.
pub(super) struct Piece<'a> {
    pub(super) number: u64,
    pub(super) text: Result<&'a [u8], String>,
}

/// Hands over each document of a file, of `longest` bytes at most.
///
/// Lines of JSON are read as they are, gzipped, and as one stream of zstd; also what the file
/// exporter of the OpenTelemetry Collector writes with `compression: zstd`: messages of zstd, each
/// behind its length in four bytes. Of anything else one piece tells.
pub(super) fn each(file: File, longest: usize, mut take: impl FnMut(Piece<'_>)) -> io::Result<()> {
    let mut file = BufReader::with_capacity(64 << 10, file);
    let head = peek(&mut file)?;
    let (head, rest) = head.split_at(head.len().min(4));
    if head.starts_with(GZIP) {
        lines(
            BufReader::new(flate2::bufread::MultiGzDecoder::new(file)),
            longest,
            take,
        )
    } else if head == ZSTD {
        lines(BufReader::new(decoder(file)?), longest, take)
    } else if rest == ZSTD {
        messages(file, longest, take)
    } else if head.first().is_none_or(|byte| *byte >= b'\t') && !head.contains(&0) {
        lines(file, longest, take)
    } else {
        take(unreadable());
        Ok(())
    }
}

/// The first bytes, which stay to be read.
fn peek(file: &mut BufReader<File>) -> io::Result<Vec<u8>> {
    let head = file.fill_buf()?;
    Ok(head.get(..HEAD).unwrap_or(head).to_vec())
}

fn unreadable() -> Piece<'static> {
    Piece {
        number: 1,
        text: Err(
            "it holds no JSON: set `format: json` where the file exporter has `format: proto`"
                .into(),
        ),
    }
}

fn decoder<R: BufRead>(reader: R) -> io::Result<zstd::stream::read::Decoder<'static, R>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
    decoder.window_log_max(WINDOW_LOG)?;
    Ok(decoder)
}

fn lines(
    mut reader: impl BufRead,
    longest: usize,
    mut take: impl FnMut(Piece<'_>),
) -> io::Result<()> {
    let most = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    let mut line = Vec::new();
    let mut first = true;
    for number in 1.. {
        line.clear();
        let read = (&mut reader).take(most).read_until(b'\n', &mut line);
        let length = match read {
            Ok(length) => length,
            // What came before is of use; a file that is still written ends like this.
            Err(error) => {
                let text = Err(format!("it ends in the middle: {error}"));
                take(Piece { number, text });
                return Ok(());
            }
        };
        if length == 0 {
            return Ok(());
        }
        let text = line.trim_ascii();
        // What some editors and shells begin a file with.
        let text = match first {
            true => text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text),
            false => text,
        };
        if length > longest && !line.ends_with(b"\n") {
            take(Piece {
                number,
                text: Err(format!("longer than {longest} bytes")),
            });
            line = Vec::new();
            skip_line(&mut reader)?;
        } else if first && !text.is_empty() && !is_text(text) {
            take(unreadable());
            return Ok(());
        } else if !text.is_empty() {
            take(Piece {
                number,
                text: Ok(text),
            });
        }
        first &= line.trim_ascii().is_empty();
    }
    Ok(())
}

/// Whether a line may be one of JSON, right or wrong.
fn is_text(line: &[u8]) -> bool {
    std::str::from_utf8(line)
        .is_ok_and(|text| !text.contains(|c: char| c.is_ascii_control() && c != '\t'))
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(length);
        if end.is_some() || length == 0 {
            return Ok(());
        }
    }
}

fn messages(
    mut file: BufReader<File>,
    longest: usize,
    mut take: impl FnMut(Piece<'_>),
) -> io::Result<()> {
    let most = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = Vec::new();
    for number in 1.. {
        if file.fill_buf()?.is_empty() {
            return Ok(());
        }
        let mut head = [0; HEAD];
        let read = file.read_exact(&mut head);
        let (length, magic) = head.split_at(HEAD / 2);
        if read.is_err() || magic != ZSTD {
            let text = Err("no message of zstd begins here; the rest is not read".into());
            take(Piece { number, text });
            return Ok(());
        }
        let length = length
            .iter()
            .fold(0, |length, byte| length << 8 | u64::from(*byte));
        let rest = length.saturating_sub(magic.len() as u64);
        let mut rest = BufReader::new((&mut file).take(rest));
        text.clear();
        let unpacked = decoder(magic.chain(&mut rest))
            .and_then(|decoder| decoder.take(most).read_to_end(&mut text));
        let reason = match unpacked {
            Err(error) => Some(format!("not zstd: {error}")),
            Ok(length) if length > longest => Some(format!("longer than {longest} bytes")),
            Ok(_) if number == 1 && !text.trim_ascii().starts_with(b"{") => {
                take(unreadable());
                return Ok(());
            }
            Ok(_) => None,
        };
        io::copy(&mut rest.into_inner(), &mut io::sink())?;
        take(Piece {
            number,
            text: reason.map_or(Ok(text.trim_ascii()), Err),
        });
    }
    Ok(())
}
