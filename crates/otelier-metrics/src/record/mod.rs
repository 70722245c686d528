//! The recorder.
//!
//! | floor | rooms |
//! |---|---|
//! | what the facade asks for | `bridge` |
//! | the metrics of one kind | `family` |
//! | one of them | `value`, `labels` |

mod bridge;
mod family;
mod labels;
mod value;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use self::bridge::Bridge;
use crate::taken::Taken;

pub(crate) fn install() -> Result<(), Taken> {
    static IS_OURS: AtomicBool = AtomicBool::new(false);
    if IS_OURS.load(Relaxed) {
        return Ok(());
    }
    metrics::set_global_recorder(Bridge::new()).map_err(|_| Taken)?;
    IS_OURS.store(true, Relaxed);
    Ok(())
}
