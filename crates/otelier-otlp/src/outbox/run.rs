//! What sends: takes what waits, and sees to what becomes of it.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use tokio::{sync::watch, time::sleep_until};

use super::{Shared, State, entry::Entry, sending::Sending};
use crate::{Cause, Delivered, Failure, retry::BackOff};

/// The longest wait that a server may ask for.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The largest request that is put together, in bytes: one that takes longer
/// than the timeout would be worse than many.
const GATHERED: usize = 256 << 10;
/// There is no time for many small requests when there is no more than this.
const SHORT: Duration = Duration::from_secs(10);

impl Shared {
    /// Sends, and goes on where that panicked: who keeps the books may do so.
    pub(super) async fn supervise(self: Arc<Self>) {
        loop {
            let running = self.transport.handle().spawn(Arc::clone(&self).run());
            match running.await {
                Err(error) if error.is_panic() => {}
                _ => return,
            }
        }
    }

    /// The one loop of all attempts. What failed in a way that may pass stays with who
    /// sends it until the timeout is over; then it waits with all others, and is tried
    /// for as long as it takes. The waits between attempts are the same in both cases.
    pub(super) async fn run(self: Arc<Self>) {
        let mut waits = BackOff::new();
        let mut hurry = self.hurry.subscribe();
        let mut finishing = self.transport.finishing();
        let mut kept = None;
        while let Some(mut sending) = self.next(kept.take()).await {
            let failure = match self.attempt(&mut sending).await {
                Ok(delivered) => {
                    waits = BackOff::new();
                    if sending.entry().is_some_and(Entry::was_halved) {
                        self.passed.fetch_max(sending.plain_bytes(), Relaxed);
                    }
                    self.books.delivered(sending.items(), &delivered);
                    self.lock().away = false;
                    sending.done();
                    continue;
                }
                Err(failure) if !failure.is_passing() => {
                    waits = BackOff::new();
                    self.refused(sending, failure);
                    continue;
                }
                Err(failure) => failure,
            };
            let asked = failure.retry_after;
            let wait = waits.next(asked);
            if !self.transport.is_over(&sending.round, &failure, wait) {
                kept = Some(sending);
            } else if !self.keeps || self.is_finishing() {
                self.end(Some(sending), &failure);
                continue;
            } else {
                self.put_back(sending, &failure);
            }
            let wait = wait.min(LONGEST);
            if !pause(wait, asked.is_some(), &mut hurry, &mut finishing).await {
                self.end(kept.take(), &failure);
            }
        }
        // For the next one that sends.
        self.posted.notify_one();
    }

    async fn attempt(&self, sending: &mut Sending<'_>) -> Result<Delivered, Failure> {
        match &sending.entry {
            Some(entry) if !entry.is_known_to_be_too_large() => {
                let round = &mut sending.round;
                self.transport.attempt(&entry.parcel, round).await
            }
            entry => Err(Failure::from(Cause::RecordTooLarge {
                bytes: entry.as_ref().map_or(0, Entry::plain_bytes),
                message: None,
            })),
        }
    }

    /// Sends in parts what was refused as a whole, where that may help.
    fn refused(&self, mut sending: Sending<'_>, mut failure: Failure) {
        let Some(entry) = sending.entry.take() else {
            return;
        };
        let (size, charged) = (entry.plain_bytes(), entry.bytes);
        let is_too_large = self.keeps && failure.cause.is_too_large();
        let parts = match entry.take_apart() {
            Err(entry) if is_too_large => {
                let halves = entry.halve(&self.transport);
                if halves.is_ok() && failure.attempts > 0 {
                    self.books.halved(size, &failure);
                }
                if halves.is_err() {
                    failure.cause = Cause::RecordTooLarge {
                        bytes: size,
                        message: failure.cause.message().map(Into::into),
                    };
                }
                halves
            }
            other => other,
        };
        match parts {
            Ok(parts) => sending.replace(charged, parts),
            Err(entry) => {
                self.books.failed(entry.items, &failure);
                sending.entry = Some(*entry);
                sending.done();
            }
        }
    }

