//! What a job's error shows beside its text.

use std::fmt::Display;

use otelier_core::error_name_of;

use crate::failure::{Ending, Failure};

/// An error is a failure of its type's name.
pub(crate) fn by_result<T, E: Display + 'static>(result: &Result<T, E>) -> Option<Ending> {
    let error = result.as_ref().err()?;
    let mut failure = Failure::new(error_name_of(error)).with_message(error);
    failure.stack = any::stack(error);
    Some(Ending::Failed(failure))
}

#[cfg(feature = "anyhow")]
mod any {
    use std::{any::Any, backtrace::BacktraceStatus};

    use otelier_core::{MAX_TEXT, head_of};

    /// Where an error was made, if it says so: the start, as much as of any text is
    /// kept.
    pub(super) fn stack(error: &dyn Any) -> Option<String> {
        let backtrace = error.downcast_ref::<anyhow::Error>()?.backtrace();
        let is_there = backtrace.status() == BacktraceStatus::Captured;
        is_there.then(|| head_of(backtrace, MAX_TEXT))
    }
}

#[cfg(not(feature = "anyhow"))]
mod any {
    use std::any::Any;

    pub(super) fn stack(_: &dyn Any) -> Option<String> {
        None
    }
}
