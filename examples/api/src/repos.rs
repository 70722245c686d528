//! The repositories, in memory until there is a database.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::Serialize;

/// A repository.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Repo {
    id: u64,
    name: &'static str,
}

/// All that is known.
#[derive(Debug)]
pub(crate) struct Repos {
    known: BTreeMap<u64, Repo>,
    next_job: AtomicU64,
}

impl Repos {
    pub(crate) fn new() -> Self {
        let known = [(1, "axum"), (2, "sqlx"), (7, "otelier")];
        Self {
            known: known
                .into_iter()
                .map(|(id, name)| (id, Repo { id, name }))
                .collect(),
            next_job: AtomicU64::new(1),
        }
    }

    #[tracing::instrument(name = "find repo", skip(self))]
    pub(crate) fn find(&self, id: u64) -> Option<Repo> {
        self.known.get(&id).cloned()
    }

    pub(crate) fn enqueue_index(&self) -> u64 {
        self.next_job.fetch_add(1, Ordering::Relaxed)
    }
}