    /// The one that was kept, or else the next; `None` when there will be no more.
    async fn next<'a>(&'a self, kept: Option<Sending<'a>>) -> Option<Sending<'a>> {
        match kept {
            Some(kept) => Some(kept),
            None => Some(Sending::new(self, self.take().await?)),
        }
    }

    async fn take(&self) -> Option<Entry> {
        loop {
            {
                let mut state = self.lock();
                if state.ended.is_some() {
                    return None;
                }
                if let Some(entry) = state.waiting.pop_front() {
                    state.sending += 1;
                    let mut entries = vec![entry];
                    if self.time_is_short(&state)
                        && let Some(first) = entries.first()
                    {
                        // The others that send get their share.
                        let share = state.waiting.len().div_ceil(self.in_flight);
                        let waiting = state.waiting.iter().take(share);
                        let more = first.may_gather(waiting, self.most());
                        entries.extend(state.waiting.drain(..more));
                    }
                    if !state.waiting.is_empty() {
                        // For another one that sends.
                        self.posted.notify_one();
                    }
                    drop(state);
                    return self.gathered(entries);
                }
                if state.closed {
                    return None;
                }
            }
            self.posted.notified().await;
        }
    }

    /// One of several; what cannot be put together goes on waiting.
    fn gathered(&self, mut entries: Vec<Entry>) -> Option<Entry> {
        if entries.len() == 1 {
            return entries.pop();
        }
        match Entry::gather(&self.transport, entries) {
            Ok(entry) => Some(entry),
            Err(entries) => {
                let mut entries = entries.into_iter();
                let first = entries.next();
                let mut state = self.lock();
                for entry in entries.rev() {
                    state.waiting.push_front(entry);
                }
                first
            }
        }
    }

    fn put_back(&self, sending: Sending<'_>, failure: &Failure) {
        match sending.put_back(failure) {
            Ok(waiting) => self.books.held(waiting, failure),
            Err(dropped) => {
                self.books.displaced(dropped);
                self.books.held(self.lock().items, failure);
            }
        }
        self.moved.notify_all();
    }

    /// Gives up all there is.
    fn end(&self, sending: Option<Sending<'_>>, failure: &Failure) {
        let lost = {
            let mut state = self.lock();
            let mut lost = 0;
            while let Some(entry) = state.waiting.pop_front() {
                state.forget(&entry);
                lost += entry.items;
            }
            state.ended = Some(failure.clone());
            // So that nobody takes it for done before it is booked.
            state.sending += 1;
            lost + sending.as_ref().map_or(0, Sending::items)
        };
        if lost > 0 {
            self.books.failed(lost, failure);
        }
        self.lock().sending -= 1;
        drop(sending);
        self.moved.notify_all();
    }

    fn time_is_short(&self, state: &State) -> bool {
        let finish = self.transport.finishing().borrow().map(Instant::from);
        let soon = Instant::now() + SHORT;
        let mut ends = state.drains.iter().copied().chain(finish);
        ends.any(|end| end < soon)
    }

    fn most(&self) -> usize {
        let most = GATHERED.min(self.largest.load(Relaxed));
        match self.passed.load(Relaxed) {
            0 => most,
            passed => most.min(passed),
        }
    }

    fn is_finishing(&self) -> bool {
        self.transport.finishing().borrow().is_some()
    }
}

/// Waits, but no longer than until somebody is in a hurry, or the end is told to be
/// near. What the server `asked` for is waited for all the same; false if the end
/// will come before.
async fn pause(
    wait: Duration,
    asked: bool,
    hurry: &mut watch::Receiver<u64>,
    finishing: &mut watch::Receiver<Option<tokio::time::Instant>>,
) -> bool {
    let end = tokio::time::Instant::now() + wait;
    if !asked {
        tokio::select! {
            () = sleep_until(end) => {}
            Ok(()) = hurry.changed() => {}
            Ok(()) = finishing.changed() => {}
        }
        return true;
    }
    loop {
        if finishing.borrow_and_update().is_some_and(|by| by <= end) {
            return false;
        }
        tokio::select! {
            () = sleep_until(end) => return true,
            Ok(()) = finishing.changed() => {}
        }
    }
}
