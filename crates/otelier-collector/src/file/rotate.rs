//! A file that gives way to a new one when it is long enough.

use crate::calendar::date;
use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// How long a file that is saved to may become, and how many older ones are kept beside it.
///
/// See the example of [`Collector`](crate::Collector).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes after which a new file is begun; one line may lead beyond.
    pub max_bytes: u64,
    /// Older files that are kept.
    pub backups: usize,
}

impl Default for Rotation {
    /// 100 MiB, and ten older files.
    fn default() -> Self {
        Self {
            max_bytes: 100 << 20,
            backups: 10,
        }
    }
}

/// The file, and what was written to it.
#[derive(Debug)]
pub(super) struct Rotating {
    path: PathBuf,
    rotation: Rotation,
    file: File,
    length: u64,
}

impl Rotating {
    /// Opens a file to append to.
    pub(super) fn open(path: &Path, rotation: Rotation) -> io::Result<Self> {
        let file = append(path)?;
        let metadata = file.metadata()?;
        Ok(Self {
            path: path.to_owned(),
            rotation,
            // What is no file (a pipe, a terminal) is never replaced.
            length: if metadata.is_file() {
                metadata.len()
            } else {
                0
            },
            file,
        })
    }

    /// Begins a new file if this one is long enough. What is written before this belongs
    /// together.
    pub(super) fn turn(&mut self) -> io::Result<()> {
        if self.length < self.rotation.max_bytes || !self.file.metadata()?.is_file() {
            return Ok(());
        }
        if self.rotation.backups == 0 {
            self.file.set_len(0)?;
        } else {
            fs::rename(&self.path, self.backup())?;
            self.file = append(&self.path)?;
            self.forget_oldest()?;
        }
        self.length = 0;
        Ok(())
    }

    /// A name that sorts by age and before the file's own: `run-2026-11-30T01-49-21.000.jsonl`.
    fn backup(&self) -> PathBuf {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.map_or(0, |since| since.as_millis());
        let mut millis = u64::try_from(now).unwrap_or_default();
        loop {
            let path = self.path.with_file_name(self.named(&timestamp(millis)));
            if !path.exists() {
                return path;
            }
            millis += 1;
        }
    }

    fn named(&self, timestamp: &str) -> OsString {
        let mut name = self.path.file_stem().unwrap_or_default().to_owned();
        name.push("-");
        name.push(timestamp);
        if let Some(extension) = self.path.extension() {
            name.push(".");
            name.push(extension);
        }
        name
    }

    fn forget_oldest(&self) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut backups = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            if self.is_backup(&name) {
                backups.push(name);
            }
        }
        backups.sort_unstable();
        let surplus = backups.len().saturating_sub(self.rotation.backups);
        for name in backups.into_iter().take(surplus) {
            fs::remove_file(folder.join(name))?;
        }
        Ok(())
    }

    /// Whether a file is one of those that this one left behind, by the whole shape of its name.
    fn is_backup(&self, name: &OsString) -> bool {
        let shape = self.named(&timestamp(0));
        let (shape, name) = (shape.as_encoded_bytes(), name.as_encoded_bytes());
        let stem = self.path.file_stem().unwrap_or_default().len() + 1;
        let stamp = stem..stem + timestamp(0).len();
        shape.len() == name.len()
            && (shape.iter().zip(name).enumerate()).all(|(at, (shape, byte))| {
                match stamp.contains(&at) && shape.is_ascii_digit() {
                    true => byte.is_ascii_digit(),
                    false => byte == shape,
                }
            })
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn append(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

/// A moment in UTC, as the rotation of the OpenTelemetry Collector writes it.
fn timestamp(unix_millis: u64) -> String {
    let (days, of_day) = (unix_millis / 86_400_000, unix_millis % 86_400_000);
    let (year, month, day) = date(days);
    let (hours, minutes, seconds) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    let millis = of_day % 1000;
    format!("{year:04}-{month:02}-{day:02}T{hours:02}-{minutes:02}-{seconds:02}.{millis:03}")
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn moments_are_written_as_the_calendar_has_them() {
        for (seconds, text) in [
            (0, "1970-01-01T00-00-00.000"),
            (951_782_400, "2000-02-29T00-00-00.000"),
            (1_709_251_199, "2024-02-29T23-59-59.000"),
            (1_735_689_599, "2024-12-31T23-59-59.000"),
            (4_107_542_400, "2100-03-01T00-00-00.000"),
        ] {
            assert_eq!(timestamp(seconds * 1000), text);
        }
    }
}
