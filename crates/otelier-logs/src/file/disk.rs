//! The file as it is open.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Write as _},
    path::Path,
    time::SystemTime,
};

/// A file that is open.
#[derive(Debug)]
pub(super) struct Open {
    file: File,
    pub(super) size: u64,
    /// When the file began; `None` for what is no file, and can be neither rotated nor moved.
    pub(super) began: Option<SystemTime>,
    pub(super) id: Option<(u64, u64)>,
    /// The last line was not taken to its end.
    torn: bool,
}

impl Open {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        let metadata = file.metadata()?;
        let began = metadata.is_file().then(|| {
            let began = metadata.created().or_else(|_| metadata.modified());
            began.unwrap_or_else(|_| SystemTime::now())
        });
        Ok(Self {
            size: metadata.len(),
            began,
            id: id(&metadata),
            torn: false,
            file,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), (io::Error, u64)> {
        if self.torn {
            self.put(b"\n")
                .map_err(|(cause, _)| (cause, lines(bytes)))?;
            self.torn = false;
        }
        self.put(bytes).map_err(|(cause, written)| {
            let (before, after) = bytes.split_at_checked(written).unwrap_or((bytes, &[]));
            self.torn = before.last().is_some_and(|last| *last != b'\n');
            // A line that was begun is lost, too.
            (cause, lines(after))
        })
    }

    /// Writes it all, or tells how much was written.
    fn put(&mut self, bytes: &[u8]) -> Result<(), (io::Error, usize)> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match self.file.write(rest) {
                Ok(0) => return Err((io::ErrorKind::WriteZero.into(), written)),
                Ok(some) => {
                    written += some;
                    self.size += u64::try_from(some).unwrap_or(u64::MAX);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((error, written)),
            }
        }
        Ok(())
    }

    #[cfg(unix)]
    pub(super) fn is_deleted(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = self.file.metadata();
        self.began.is_some() && metadata.is_ok_and(|metadata| metadata.nlink() == 0)
    }

    #[cfg(not(unix))]
    pub(super) fn is_deleted(&self) -> bool {
        false
    }
}

/// Opens without waiting: a FIFO that nobody reads is an error.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use nix::fcntl::{FcntlArg, OFlag, fcntl};

    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    if !file.metadata()?.is_file() {
        // Who reads may be slow: only the thread that writes waits for it.
        fcntl(&file, FcntlArg::F_SETFL(OFlag::O_APPEND)).map_err(io::Error::from)?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

#[cfg(unix)]
pub(super) fn is_fifo(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
pub(super) fn is_fifo(_: &Path) -> bool {
    false
}

#[cfg(unix)]
pub(super) fn id(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
pub(super) fn id(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// How many lines these are.
pub(super) fn lines(bytes: &[u8]) -> u64 {
    let count = bytes.split_inclusive(|byte| *byte == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}
