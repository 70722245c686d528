//! A trace in one line.

use super::text::{Style, Tone, duration, status, time_of_day, width};
use crate::{clean::clean, store::Completed};

impl Completed {
    /// One line without a line end: start (UTC), service, name and status of the root, duration,
    /// number of spans, and the first half of the trace id. Everything received is made safe for
    /// a terminal.
    #[must_use]
    pub fn line(&self, style: Style) -> String {
        let trace = &self.trace;
        let Some(root) = trace.root() else {
            return String::new();
        };
        let (status, tone) = status(root);
        let spans = trace.spans().len();
        let count = match self.announced {
            0 if spans == 1 => "1 span".into(),
            0 => format!("{spans} spans"),
            before => format!("{spans} spans ({} more)", spans.saturating_sub(before)),
        };
        let errors = match trace.error_count() {
            0 => String::new(),
            1 => ", 1 error".into(),
            n => format!(", {n} errors"),
        };
        let service = pad(&clean(root.service(), 40), 14);
        [
            style.paint(Tone::Faint, &time_of_day(root.proto().start_time_unix_nano)),
            style.paint(Tone::Service, &service),
            style.paint(Tone::Bold, &pad(&clean(root.name(), 80), 32)),
            style.paint(tone, &format!("{status:>5}")),
            format!("{:>8}", duration(trace.duration())).into(),
            format!("{count}{}", style.paint(Tone::Bad, &errors)).into(),
            style.paint(Tone::Faint, &trace.id().short()),
        ]
        .join("  ")
    }
}

fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}
