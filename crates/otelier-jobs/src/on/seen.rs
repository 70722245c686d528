//! What a job's error shows beside its text.

use std::{any::Any, error::Error};

use otelier_core::{error_name, known_error_name};

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

/// Where an error was made, if it says so: the start, as much as of any text is kept.
pub(super) fn stack<E: 'static>(error: &E) -> Option<String> {
    any::stack(error)
}

#[cfg(feature = "anyhow")]
mod any {
    use std::{any::Any, backtrace::BacktraceStatus, error::Error};

    use otelier_core::{MAX_TEXT, head_of};

    pub(super) fn inside(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
        Some(error.downcast_ref::<anyhow::Error>()?.as_ref())
    }

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
