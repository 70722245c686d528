//! Which file, and how large and old it gets.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// A file that lines are written to, by a thread of its own.
///
/// ```
/// use otelier_logs::{Console, Format, LogFile};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.log");
/// let (writer, guard) = LogFile::new(path).with_max_bytes(10 << 20).open()?;
/// let layer = Console::new(Format::Json).with_writer(writer);
/// # drop((layer, guard));
/// # Ok(())
/// # }
/// ```
///
/// A file that is full or too old becomes `shop.log.1`, that one `shop.log.2`, and so on; the last is deleted. Only
/// regular files are rotated, `/dev/stderr` is not.
///
/// Writing never waits for the disk: lines are copied to a queue of 1 MiB, and those that do not fit are dropped, as
/// are those that the disk does not take. How many is said on standard error, at most once a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct LogFile {
    pub(super) path: PathBuf,
    pub(super) max_bytes: u64,
    pub(super) max_age: Duration,
    pub(super) backups: usize,
}

impl LogFile {
    /// How large the file may get where nothing is said: 100 MiB.
    pub const MAX_BYTES: u64 = 100 << 20;
    /// How old the file may get where nothing is said: 7 days.
    pub const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    /// How many rotated files are kept where nothing is said.
    pub const BACKUPS: usize = 5;

    /// A file with the limits above.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            max_bytes: Self::MAX_BYTES,
            max_age: Self::MAX_AGE,
            backups: Self::BACKUPS,
        }
    }

    /// Sets how large the file may get. A longer line gets a file of its own.
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how old the file may get, from its creation where the file system tells that, else from its last change.
    pub fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Sets how many rotated files are kept, at least one.
    pub fn with_backups(mut self, backups: usize) -> Self {
        self.backups = backups;
        self
    }

    /// Where the lines go.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The file cannot be opened for writing.
///
/// See the example of [`LogFile`].
#[derive(Debug)]
pub struct LogFileError {
    pub(super) path: PathBuf,
    pub(super) cause: io::Error,
}

impl fmt::Display for LogFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write to {}", self.path.display())
    }
}

impl Error for LogFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}
