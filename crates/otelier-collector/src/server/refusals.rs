//! Counts what was turned away, and tells of it.

use crate::{
    Notice,
    reason::Reason,
    refusal::{Refusal, shorten},
};
use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// No reason is told more often.
const PAUSE: Duration = Duration::from_secs(60);

/// What was turned away, by reason.
#[derive(Debug)]
pub(crate) struct Refusals {
    notice: Notice,
    books: Mutex<[Book; Reason::ALL.len()]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Book {
    count: u64,
    /// How many of these a line has told of, and when.
    told: u64,
    at: Option<Instant>,
}

impl Refusals {
    pub(crate) fn new(notice: Notice) -> Self {
        Self {
            notice,
            books: Mutex::default(),
        }
    }

    fn books(&self) -> MutexGuard<'_, [Book; Reason::ALL.len()]> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a refusal, and says a line about it if none of its reason was said of late. Faults
    /// are set by who wants them, and need no line.
    pub(crate) fn note(&self, refusal: &Refusal, what: impl fmt::Display) {
        self.write(refusal.reason(), || {
            format!("refused {what}: {}", shorten(refusal.message(), 300))
        });
    }

    /// Counts a connection that was closed at once.
    pub(crate) fn connection(&self) {
        self.write(Reason::Connections, || {
            "closed a connection: too many are open".into()
        });
    }

    fn write(&self, reason: Reason, line: impl FnOnce() -> String) {
        let now = Instant::now();
        let mut books = self.books();
        let Some(book) = books.get_mut(reason as usize) else {
            return;
        };
        book.count += 1;
        let due = book.at.is_none_or(|at| now.duration_since(at) >= PAUSE);
        if !due || matches!(reason, Reason::Fault | Reason::Closing) {
            return;
        }
        let more = book.count - book.told - 1;
        (book.told, book.at) = (book.count, Some(now));
        drop(books);
        let mut line = line();
        if !reason.hint().is_empty() {
            line.push_str("; ");
            line.push_str(reason.hint());
        }
        if more > 0 {
            line.push_str(&format!(" ({more} more like it since the last such line)"));
        }
        self.notice.say(&line);
    }

    /// How many were refused for each reason.
    pub(crate) fn counts(&self) -> Vec<(&'static str, u64)> {
        let books = self.books();
        let counts = Reason::ALL.iter().zip(books.iter());
        counts
            .map(|((_, label), book)| (*label, book.count))
            .collect()
    }

    /// Says what no line has told of yet.
    pub(crate) fn last_words(&self) {
        let untold: Vec<_> = (Reason::ALL.iter().zip(self.books().iter()))
            .filter(|((reason, _), _)| !matches!(reason, Reason::Fault | Reason::Closing))
            .filter(|(_, book)| book.count > book.told)
            .map(|((_, label), book)| format!("{} {label}", book.count - book.told))
            .collect();
        if !untold.is_empty() {
            self.notice
                .say(&format!("refused besides: {}", untold.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Refusals;
    use crate::{Notice, refusal::Refusal};
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    #[tokio::test(start_paused = true)]
    async fn a_reason_is_told_once_a_minute_with_the_number_of_the_others() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&lines);
        let refusals = Refusals::new(Notice::to(move |line| {
            hear.lock().unwrap().push(line.to_owned());
        }));
        for _ in 0..3 {
            refusals.note(&Refusal::too_large(16), "traces");
            refusals.note(&Refusal::malformed("no"), "logs");
        }
        tokio::time::advance(Duration::from_secs(61)).await;
        refusals.note(&Refusal::too_large(16), "traces");
        refusals.last_words();
        let told = "refused traces: the request is larger than 16 bytes after decompression; \
                    --max-request-mib raises the limit";
        assert_eq!(
            *lines.lock().unwrap(),
            [
                told.to_owned(),
                "refused logs: no".into(),
                format!("{told} (2 more like it since the last such line)"),
                "refused besides: 2 malformed".into(),
            ]
        );
    }
}
