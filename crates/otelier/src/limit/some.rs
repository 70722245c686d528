//! The limit of lines per second and target, for whatever writes them.

use std::num::NonZeroU32;

use otelier_logs::LogLimit;
use otelier_sdk::variables::LOG_LIMIT;

/// What the variable or the code says. Dropped, it tells what was left out at last.
#[derive(Debug, Default)]
pub(crate) struct Limit(Option<LogLimit>);

impl Limit {
    pub(crate) fn new(mut lines: u32, sdk: &otelier_sdk::Telemetry) -> Self {
        if let Some(said) = LOG_LIMIT.get() {
            match said.parse() {
                Ok(said) => lines = said,
                Err(_) => sdk.warn(&format!(
                    "{}: not a whole number; it is ignored",
                    LOG_LIMIT.name
                )),
            }
        }
        let lines = NonZeroU32::new(lines);
        Self(lines.map(|lines| LogLimit::new(lines, otelier_sdk::warn)))
    }

    pub(crate) fn get(&self) -> Option<&LogLimit> {
        self.0.as_ref()
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        if let Some(limit) = &self.0 {
            limit.tell();
        }
    }
}
