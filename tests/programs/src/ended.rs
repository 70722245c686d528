//! What is left.

use std::process::ExitStatus;

/// What is left of a program.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

impl Ended {
    /// The same, if it ended well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert!(self.status.success(), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Everything that was printed.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The lines, of either output, that contain `text`.
    pub fn lines_with(&self, text: &str) -> Vec<String> {
        let output = self.output();
        let lines = output.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }

    /// The one line that contains `text`.
    #[track_caller]
    pub fn one_line_with(&self, text: &str) -> String {
        let mut lines = self.lines_with(text);
        assert_eq!(lines.len(), 1, "{text:?} in {}", self.output());
        lines.remove(0)
    }

    /// What the program told after this label.
    #[track_caller]
    pub fn told(&self, label: &str) -> &str {
        let label = format!("> {label}: ");
        let mut told = self.stdout.lines().filter_map(|l| l.strip_prefix(&label));
        told.next().unwrap_or_else(|| panic!("{}", self.output()))
    }
}
