//! Opens the file, and starts who writes to it.

use std::sync::Arc;

use super::{
    queue::Queue,
    roll::Roll,
    settings::{LogFile, LogFileError},
    writer::{self, FileGuard, FileWriter},
};

impl LogFile {
    /// Opens the file, or creates it, and starts the thread that writes to it. What is there already is kept.
    ///
    /// # Errors
    /// [`LogFileError`] if the file cannot be opened for writing: create its directory, or give the process the right
    /// to write there.
    pub fn open(self) -> Result<(FileWriter, FileGuard), LogFileError> {
        let failed = |cause| LogFileError {
            path: self.path.clone(),
            cause,
        };
        let file = Roll::open(&self).map_err(failed)?;
        let queue = Arc::new(Queue::default());
        writer::spawn(&self.path, file, &queue).map_err(failed)?;
        Ok((FileWriter::new(&queue), FileGuard::new(queue)))
    }
}
