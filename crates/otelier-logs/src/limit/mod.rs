//! How many lines of one target there may be in a second.

#[cfg(test)]
mod tests;
mod windows;

use std::fmt::{self, Write as _};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use tracing_core::{Level, Metadata};

use self::windows::{LeftOut, Windows};

/// How soon after the first line is left out that is told of.
const SOON: Duration = Duration::from_secs(1);
/// The least time between two messages.
const PAUSE: Duration = Duration::from_secs(60);
/// The targets that a message names of each place.
const NAMED: usize = 3;

/// Lets at most so many lines of one target through in a second, and tells how many were left out.
///
/// Each [`Place`] counts by itself: what is printed costs nothing of what is shipped. Errors count apart from other
/// lines, so that a flood of these hides none. Lines of the target `otelier` are not counted: they are what tells.
///
/// What was left out is told a second after the first line, then at most once a minute, on a thread that lives no
/// longer than there is something to tell; and by [`tell`](Self::tell).
///
/// ```
/// # #[cfg(feature = "console")]
/// # {
/// use std::num::NonZeroU32;
///
/// use otelier_logs::{Console, Format, LogLimit, Place};
///
/// const LINES: NonZeroU32 = NonZeroU32::new(100).unwrap();
///
/// let limit = LogLimit::new(LINES, |message| eprintln!("{message}"));
/// let console = Console::new(Format::Text).with_limit(limit.clone(), Place::Console);
/// // Before the process ends:
/// limit.tell();
/// # drop(console);
/// # }
/// ```
///
/// # Cost
///
/// A look at the clock, a lock taken for reading and a search for the target for each event that is let through or
/// left out. Of each place 1,024 targets are known; others, and those longer than 256 bytes, count as one.
#[derive(Clone)]
pub struct LogLimit(Arc<Shared>);

struct Shared {
    lines: u32,
    say: fn(&str),
    /// Seconds, from wherever it begins.
    clock: Box<dyn Fn() -> u32 + Send + Sync>,
    places: [Windows; 3],
    /// Whether there is a thread that will tell.
    is_telling: AtomicBool,
}

/// Where lines go to.
///
/// See the example of [`LogLimit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Console,
    /// The file beside it.
    File,
    /// Log records.
    Shipped,
}

impl LogLimit {
    /// Lets so many lines through. What is told is said by `say`, on any thread.
    #[must_use]
    pub fn new(lines: NonZeroU32, say: fn(&str)) -> Self {
        let started = Instant::now();
        let clock = move || u32::try_from(started.elapsed().as_secs()).unwrap_or(u32::MAX);
        Self::with_clock(lines, say, clock)
    }

    fn with_clock(
        lines: NonZeroU32,
        say: fn(&str),
        clock: impl Fn() -> u32 + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Shared {
            lines: lines.get(),
            say,
            clock: Box::new(clock),
            places: Default::default(),
            is_telling: AtomicBool::new(false),
        }))
    }

    /// Tells what was left out since it was told the last time, if anything was.
    pub fn tell(&self) {
        if let Some(message) = self.message() {
            (self.0.say)(&message);
        }
    }

    /// Counts an event that would be written there. Tells whether it may be.
    pub(crate) fn admits(&self, place: Place, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        target == "otelier" || self.counts(place, target, *metadata.level() == Level::ERROR)
    }

    fn counts(&self, place: Place, target: &str, is_error: bool) -> bool {
        let second = (self.0.clock)();
        let passes = self
            .windows(place)
            .admit(target, is_error, second, self.0.lines);
        if !passes {
            self.tell_soon();
        }
        passes
    }

    fn windows(&self, place: Place) -> &Windows {
        let [console, file, shipped] = &self.0.places;
        match place {
            Place::Console => console,
            Place::File => file,
            Place::Shipped => shipped,
        }
    }

    /// What was left out, place by place, the most of each place first.
    fn message(&self) -> Option<String> {
        let mut message = String::new();
        for place in [Place::Console, Place::File, Place::Shipped] {
            let mut left_out = self.windows(place).take_left_out();
            if left_out.is_empty() {
                continue;
            }
            left_out.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.target.cmp(&b.target)));
            if message.is_empty() {
                message = format!(
                    "lines were left out, as one target may have {} a second (OTELIER_LOG_LIMIT): ",
                    self.0.lines
                );
            } else {
                message.push_str("; ");
            }
            write!(message, "{place} ").ok();
            list(&mut message, &left_out);
        }
        (!message.is_empty()).then_some(message)
    }

    /// Has a thread tell, unless there is one. It ends when nothing was left out for a minute, or nobody counts any more.
    #[expect(
        clippy::disallowed_methods,
        reason = "on a thread of its own, which has nothing else to do"
    )]
    fn tell_soon(&self) {
        if self.0.is_telling.load(Relaxed) || self.0.is_telling.swap(true, Relaxed) {
            return;
        }
        let shared = Arc::downgrade(&self.0);
        let tell = move || {
            let mut pause = SOON;
            loop {
                thread::sleep(pause);
                let Some(limit) = shared.upgrade().map(Self) else {
                    return;
                };
                let Some(message) = limit.message() else {
                    // Who leaves a line out from now on starts another thread.
                    limit.0.is_telling.store(false, Relaxed);
                    return;
                };
                (limit.0.say)(&message);
                pause = PAUSE;
            }
        };
        let thread = thread::Builder::new().name("otelier-limit".to_owned());
        if thread.spawn(tell).is_err() {
            self.0.is_telling.store(false, Relaxed);
        }
    }
}

/// Writes the first targets with their numbers, and the rest as one.
fn list(message: &mut String, left_out: &[LeftOut]) {
    for (at, LeftOut { target, lines }) in left_out.iter().take(NAMED).enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(message, "{comma}{lines} of {target}").ok();
    }
    let others = left_out.get(NAMED..).unwrap_or_default();
    if !others.is_empty() {
        let lines: u64 = others.iter().map(|it| it.lines).sum();
        write!(message, ", {lines} of {} others", others.len()).ok();
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Console => "on the console",
            Self::File => "in the log file",
            Self::Shipped => "among the records shipped",
        })
    }
}

impl fmt::Debug for LogLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLimit")
            .field("lines", &self.0.lines)
            .finish_non_exhaustive()
    }
}
