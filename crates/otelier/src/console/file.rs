//! The file that lines are written to, beside standard output.

use std::{error::Error as _, sync::Arc, time::Duration};

use otelier_logs::{Console, Format, LogFile, Place};

use super::Printing;
use crate::{Setup, limit::Limit, variable::set};

pub(super) const FILE: &str = "OTELIER_LOG_FILE";
pub(super) const MAX_BYTES: &str = "OTELIER_LOG_FILE_MAX_BYTES";
pub(super) const MAX_HOURS: &str = "OTELIER_LOG_FILE_MAX_HOURS";
pub(super) const BACKUPS: &str = "OTELIER_LOG_FILE_BACKUPS";

impl Printing {
    /// Adds the file, if the variable or the code names one. Where it cannot be
    /// opened, the program runs without.
    pub(super) fn add_file(&mut self, setup: &Setup, service: &str, limit: &Limit) {
        let named = set(FILE).map(LogFile::new);
        let Some(mut file) = named.or_else(|| setup.console.file.clone()) else {
            return;
        };
        if let Some(bytes) = self.number(MAX_BYTES) {
            file = file.with_max_bytes(bytes);
        }
        if let Some(hours) = self.number(MAX_HOURS) {
            file = file.with_max_age(Duration::from_secs(hours.saturating_mul(3600)));
        }
        if let Some(backups) = self.number(BACKUPS) {
            file = file.with_backups(usize::try_from(backups).unwrap_or(usize::MAX));
        }
        match file.open() {
            Ok((writer, guard)) => {
                let console = Console::new(Format::Json).with_writer(Arc::new(writer));
                self.add(setup, service, limit, Place::File, console);
                self.file = Some(guard);
            }
            Err(error) => {
                let cause = error.source().map(|cause| format!(": {cause}"));
                self.problems.push(format!(
                    "{error}{}; nothing is written there: create the directory, or set {FILE} to \
                     a file that can be written to",
                    cause.unwrap_or_default()
                ));
            }
        }
    }

    /// A number from 1 on.
    fn number(&mut self, variable: &str) -> Option<u64> {
        let number = set(variable)?.parse().ok().filter(|number| *number > 0);
        if number.is_none() {
            let problem = format!("{variable}: not a whole number from 1 on; it is ignored");
            self.problems.push(problem);
        }
        number
    }
}
