//! Reads variables one by one and keeps what is wrong with them.

use std::{fmt::Display, time::Duration};

use otelier_otlp::Signal;

use super::Problem;
use crate::variables::{Form, Scope, Unset, Variable, variable::MAX_MILLIS};

/// The variable of one signal, in whose place the one for all stands.
pub(super) fn own(all: &'static Variable, signal: Signal) -> Variable {
    let Scope::Each(names) = all.scope else {
        return *all;
    };
    let [traces, metrics, logs] = names;
    let (name, scope) = match signal {
        Signal::Traces => (traces, Scope::Traces),
        Signal::Metrics => (metrics, Scope::Metrics),
        Signal::Logs => (logs, Scope::Logs),
    };
    Variable {
        name,
        scope,
        default: Unset::Of(all),
        ..*all
    }
}

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

    /// The trimmed value under this one name; an empty one counts as unset.
    pub(super) fn text(&self, variable: &Variable) -> Option<String> {
        let value = (self.lookup)(variable.name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The first of the variable and the weaker ones that is set.
    pub(super) fn first(&self, variable: &Variable) -> Option<(&'static str, String)> {
        let mut chain = variable.chain();
        chain.find_map(|variable| Some((variable.name, self.text(&variable)?)))
    }

    /// Whether the variable is set under any of its names.
    pub(super) fn is_any_set(&self, variable: &Variable) -> bool {
        variable
            .names()
            .any(|name| self.text(&Variable { name, ..*variable }).is_some())
    }

    /// The value, or what stands where it is not set.
    pub(super) fn text_or_default(&self, variable: &Variable) -> String {
        let text = self.text(variable);
        text.unwrap_or_else(|| variable.default.to_string())
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

    /// The value of the first of the variable and the weaker ones that `parse`
    /// takes. Those that it does not take are reported with its complaint and
    /// count as unset.
    pub(super) fn parsed<T>(
        &mut self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        for variable in variable.chain() {
            match self.text(&variable).map(|value| parse(&value)) {
                None => {}
                Some(Ok(value)) => return Some(value),
                Some(Err(what)) => self.refuse(&variable, &what, &variable.default),
            }
        }
        None
    }

    fn refuse(&mut self, variable: &Variable, what: &str, otherwise: &dyn Display) {
        match variable.default {
            Unset::Of(_) => self.problem(variable.name, format!("{what}; ignored")),
            _ => self.problem(variable.name, format!("{what}; using {otherwise}")),
        }
    }

    /// True for `true` in any case. What is neither true nor false is reported
    /// and false.
    pub(super) fn flag(&mut self, variable: &Variable) -> bool {
        let Some((name, value)) = self.first(variable) else {
            return false;
        };
        let is_true = value.eq_ignore_ascii_case("true");
        if !is_true && !value.eq_ignore_ascii_case("false") {
            self.problem(name, "neither true nor false; taken as false");
        }
        is_true
    }

    /// What the word means: `meanings` are in the order of the variable's words.
    /// `None` where it is not set and its default is none of them.
    pub(super) fn word<T: Copy>(&mut self, variable: &Variable, meanings: &[T]) -> Option<T> {
        let Form::Words(words) = variable.form else {
            return None;
        };
        let meaning = |text: &str| {
            let mut known = words.iter().zip(meanings);
            let found = known.find(|(word, _)| word.eq_ignore_ascii_case(text));
            found.map(|(_, meaning)| *meaning)
        };
        let said = self.parsed(variable, |value| {
            meaning(value).ok_or_else(|| format!("not one of {}", words.join(", ")))
        });
        said.or_else(|| match variable.chain().last()?.default {
            Unset::Value(word) => meaning(word),
            _ => None,
        })
    }

    /// A number of milliseconds. A timeout of zero is no bound, which is a very
    /// long time.
    pub(super) fn millis(&mut self, variable: &Variable) -> Duration {
        let millis = self.number(variable);
        Duration::from_millis(if millis == 0 {
            MAX_MILLIS
        } else {
            millis as u64
        })
    }

    /// A number that the variable may hold.
    pub(super) fn number(&mut self, variable: &Variable) -> usize {
        let number = self.parsed(variable, |value| variable.read_number(value));
        number.unwrap_or_else(|| variable.number()) as usize
    }

    /// The same where code may say what stands if it is not set: the nearest that
    /// is possible.
    pub(super) fn number_or(&mut self, variable: &Variable, code: Option<usize>) -> usize {
        let (least, most) = variable.range();
        let default = code.map_or_else(|| variable.number(), |code| code as u64);
        let default = default.clamp(least, most);
        let number = match self
            .text(variable)
            .map(|value| variable.read_number(&value))
        {
            None => default,
            Some(Ok(number)) => number,
            Some(Err(what)) => {
                self.refuse(variable, &what, &default);
                default
            }
        };
        number as usize
    }
}
