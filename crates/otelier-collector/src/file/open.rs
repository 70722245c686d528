//! Reads files into the store.

use super::pieces::{self, Piece};
use crate::{
    Error,
    decode::Export,
    json::{self, Allowance, Document},
    refusal::shorten,
    room::Room,
    server::memory_of,
    store::Store,
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// How many times the largest request a line may be: as JSON a request of nothing but control
/// characters has six times its size.
const LONGEST_FACTOR: usize = 8;
/// Skipped pieces that are told one by one.
const TOLD: usize = 100;

/// What one line may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    longest: usize,
    memory: usize,
}

impl Limits {
    /// So that every request that is taken can be opened again.
    pub(crate) fn of(max_request: usize) -> Self {
        Self {
            longest: max_request.saturating_mul(LONGEST_FACTOR),
            memory: memory_of(max_request),
        }
    }
}

/// What was found in files that were opened.
///
/// ```
/// use otelier_collector::{Collector, Skipped};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("telemetry.jsonl");
/// std::fs::write(&path, "{\"resourceSpans\":[]}\nnonsense\n")?;
/// let collector = Collector::builder().with_open(&path).start().await?;
/// let opened = collector.opened();
/// assert_eq!((opened.requests, opened.skipped), (1, 1));
/// for Skipped { file, line, reason, .. } in &opened.bad_lines {
///     eprintln!("{}:{line}: {reason}", file.display());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// How many files were read.
    pub files: u64,
    /// Requests read into the store.
    pub requests: u64,
    /// The first hundred lines that were skipped.
    pub bad_lines: Vec<Skipped>,
    /// How many lines were skipped.
    pub skipped: u64,
}

/// A line (or message) of a file that was skipped.
///
/// See the example of [`Opened`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The file.
    pub file: PathBuf,
    /// The number of the line in it, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads every line of a file, or of every file of a folder, into the store.
///
/// The files of a folder are read in the order of their names: that is by age in a set that was
/// rotated.
pub(crate) fn open(
    path: &Path,
    limits: Limits,
    store: &Store,
    opened: &mut Opened,
) -> Result<(), Error> {
    let failed = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return read(path, limits, store, opened).map_err(failed);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    for file in files {
        read(&file, limits, store, opened).map_err(|source| Error::File { path: file, source })?;
    }
    Ok(())
}

fn read(path: &Path, limits: Limits, store: &Store, opened: &mut Opened) -> io::Result<()> {
    let file = File::open(path)?;
    opened.files += 1;
    pieces::each(file, limits.longest, |Piece { number, text }| {
        match text.and_then(|text| read_line(text, limits.memory, store)) {
            Ok(requests) => opened.requests += requests,
            Err(reason) => {
                opened.skipped += 1;
                if opened.bad_lines.len() < TOLD {
                    opened.bad_lines.push(Skipped {
                        file: path.to_owned(),
                        line: number,
                        reason: shorten(&reason, 300),
                    });
                }
            }
        }
    })
}

/// Takes the requests of a line. An empty object is none: the file exporter writes it for a batch
/// without records.
fn read_line(line: &[u8], memory: usize, store: &Store) -> Result<u64, String> {
    let allowance = Allowance::of(memory, &Room::unbounded());
    let document: Document = json::read(line, &allowance).map_err(|e| e.to_string())?;
    let Document {
        traces,
        metrics,
        logs,
        other,
    } = document;
    let exports = [
        traces.map(Export::Traces),
        metrics.map(Export::Metrics),
        logs.map(Export::Logs),
    ];
    let mut requests = 0;
    for mut export in exports.into_iter().flatten() {
        let rejected = export.reject_invalid();
        store.insert(export, None, rejected.count);
        requests += 1;
    }
    if requests == 0 && other {
        return Err("neither resourceSpans nor resourceMetrics nor resourceLogs".into());
    }
    Ok(requests)
}
