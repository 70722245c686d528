//! What was found, line by line.

use std::fmt;

/// Characters of a line: causes and what others answer may be long.
const LONGEST: usize = 500;

#[derive(Debug, Default)]
pub(super) struct Report {
    /// A mark and words each.
    lines: Vec<(&'static str, String)>,
    /// Whether something is wrong.
    pub(super) ill: bool,
}

impl Report {
    pub(super) fn good(&mut self, words: String) {
        self.lines.push(("✓", words));
    }

    pub(super) fn wrong(&mut self, words: String) {
        self.ill = true;
        self.lines.push(("✗", words));
    }

    /// What is worth to know, and may be meant.
    pub(super) fn note(&mut self, words: String) {
        self.lines.push(("–", words));
    }

    /// More of the line above.
    pub(super) fn more(&mut self, words: String) {
        self.lines.push((" ", words));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (mark, words) in &self.lines {
            let words = words.chars().take(LONGEST);
            let words: String = words
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            writeln!(to, "{mark} {words}")?;
        }
        Ok(())
    }
}
