//! Both ends of the queue: the console's, and the thread that writes.

use std::{
    fmt::Arguments,
    io::{self, Write},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tracing_subscriber::fmt::MakeWriter;

use super::{
    queue::{Queue, Taken},
    roll::Roll,
};

/// The least time between two messages.
const PAUSE: Duration = Duration::from_secs(60);
/// How long a flush may take.
const FLUSH: Duration = Duration::from_secs(2);

/// What [`Console::with_writer`](crate::Console::with_writer) takes; each write is one line. To flush is to wait until
/// the lines are written, two seconds at most. The thread ends with it, when everything is written.
///
/// See the example of [`LogFile`](crate::LogFile).
#[derive(Debug)]
pub struct FileWriter(Arc<Queue>);

impl FileWriter {
    pub(super) fn new(queue: &Arc<Queue>) -> Self {
        Self(Arc::clone(queue))
    }
}

impl Write for &FileWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush(FLUSH);
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for FileWriter {
    type Writer = &'w Self;

    fn make_writer(&'w self) -> &'w Self {
        self
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Waits, when it is dropped, until all lines are written, two seconds at most.
///
/// See the example of [`LogFile`](crate::LogFile).
#[derive(Debug)]
#[must_use = "lines are lost that are not written when the process ends"]
pub struct FileGuard(Arc<Queue>);

impl FileGuard {
    pub(super) fn new(queue: Arc<Queue>) -> Self {
        Self(queue)
    }

    /// Waits until the lines so far are written or dropped. False if that takes longer than `bound`.
    #[must_use]
    pub fn flush(&self, bound: Duration) -> bool {
        self.0.flush(bound)
    }
}

impl Drop for FileGuard {
    fn drop(&mut self) {
        let _ = self.flush(FLUSH);
    }
}

pub(super) fn spawn(path: &Path, mut file: Roll, queue: &Arc<Queue>) -> io::Result<()> {
    let queue = Arc::clone(queue);
    let mut losses = Losses::of(path);
    let thread = thread::Builder::new().name("otelier-log-file".to_owned());
    thread.spawn(move || {
        let mut lines = Vec::new();
        while let Taken::Lines { refused } = queue.take(&mut lines) {
            if let Err((cause, lost)) = file.write(&lines) {
                losses.add(lost, format_args!("{cause}"));
            }
            if refused > 0 {
                losses.add(refused, format_args!("the disk is slower than the log"));
            }
        }
    })?;
    Ok(())
}

/// What was not written, and when that was said last.
struct Losses {
    path: String,
    lines: u64,
    said: Option<Instant>,
}

impl Losses {
    fn of(path: &Path) -> Self {
        Self {
            path: path.display().to_string(),
            lines: 0,
            said: None,
        }
    }

    fn add(&mut self, lines: u64, cause: Arguments<'_>) {
        self.lines = self.lines.saturating_add(lines);
        if self.said.is_some_and(|said| said.elapsed() < PAUSE) {
            return;
        }
        self.said = Some(Instant::now());
        let (path, lines) = (&self.path, self.lines);
        // Not as an event: that would be one more line for the file.
        let message =
            format!("otelier: cannot write to {path}: {cause} ({lines} lines lost so far)\n");
        let _ = io::stderr().lock().write_all(message.as_bytes());
    }
}
