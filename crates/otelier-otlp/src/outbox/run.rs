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

    async fn run(self: Arc<Self>) {
        let mut pauses = BackOff::new();
        let mut hurry = self.hurry.subscribe();
        while let Some(entry) = self.take().await {
            let sending = Sending(&self, Some(entry));
            match self.deliver(&sending).await {
                Ok(delivered) => {
                    pauses = BackOff::new();
                    if sending.entry().is_some_and(Entry::was_halved) {
                        self.passed.fetch_max(sending.plain_bytes(), Relaxed);
                    }
                    self.books.delivered(sending.items(), &delivered);
                    self.lock().away = false;
                    sending.done();
                }
                Err(failure) if !failure.is_passing() => self.refused(sending, failure),
                Err(failure) if self.is_finishing() => self.end(Some(sending), &failure),
                Err(failure) => {
                    let asked = failure.retry_after;
                    let pause = pauses.next(asked).min(LONGEST);
                    self.put_back(sending, &failure);
                    if !self.pause(pause, asked.is_some(), &mut hurry).await {
                        self.end(None, &failure);
                    }
                }
            }
        }
        // For the next one that sends.
        self.posted.notify_one();
    }

    async fn deliver(&self, sending: &Sending<'_>) -> Result<Delivered, Failure> {
        match sending.entry() {
            Some(entry) if !entry.is_known_to_be_too_large() => {
                self.transport.deliver(&entry.parcel).await
            }
            entry => Err(Failure {
                cause: Cause::RecordTooLarge {
                    bytes: entry.map_or(0, Entry::plain_bytes),
                    message: None,
                },
                attempts: 0,
                wire_bytes: 0,
                elapsed: Duration::ZERO,
                retry_after: None,
            }),
        }
    }

    /// Sends in parts what was refused as a whole, where that may help.
    fn refused(&self, mut sending: Sending<'_>, mut failure: Failure) {
        let Some(entry) = sending.1.take() else {
            return;
        };
        let (size, charged) = (entry.plain_bytes(), entry.bytes);
        let is_too_large = failure.cause.is_too_large();
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
                sending.1 = Some(*entry);
                sending.done();
            }
        }
    }

    /// The next one; `None` when there will be no more.
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

    /// Waits, but no longer than until somebody is in a hurry, or the end is
    /// near. What the server `asked` for is waited for all the same; false if
    /// the end will come before.
    async fn pause(&self, pause: Duration, asked: bool, hurry: &mut watch::Receiver<u64>) -> bool {
        let end = tokio::time::Instant::now() + pause;
        let mut finishing = self.transport.finishing();
        let finish = async {
            loop {
                let by = *finishing.borrow_and_update();
                if let Some(by) = by
                    && (!asked || by <= end)
                {
                    return !asked;
                }
                if finishing.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        let hurry = async {
            if hurry.changed().await.is_err() || asked {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = sleep_until(end) => true,
            () = hurry => true,
            goes_on = finish => goes_on,
        }
    }
}
