//! How a runtime is watched.

use std::time::Duration;

/// A shorter stall is none: the operating system alone may take as long.
const SHORTEST: Duration = Duration::from_millis(10);

/// How runtimes are watched.
///
/// ```
/// use std::time::Duration;
///
/// use otelier_runtime::Options;
///
/// let options = Options::default().with_stall_threshold(Duration::from_millis(250));
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    stall_threshold: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stall_threshold: Some(Duration::from_secs(1)),
        }
    }
}

impl Options {
    /// Sets for how long a runtime may run none of its tasks before that is
    /// reported. Defaults to one second; at least ten milliseconds, and zero is
    /// no watchdog.
    #[must_use]
    pub fn with_stall_threshold(mut self, threshold: Duration) -> Self {
        self.stall_threshold = (!threshold.is_zero()).then(|| threshold.max(SHORTEST));
        self
    }

    /// From when on a stall is reported, `None` without the watchdog.
    #[must_use]
    pub fn stall_threshold(&self) -> Option<Duration> {
        self.stall_threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_second_unless_it_is_set_and_zero_is_none() {
        let set = |millis| {
            let options = Options::default().with_stall_threshold(Duration::from_millis(millis));
            options.stall_threshold().map(|set| set.as_millis())
        };
        let default = Options::default().stall_threshold();
        assert_eq!(default, Some(Duration::from_secs(1)));
        assert_eq!([set(0), set(1), set(250)], [None, Some(10), Some(250)]);
    }
}
