//! Files of OTLP JSON lines, as the collector's file exporter writes them.

use crate::{Notice, decode::Export, json::Malformed, signal::Signal, store::Store};
use bytes::Bytes;
use serde_json::Value;
use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _},
    path::Path,
};
use tokio::sync::mpsc;

/// A longer line is not read.
const LONGEST_LINE: u64 = 256 << 20;
/// What may wait for the disk; then the receive path does, so that nothing is lost.
const QUEUE: usize = 64;

/// What was found in a file that was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// Requests read into the store.
    pub requests: u64,
    /// Lines skipped: their number, from 1, and why (the first 100).
    pub bad_lines: Vec<(u64, String)>,
    /// How many lines were skipped.
    pub skipped: u64,
}

/// Reads every line of a file into the store.
pub(crate) fn open(path: &Path, store: &Store) -> io::Result<Opened> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut opened = Opened::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = (&mut reader)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match read_line(&line) {
            Ok(exports) => {
                for mut export in exports {
                    let rejected = export.reject_invalid();
                    store.insert(export, None, rejected.count);
                    opened.requests += 1;
                }
            }
            Err(reason) => {
                opened.skipped += 1;
                if opened.bad_lines.len() < 100 {
                    opened.bad_lines.push((number, reason.to_string()));
                }
            }
        }
    }
    Ok(opened)
}

fn read_line(line: &[u8]) -> Result<Vec<Export>, Malformed> {
    let mut document: Value =
        serde_json::from_slice(line).map_err(|e| Malformed::new(format!("not JSON: {e}")))?;
    let mut exports = Vec::new();
    for signal in Signal::ALL {
        let field = signal.request_field();
        if let Some(list) = document.get_mut(field).map(Value::take) {
            let request = serde_json::json!({ field: list });
            exports.push(Export::from_json(signal, request, usize::MAX)?);
        }
    }
    if exports.is_empty() {
        return Err(Malformed::new(
            "neither resourceSpans nor resourceMetrics nor resourceLogs",
        ));
    }
    Ok(exports)
}

/// The near end of the queue to a file.
#[derive(Debug)]
pub(crate) struct Saver(mpsc::Sender<(Signal, Bytes)>);

impl Saver {
    /// Queues a message (protobuf); waits while the queue is full.
    pub(crate) async fn pass(&self, signal: Signal, message: Bytes) {
        // An error means that writing has failed, which was said then.
        let _ = self.0.send((signal, message)).await;
    }
}

/// The far end: writes what comes until the queue is closed and empty.
#[derive(Debug)]
pub(crate) struct Saving {
    queue: mpsc::Receiver<(Signal, Bytes)>,
    file: BufWriter<File>,
    notice: Notice,
}

/// Opens a file to append to, and makes both ends.
pub(crate) fn save(path: &Path, notice: Notice) -> io::Result<(Saver, Saving)> {
    let file = File::options().create(true).append(true).open(path)?;
    let (sender, receiver) = mpsc::channel(QUEUE);
    let saving = Saving {
        queue: receiver,
        file: BufWriter::new(file),
        notice,
    };
    Ok((Saver(sender), saving))
}

impl Saving {
    /// Writes on the thread it is called on, and blocks it.
    pub(crate) fn run(mut self) {
        while let Some((signal, message)) = self.queue.blocking_recv() {
            if let Err(error) = self.write(signal, message) {
                self.notice
                    .say(&format!("saving fails and has stopped: {error}"));
                return;
            }
        }
    }

    fn write(&mut self, signal: Signal, message: Bytes) -> io::Result<()> {
        // It was decoded once before, so that it cannot fail now.
        let Ok(export) = Export::from_protobuf(signal, message) else {
            return Ok(());
        };
        serde_json::to_writer(&mut self.file, &export.to_json())?;
        self.file.write_all(b"\n")?;
        if self.queue.is_empty() {
            self.file.flush()?;
        }
        Ok(())
    }
}
