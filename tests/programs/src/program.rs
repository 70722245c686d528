//! What is started.

use std::{ffi::OsStr, process::Stdio};

use tokio::process::Command;

use crate::{Ended, Process};

/// A program that is not started yet. Its environment holds only what is set.
#[derive(Debug)]
#[must_use = "it does nothing until it is started"]
pub struct Program(Command);

impl Program {
    /// The program of this name or path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.env_clear().kill_on_drop(true);
        Self(command)
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    /// Sets a variable.
    pub fn with(mut self, variable: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(variable, value);
        self
    }

    /// Starts it.
    #[must_use]
    pub fn start(mut self) -> Process {
        let command = self
            .0
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Process::of(command.spawn().unwrap())
    }

    /// Runs it to its end.
    pub async fn run(self) -> Ended {
        self.start().end().await
    }
}
