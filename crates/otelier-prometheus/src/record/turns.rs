//! Whose turn it is to read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use tokio::{
    sync::{Mutex, OwnedMutexGuard, Semaphore},
    task::spawn_blocking,
};

use super::accept::Format;
use crate::page::{Page, Unread};

/// Who may read or wait at a time.
const MOST: usize = 8;

/// One reads at a time. Who comes meanwhile waits, and shares what is read next.
#[derive(Debug)]
pub(super) struct Turns {
    seats: Semaphore,
    /// How many readings have begun.
    begun: Arc<AtomicU64>,
    last: Arc<Mutex<Last>>,
}

/// The last page of each format, and which reading it is of.
#[derive(Debug, Default)]
struct Last([Option<(u64, Page)>; Format::ALL.len()]);

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            seats: Semaphore::new(MOST),
            begun: Arc::default(),
            last: Arc::default(),
        }
    }

    /// A page that was read after this was asked, by `read` or by another's.
    pub(super) async fn page(
        &self,
        format: Format,
        read: impl FnOnce() -> Result<Page, Unread> + Send + 'static,
    ) -> Result<Page, Unread> {
        let _seat = self.seats.try_acquire().map_err(|_| Unread::Busy)?;
        let before = self.begun.load(SeqCst);
        let last = Arc::clone(&self.last).lock_owned().await;
        if let Some((_, page)) = last.of(format).filter(|(reading, _)| *reading > before) {
            return Ok(page.clone());
        }
        let begun = Arc::clone(&self.begun);
        // It ends its turn by itself: who asked may be gone.
        let turn = spawn_blocking(move || take_turn(last, &begun, format, read));
        turn.await.unwrap_or(Err(Unread::Failed))
    }
}

fn take_turn(
    mut last: OwnedMutexGuard<Last>,
    begun: &AtomicU64,
    format: Format,
    read: impl FnOnce() -> Result<Page, Unread>,
) -> Result<Page, Unread> {
    let reading = begun.fetch_add(1, SeqCst) + 1;
    let page = read()?;
    last.keep(format, (reading, page.clone()));
    Ok(page)
}

impl Last {
    fn of(&self, format: Format) -> Option<&(u64, Page)> {
        self.0.get(format as usize)?.as_ref()
    }

    fn keep(&mut self, format: Format, page: (u64, Page)) {
        if let Some(place) = self.0.get_mut(format as usize) {
            *place = Some(page);
        }
    }
}

#[cfg(test)]
mod tests;
