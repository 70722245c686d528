//! What the binary writes: traces to stdout, everything else to stderr.

use crate::lines::Lines;
use otelier_collector::{Completed, Completions, Detail, Style};
use std::{
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

/// More traces than this in a second are counted, not printed.
const MOST: u32 = 200;

/// Prints traces as they complete.
#[derive(Debug)]
pub(crate) struct Printer {
    lines: Lines,
    /// Nothing for one line a trace.
    detail: Option<Detail>,
    style: Style,
    /// Where a trace is looked at.
    link: Option<String>,
    second: Instant,
    printed: u32,
    left_out: u64,
}

impl Printer {
    /// Colours only for a terminal, and not if `NO_COLOR` is set to anything.
    pub(crate) fn new(detail: Option<Detail>) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let style = if !plain && io::stdout().is_terminal() {
            Style::Colour
        } else {
            Style::Plain
        };
        Self {
            lines: Lines::to(io::stdout()),
            detail,
            style,
            link: None,
            second: Instant::now(),
            printed: 0,
            left_out: 0,
        }
    }

    /// Ends the first line of each trace with where to look at it.
    pub(crate) fn link_to(&mut self, endpoint: String) {
        self.link = Some(endpoint);
    }

    /// Prints for ever.
    pub(crate) async fn run(&mut self, completions: &mut Completions) {
        loop {
            let completed = completions.next().await;
            self.print(&completed);
        }
    }

    pub(crate) fn print(&mut self, completed: &Completed) {
        if self.second.elapsed() >= Duration::from_secs(1) {
            self.second = Instant::now();
            self.printed = 0;
            self.say_left_out();
        }
        if self.printed >= MOST {
            self.left_out += 1;
            return;
        }
        self.printed += 1;
        let mut text = match self.detail {
            Some(detail) => completed.tree(self.style, detail),
            None => completed.line(self.style),
        };
        if let Some(endpoint) = &self.link {
            let end = text.find('\n').unwrap_or(text.len());
            text.insert_str(end, &format!("  {endpoint}/t/{}", completed.trace.id()));
        }
        if !self.lines.write(format!("{text}\n")) {
            self.left_out += 1;
        }
    }

    fn say_left_out(&mut self) {
        if self.left_out > 0 {
            let line = format!("… {} more traces, not printed\n", self.left_out);
            if self.lines.write(line) {
                self.left_out = 0;
            }
        }
    }

    /// Writes what still waits, within this time.
    pub(crate) fn finish(&mut self, within: Duration) {
        self.say_left_out();
        self.lines.finish(within);
    }
}
