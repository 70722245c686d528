//! A filter of the console that can be changed while the program runs.

use std::sync::{Arc, Mutex, PoisonError};

use otelier_logs::{BadDirectives, ConsoleDirectives, console_filter};
use tracing_subscriber::{Registry, reload};

use super::directives::audible;

/// Changes what the console and the log file show, while the program runs.
///
/// ```
/// let filter = otelier::ConsoleFilter::new();
/// let telemetry = otelier::setup!().with_console_filter(&filter).init();
/// // Wherever the program is told to, an endpoint of its own for example:
/// filter.set("info,shop=debug")?;
/// # drop(telemetry);
/// # Ok::<(), otelier::BadDirectives>(())
/// ```
/// Until then `RUST_LOG` decides. What is shipped does not depend on it. Copies
/// are handles of the same filter.
///
/// # Cost
/// A lock, taken for reading, for each event and span that the console looks at;
/// none without it.
#[derive(Clone, Debug, Default)]
pub struct ConsoleFilter(Arc<Mutex<Vec<reload::Handle<ConsoleDirectives, Registry>>>>);

impl ConsoleFilter {
    /// A filter that belongs to no console yet: setting it changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows what these directives allow, in the form of `RUST_LOG`, from now on.
    ///
    /// # Errors
    /// They cannot be read; nothing changes then.
    pub fn set(&self, directives: &str) -> Result<(), BadDirectives> {
        let directives = audible(directives);
        let (_, problem) = console_filter(Some(&directives));
        if let Some(problem) = problem {
            return Err(problem);
        }
        let handles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for handle in &*handles {
            let (filter, _) = console_filter(Some(&directives));
            // A subscriber that is gone shows nothing.
            handle.reload(filter).ok();
        }
        Ok(())
    }

    /// The filter as a part of a layer.
    pub(super) fn join(
        &self,
        filter: ConsoleDirectives,
    ) -> reload::Layer<ConsoleDirectives, Registry> {
        let (filter, handle) = reload::Layer::new(filter);
        let mut handles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        handles.push(handle);
        filter
    }
}
