//! Looks at the shape of the workspace.
//!
//! `shape api` compares what each published crate offers with the feature `otel`
//! and without it, item by item, signatures included. `shape circles` looks for
//! files of a crate that name each other in a circle.
#![expect(clippy::print_stdout, reason = "it tells what it found")]
#![expect(clippy::indexing_slicing, reason = "what is not there in JSON is null")]

mod api;
mod circles;
mod workspace;

use std::{env, process::ExitCode};

use anyhow::bail;

use self::workspace::Workspace;

fn main() -> anyhow::Result<ExitCode> {
    let workspace = Workspace::read()?;
    let command = env::args().nth(1).unwrap_or_default();
    let report = match command.as_str() {
        "api" => api::check(&workspace)?,
        "circles" => circles::check(&workspace)?,
        _ => bail!("say `api` or `circles`"),
    };
    for line in &report.lines {
        println!("{line}");
    }
    Ok(ExitCode::from(u8::from(report.fails)))
}

/// What a check found.
#[derive(Debug, Default)]
struct Report {
    lines: Vec<String>,
    fails: bool,
}

impl Report {
    fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn fail(&mut self, line: impl Into<String>) {
        self.say(line);
        self.fails = true;
    }
}
