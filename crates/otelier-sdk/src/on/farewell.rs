//! What is said when telemetry ends.

use std::{thread, time::Duration};

use super::{
    notice::{self, items},
    telemetry::Running,
};

/// A guard that was kept lives longer than that in a program that serves.
const AT_ONCE: Duration = Duration::from_millis(100);

impl Running {
    /// A guard that is dropped at once, before anything was recorded, is mostly
    /// one that nobody meant to drop.
    pub(super) fn warn_of_an_early_end(&self) {
        let [traces, _, logs] = &self.ledgers;
        let is_unused = [traces, logs]
            .iter()
            .all(|ledger| ledger.counts().admitted == 0);
        if is_unused && self.started.elapsed() < AT_ONCE && !thread::panicking() {
            notice::warn(format_args!(
                "telemetry ended as soon as it had begun: its guard was dropped; where the \
                 program goes on, keep it until the end of `main`: `let _guard = \
                 otelier::init!();`, not `let _ = otelier::init!();`"
            ));
        }
    }

    pub(super) fn say_losses(&self) {
        let lost = self.ledgers.iter().filter(|ledger| ledger.lost() > 0);
        let lost: Vec<_> = lost
            .map(|ledger| {
                let count = format!("{} {}", ledger.lost(), items(ledger.signal));
                (count, ledger.cause().unwrap_or_default())
            })
            .collect();
        if !lost.is_empty() {
            notice::warn(format_args!("lost since start: {}", with_causes(&lost)));
        }
    }
}

/// What was lost, each cause once behind all that it is the cause of.
fn with_causes(lost: &[(String, String)]) -> String {
    let groups = lost.chunk_by(|(_, one), (_, other)| one == other);
    let groups = groups.map(|group| {
        let counts: Vec<_> = group.iter().map(|(count, _)| count.as_str()).collect();
        let cause = group.first().map_or("", |(_, cause)| cause);
        format!("{} ({cause})", counts.join(", "))
    });
    groups.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_stands_once_behind_all_that_it_is_the_cause_of() {
        let lost = |count: &str, cause: &str| (count.to_owned(), cause.to_owned());
        let all = [
            lost("1 spans", "refused"),
            lost("2 data points", "refused"),
            lost("3 log records", "the queue of 9 was full"),
        ];
        assert_eq!(
            with_causes(&all),
            "1 spans, 2 data points (refused), 3 log records (the queue of 9 was full)"
        );
    }
}
