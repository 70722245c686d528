//! How fast an answer comes, part by part.

use std::{mem, time::Instant};

use otelier_core::edge::{BoundDurations, Span};

/// When the last part of an answer came, once there was one.
#[derive(Debug, Default)]
pub(super) struct Pace(Option<Going>);

#[derive(Debug)]
struct Going {
    last: Instant,
    /// Bound once for each stream, for a part may come every millisecond.
    gaps: BoundDurations,
}

impl Pace {
    /// Some parts arrived together: no time is between them. Returns whether there
    /// were others before; if not, it has to [begin](Self::begin).
    ///
    /// # Cost
    /// One look at the clock, and for each part a record of a bound histogram.
    #[inline]
    pub(super) fn went_on(&mut self, parts: usize, span: &Span) -> bool {
        let Some(going) = &mut self.0 else {
            return false;
        };
        let now = Instant::now();
        let gap = now - mem::replace(&mut going.last, now);
        going.gaps.record(gap.as_secs_f64(), || span.sampled());
        going.at_once(parts, span);
        true
    }

    /// The first parts arrived, and the next ones are measured from here.
    #[cold]
    pub(super) fn begin(&mut self, gaps: BoundDurations, parts: usize, span: &Span) {
        let last = Instant::now();
        self.0.insert(Going { last, gaps }).at_once(parts, span);
    }
}

impl Going {
    #[inline]
    fn at_once(&self, parts: usize, span: &Span) {
        for _ in 1..parts {
            self.gaps.record(0.0, || span.sampled());
        }
    }
}
