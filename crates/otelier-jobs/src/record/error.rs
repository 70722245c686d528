//! What a job's error shows beside its text.

use std::{any::Any, error::Error, fmt::Display};

use otelier_core::{error_name, known_error_name};

use crate::failure::{Ending, Failure};

/// An error is a failure of its type's name.
pub(crate) fn by_result<T, E: Display + 'static>(result: &Result<T, E>) -> Option<Ending> {
    let error = result.as_ref().err()?;
    let mut failure = Failure::new(name(error)).with_message(error);
    failure.stack = any::stack(error);
    Some(Ending::Failed(failure))
}

/// What the type of an error is called; of one in a box, that which is inside, if it
/// is known.
pub(super) fn name<E: 'static>(error: &E) -> &'static str {
    let inside = inside(error).and_then(known_error_name);
    inside.unwrap_or_else(error_name::<E>)
}

fn inside(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Some(&**boxed);
    }
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send>>() {
        return Some(&**boxed);
    }
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error>>() {
        return Some(&**boxed);
    }
    any::inside(error)
}

#[cfg(feature = "anyhow")]
mod any {
    use std::{any::Any, backtrace::BacktraceStatus, error::Error};

    use otelier_core::{MAX_TEXT, head_of};

    pub(super) fn inside(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
        Some(error.downcast_ref::<anyhow::Error>()?.as_ref())
    }

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
    use std::{any::Any, error::Error};

    pub(super) fn inside(_: &dyn Any) -> Option<&(dyn Error + 'static)> {
        None
    }

    pub(super) fn stack(_: &dyn Any) -> Option<String> {
        None
    }
}
