//! A filter of what is shipped that can be changed while the program runs.

use std::sync::{Arc, Mutex, PoisonError};

use otelier_logs::{BadDirectives, ShipFilter};

/// Changes which log records are shipped, while the program runs.
///
/// ```
/// let filter = otelier::LogFilter::new();
/// let telemetry = otelier::setup!().with_log_filter(&filter).init();
/// // Wherever the program is told to, an endpoint of its own for example:
/// filter.set("info,shop=debug")?;
/// # drop(telemetry);
/// # Ok::<(), otelier::BadDirectives>(())
/// ```
/// Until then `OTEL_LOG_LEVEL` decides. What the console shows does not depend on
/// it; a `ConsoleFilter` changes that. Copies are handles of the same filter.
///
/// # Cost
/// None until it is set, and hardly any then: `tracing` remembers what a filter
/// says of each place in the source.
#[derive(Clone, Debug, Default)]
pub struct LogFilter(Arc<Mutex<Vec<ShipFilter>>>);

impl LogFilter {
    /// A filter that belongs to no telemetry yet: setting it changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ships what these directives allow, in the form of `OTEL_LOG_LEVEL`, from
    /// now on.
    ///
    /// # Errors
    /// They cannot be read; nothing changes then. Without the feature `otel`
    /// nothing is read.
    pub fn set(&self, directives: &str) -> Result<(), BadDirectives> {
        let targets = otelier_sdk::log_directives(directives).map_err(BadDirectives::new)?;
        let filters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for filter in &*filters {
            filter.set_directives(targets.clone());
        }
        Ok(())
    }

    /// Changes that filter, too, from now on.
    pub(crate) fn join(&self, filter: &ShipFilter) {
        let mut filters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        filters.push(filter.clone());
    }
}
