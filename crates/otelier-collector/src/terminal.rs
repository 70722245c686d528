//! What the binary writes: traces to stdout, everything else to stderr.

use otelier_collector::{Completed, Completions, Style};
use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

/// More traces than this in a second are counted, not printed.
const MOST: u32 = 200;

/// Prints traces as they complete.
#[derive(Debug)]
pub(crate) struct Printer {
    tree: bool,
    style: Style,
    second: Instant,
    printed: u32,
    left_out: u64,
}

impl Printer {
    /// Colours only for a terminal, and not if `NO_COLOR` is set to anything.
    pub(crate) fn new(tree: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let style = if !plain && io::stdout().is_terminal() {
            Style::Colour
        } else {
            Style::Plain
        };
        Self {
            tree,
            style,
            second: Instant::now(),
            printed: 0,
            left_out: 0,
        }
    }

    /// Prints until stdout is closed, which is not worth ending the collector for.
    pub(crate) async fn run(&mut self, completions: &mut Completions) {
        loop {
            let completed = completions.next().await;
            if self.print(&completed).is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    pub(crate) fn print(&mut self, completed: &Completed) -> io::Result<()> {
        if self.second.elapsed() >= Duration::from_secs(1) {
            self.second = Instant::now();
            self.printed = 0;
            self.say_left_out()?;
        }
        if self.printed >= MOST {
            self.left_out += 1;
            return Ok(());
        }
        self.printed += 1;
        let mut out = io::stdout().lock();
        if self.tree {
            writeln!(out, "{}", completed.trace.tree(self.style))?;
        } else {
            writeln!(out, "{}", completed.line(self.style))?;
        }
        out.flush()
    }

    pub(crate) fn say_left_out(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.left_out) {
            0 => Ok(()),
            n => writeln!(io::stdout().lock(), "… {n} more traces, not printed"),
        }
    }
}

/// Writes a line to stderr; nobody hears if that fails.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "otelier-collector: {line}");
}
