//! The file that lines are written to, beside standard output.

use std::{error::Error as _, sync::Arc, time::Duration};

use otelier_logs::{Console, Format, LogFile, Place};
use otelier_sdk::variables::{
    LOG_FILE, LOG_FILE_BACKUPS, LOG_FILE_MAX_BYTES, LOG_FILE_MAX_HOURS, Variable,
};

use super::{Options, Printing};
use crate::lines::Limit;

impl Printing {
    /// Adds the file, if the variable or the code names one. Where it cannot be
    /// opened, the program runs without.
    pub(super) fn add_file(&mut self, options: &Options, service: &str, limit: &Limit) {
        let named = LOG_FILE.get().map(LogFile::new);
        let Some(mut file) = named.or_else(|| options.file.clone()) else {
            return;
        };
        if let Some(bytes) = self.number(&LOG_FILE_MAX_BYTES) {
            file = file.with_max_bytes(bytes);
        }
        if let Some(hours) = self.number(&LOG_FILE_MAX_HOURS) {
            file = file.with_max_age(Duration::from_secs(hours.saturating_mul(3600)));
        }
        if let Some(backups) = self.number(&LOG_FILE_BACKUPS) {
            file = file.with_backups(usize::try_from(backups).unwrap_or(usize::MAX));
        }
        match file.open() {
            Ok((writer, guard)) => {
                let console = Console::new(Format::Json).with_writer(Arc::new(writer));
                self.add(options, service, limit, Place::File, console);
                self.file = Some(guard);
            }
            Err(error) => {
                let cause = error.source().map(|cause| format!(": {cause}"));
                self.problems.push(format!(
                    "{error}{}; nothing is written there: create the directory, or set {} to \
                     a file that can be written to",
                    cause.unwrap_or_default(),
                    LOG_FILE.name
                ));
            }
        }
    }

    /// A number from 1 on.
    fn number(&mut self, variable: &Variable) -> Option<u64> {
        let number = variable.read_number(&variable.get()?).ok();
        if number.is_none() {
            let problem = format!(
                "{}: not a whole number from 1 on; it is ignored",
                variable.name
            );
            self.problems.push(problem);
        }
        number
    }
}
