//! The file that lines go to: rotated, and found again where others took it away.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use super::{
    disk::{Open, id, is_fifo, lines},
    settings::LogFile,
};

/// The least time between two attempts to rotate a file that does not let itself: each tells of its failure.
const PAUSE: Duration = Duration::from_secs(60);

/// What lines are written to.
#[derive(Debug)]
pub(super) struct Roll {
    settings: LogFile,
    /// `None` after a failure: the next lines try again.
    open: Option<Open>,
    /// When the file did not let itself be rotated last.
    failed: Option<Instant>,
}

impl Roll {
    pub(super) fn open(settings: &LogFile) -> io::Result<Self> {
        let open = match Open::new(&settings.path) {
            // Who reads it may come later.
            Err(_) if is_fifo(&settings.path) => None,
            opened => Some(opened?),
        };
        Ok(Self {
            settings: settings.clone(),
            open,
            failed: None,
        })
    }

    /// Writes lines. Returns the cause if the disk does not take all of them, and how many are lost for it.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), (io::Error, u64)> {
        self.follow();
        let written = self.append(lines);
        // Somebody deleted it meanwhile, and the lines with it.
        if self.open.as_ref().is_some_and(Open::is_deleted) {
            self.open = None;
            return self.append(lines);
        }
        written
    }

    /// Lets go of a file that others have moved or deleted.
    fn follow(&mut self) {
        let Some(open) = self.open.as_mut().filter(|open| open.began.is_some()) else {
            return;
        };
        match fs::metadata(&self.settings.path) {
            Ok(there) if id(&there) == open.id => open.size = there.len(),
            // Who may not look may not open it either.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Ok(_) | Err(_) => self.open = None,
        }
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), (io::Error, u64)> {
        let mut lost = 0;
        let mut failure = None;
        let mut rest = lines;
        while !rest.is_empty() {
            let taken = self.append_some(&mut rest);
            if let Err((cause, lines)) = taken {
                lost += lines;
                failure = Some(cause);
            }
        }
        failure.map_or(Ok(()), |cause| Err((cause, lost)))
    }

    /// Writes as many lines as the file has room for, with one call.
    fn append_some(&mut self, rest: &mut &[u8]) -> Result<(), (io::Error, u64)> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => match Open::new(&self.settings.path) {
                Ok(open) => open,
                Err(cause) => return Err((cause, lines(std::mem::take(rest)))),
            },
        };
        if self.is_due(&open, first(rest).len(), SystemTime::now()) {
            open = match self.rotate(open) {
                Ok(open) => open,
                Err(cause) => return Err((cause, lines(std::mem::take(rest)))),
            };
        }
        let room = match open.began {
            Some(_) if self.failed.is_none() => self.settings.max_bytes.saturating_sub(open.size),
            _ => u64::MAX,
        };
        let (now, later) = split(rest, room);
        *rest = later;
        let written = open.write(now);
        if written.is_ok() || open.began.is_some() {
            self.open = Some(open);
        }
        written
    }

    fn is_due(&self, open: &Open, next: usize, now: SystemTime) -> bool {
        let Some(began) = open.began.filter(|_| open.size > 0) else {
            return false;
        };
        let next = u64::try_from(next).unwrap_or(u64::MAX);
        let is_old = now
            .duration_since(began)
            .is_ok_and(|age| age >= self.settings.max_age);
        let is_full = open.size.saturating_add(next) > self.settings.max_bytes;
        let rests = self.failed.is_some_and(|when| when.elapsed() < PAUSE);
        !rests && (is_old || is_full)
    }

    /// Renames the file and those before it. What cannot be renamed is written on.
    fn rotate(&mut self, open: Open) -> io::Result<Open> {
        let path = &self.settings.path;
        let renamed = rename_all(path, self.settings.backups.max(1));
        self.failed = renamed.is_err().then(Instant::now);
        match renamed {
            Ok(()) => {
                drop(open);
                Open::new(path)
            }
            Err(error) => {
                let path = path.display();
                let message = format!(
                    "otelier: cannot rotate {path}: {error}; lines go on into the same file\n"
                );
                let _ = io::stderr().lock().write_all(message.as_bytes());
                Ok(open)
            }
        }
    }
}

/// `shop.log` becomes `shop.log.1`, that one `shop.log.2`; the last one goes.
fn rename_all(path: &Path, backups: usize) -> io::Result<()> {
    let backup = |number: usize| {
        let mut name = OsString::from(path);
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    // Of many that may be kept, few are there.
    let there = (1..backups).take_while(|number| backup(*number).exists());
    for number in (1..=there.count()).rev() {
        fs::rename(backup(number), backup(number + 1))?;
    }
    fs::rename(path, backup(1))
}

fn first(lines: &[u8]) -> &[u8] {
    let mut all = lines.split_inclusive(|byte| *byte == b'\n');
    all.next().unwrap_or_default()
}

/// The lines that fit into `room`, at least one, and the others.
fn split(lines: &[u8], room: u64) -> (&[u8], &[u8]) {
    let room = usize::try_from(room).unwrap_or(usize::MAX).min(lines.len());
    let within = lines.get(..room).unwrap_or_default();
    let end = match within.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => last + 1,
        None => first(lines).len(),
    };
    lines.split_at_checked(end).unwrap_or((lines, &[]))
}

#[cfg(test)]
mod tests;
