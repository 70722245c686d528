//! Reads variables one by one and keeps what is wrong with them.

use std::{fmt::Display, time::Duration};

use super::Problem;

/// What the specification asks implementations to take at least; also far
/// from overflowing any clock.
const MAX_INTEGER: u64 = 2_147_483_647;

/// The variables, and the problems found in them so far.
pub(super) struct Env<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl<'a> Env<'a> {
    pub(super) const fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            lookup,
            problems: Vec::new(),
        }
    }

    /// The trimmed value; an empty one counts as unset.
    pub(super) fn text(&self, variable: &str) -> Option<String> {
        let value = (self.lookup)(variable)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The first of the variables that is set.
    pub(super) fn first(&self, variables: &[&'static str]) -> Option<String> {
        variables.iter().find_map(|variable| self.text(variable))
    }

    /// Reports a variable. Said twice it is reported once; two complaints
    /// about one variable become one report.
    pub(super) fn problem(&mut self, variable: &'static str, what: impl Into<String>) {
        let what = what.into();
        match self
            .problems
            .iter_mut()
            .find(|known| known.variable == variable)
        {
            None => self.problems.push(Problem { variable, what }),
            Some(known) if known.what.contains(&what) => {}
            Some(known) => {
                known.what.push_str("; ");
                known.what.push_str(&what);
            }
        }
    }

    /// Forgets the problems that nobody needs to know.
    pub(super) fn retain_problems(&mut self, keep: impl Fn(&Problem) -> bool) {
        self.problems.retain(keep);
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The value of the first variable that `parse` takes. Those that it does
    /// not take are reported with its complaint and count as unset.
    pub(super) fn parsed<T>(
        &mut self,
        variables: &[&'static str],
        otherwise: &dyn Display,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        for (at, variable) in variables.iter().enumerate() {
            match self.text(variable).map(|value| parse(&value)) {
                None => {}
                Some(Ok(value)) => return Some(value),
                Some(Err(what)) if at + 1 < variables.len() => {
                    self.problem(variable, format!("{what}; ignored"));
                }
                Some(Err(what)) => self.problem(variable, format!("{what}; using {otherwise}")),
            }
        }
        None
    }

    /// True for `true` in any case. What is neither true nor false is reported
    /// and false; `None` when no variable is set.
    pub(super) fn flag(&mut self, variables: &[&'static str]) -> Option<bool> {
        for variable in variables {
            let Some(value) = self.text(variable) else {
                continue;
            };
            let is_true = value.eq_ignore_ascii_case("true");
            if !is_true && !value.eq_ignore_ascii_case("false") {
                self.problem(variable, "neither true nor false; taken as false");
            }
            return Some(is_true);
        }
        None
    }

    /// One of a few words, in any case.
    pub(super) fn word<T: Copy>(
        &mut self,
        variables: &[&'static str],
        words: &[(&str, T)],
        otherwise: &str,
    ) -> Option<T> {
        self.parsed(variables, &otherwise, |value| {
            words
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(value))
                .map(|(_, meaning)| *meaning)
                .ok_or_else(|| {
                    let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                    format!("not one of {}", known.join(", "))
                })
        })
    }

    /// A number of milliseconds between two things, at least one.
    pub(super) fn delay(&mut self, variable: &'static str, default: Duration) -> Duration {
        self.parsed(&[variable], &default.as_millis(), |value| {
            integer(value, 1, MAX_INTEGER)
                .ok_or_else(|| "not a positive number of milliseconds".to_owned())
        })
        .map_or(default, Duration::from_millis)
    }

    /// A number of milliseconds that bounds something. Zero is no bound, which
    /// is a very long time.
    pub(super) fn timeout(&mut self, variables: &[&'static str], default: Duration) -> Duration {
        self.parsed(variables, &default.as_millis(), |value| {
            integer(value, 0, MAX_INTEGER).ok_or_else(|| "not a number of milliseconds".to_owned())
        })
        .map_or(default, |millis| {
            Duration::from_millis(if millis == 0 { MAX_INTEGER } else { millis })
        })
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(
        &mut self,
        variables: &[&'static str],
        (least, most): (u32, u32),
        default: u32,
    ) -> u32 {
        self.parsed(variables, &default, |value| {
            integer(value, least.into(), most.into())
                .and_then(|number| u32::try_from(number).ok())
                .ok_or_else(|| format!("not a number from {least} to {most}"))
        })
        .unwrap_or(default)
    }
}

fn integer(value: &str, least: u64, most: u64) -> Option<u64> {
    let number = value.parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}
