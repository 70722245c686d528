//! What cells are made of, which a model checker replaces.

pub(super) use std::sync::atomic::{AtomicU64, Ordering};
