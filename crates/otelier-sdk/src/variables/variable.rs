//! What is known of one variable.

use std::{env, fmt, iter};

/// What the specification asks implementations to take at least; also far
/// from overflowing any clock.
pub(crate) const MAX_MILLIS: u64 = 2_147_483_647;

/// One variable, as it is read and documented.
///
/// See the [example of the module](crate::variables).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variable {
    /// Its name in the environment.
    pub name: &'static str,
    /// The signals that it speaks of.
    pub scope: Scope,
    /// What it may hold.
    pub form: Form,
    /// What stands where it is not set.
    pub default: Unset,
    /// What it does, in a sentence of the documentation.
    pub meaning: &'static str,
}

/// The signals that a variable speaks of.
///
/// See the [example of the module](crate::variables).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All of them together.
    All,
    /// All of them, and there is a stronger variable for each: for traces, for
    /// metrics, for logs.
    Each([&'static str; 3]),
    /// Spans alone.
    Traces,
    /// Metrics alone.
    Metrics,
    /// Log records alone.
    Logs,
    /// What is printed, with and without telemetry.
    Console,
}

/// What a variable may hold.
///
/// See the [example of the module](crate::variables).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Form {
    /// Text, a list, or what a parser of its own reads.
    Text,
    /// `name=value` pairs, whose values nobody is shown.
    Headers,
    /// `true` or `false`.
    Flag,
    /// One of a few words, in any case.
    Words(&'static [&'static str]),
    /// A whole number, from the first to the second.
    Number(u64, u64),
    /// A number of milliseconds between two things, at least one.
    Delay,
    /// A number of milliseconds that bounds something. Zero is no bound.
    Timeout,
    /// Anything: it is looked at, and no switch, for this reason.
    Hint(&'static str),
    /// Anything: it changes nothing, for this reason, and is reported.
    Ignored(&'static str),
}

/// What stands where a variable is not set.
///
/// See the [example of the module](crate::variables).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Unset {
    /// Nothing.
    Nothing,
    /// What the variable could hold.
    Value(&'static str),
    /// A number that it could hold.
    Number(u64),
    /// No value of the variable's own.
    Words(&'static str),
    /// What a weaker variable says.
    Of(&'static Variable),
}

impl fmt::Display for Unset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Value(words) | Self::Words(words) => f.write_str(words),
            Self::Number(number) => number.fmt(f),
            Self::Of(weaker) => write!(f, "that of {}", weaker.name),
        }
    }
}

/// The value under this name in the environment of this process, trimmed. An
/// empty one, or one that is not UTF-8, counts as unset.
#[must_use]
pub fn get(name: &str) -> Option<String> {
    let value = env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

impl Variable {
    /// Its value in the environment of this process, as [`get`] tells it.
    #[must_use]
    pub fn get(&self) -> Option<String> {
        get(self.name)
    }

    /// All names under which the variable is read, that for all signals first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let own = match self.scope {
            Scope::Each(own) => own.map(Some),
            _ => [None; 3],
        };
        iter::once(self.name).chain(own.into_iter().flatten())
    }

    /// The variable, and after it the weaker ones that stand in for it.
    pub fn chain(&self) -> impl Iterator<Item = Self> + use<> {
        iter::successors(Some(*self), |variable| match variable.default {
            Unset::Of(weaker) => Some(*weaker),
            _ => None,
        })
    }

    /// The number that stands where neither it nor a weaker one is set.
    #[must_use]
    pub fn number(&self) -> u64 {
        let last = self.chain().last();
        last.map_or(0, |variable| match variable.default {
            Unset::Number(number) => number,
            _ => 0,
        })
    }

    /// Reads a number that it may hold.
    ///
    /// # Errors
    /// What the text is not.
    pub fn read_number(&self, text: &str) -> Result<u64, String> {
        let (least, most) = self.range();
        let number = text.parse().ok();
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| match self.form {
                Form::Delay => "not a positive number of milliseconds".to_owned(),
                Form::Timeout => "not a number of milliseconds".to_owned(),
                _ => format!("not a number from {least} to {most}"),
            })
    }

    /// The numbers that it may hold.
    pub(crate) const fn range(&self) -> (u64, u64) {
        match self.form {
            Form::Number(least, most) => (least, most),
            Form::Delay => (1, MAX_MILLIS),
            _ => (0, MAX_MILLIS),
        }
    }
}
