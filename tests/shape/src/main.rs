//! Looks at the shape of the workspace.
//!
//! `shape api` compares what each published crate offers with the feature `otel`
//! and without it, item by item, signatures included. `shape examples` lists the
//! public types that no example shows. `shape circles` looks for files of a crate
//! that name each other in a circle. Several may be asked for at once.
#![expect(clippy::print_stdout, reason = "it tells what it found")]
#![expect(clippy::indexing_slicing, reason = "what is not there in JSON is null")]

mod api;
mod circles;
mod documents;
mod examples;
mod types;
mod workspace;

use std::{env, process::ExitCode};

use anyhow::{bail, ensure};

use self::{documents::Documents, workspace::Workspace};

fn main() -> anyhow::Result<ExitCode> {
    let workspace = Workspace::read()?;
    let documents = Documents::new(&workspace);
    let checks: Vec<_> = env::args().skip(1).collect();
    ensure!(!checks.is_empty(), "say `api`, `examples` or `circles`");
    let mut fails = false;
    for check in checks {
        let report = match check.as_str() {
            "api" => api::check(&documents)?,
            "examples" => examples::check(&documents)?,
            "circles" => circles::check(&workspace)?,
            other => bail!("`{other}` is none of `api`, `examples` and `circles`"),
        };
        for line in &report.lines {
            println!("{line}");
        }
        fails |= report.fails;
    }
    Ok(ExitCode::from(u8::from(fails)))
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
