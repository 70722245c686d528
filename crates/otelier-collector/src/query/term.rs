//! The terms of a query: words, and keys with values.

use std::ops::RangeInclusive;

/// What a record is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// A text, and the same in lower case.
    Word(String, String),
    Filter(Filter),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub(super) key: Key,
    pub(super) op: Op,
    /// As it was written.
    pub(super) text: String,
    pub(super) value: Value,
}

/// What a value is compared as.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// In lower case, to look for, or a name of the language.
    Folded(String),
    /// As it is.
    Exact(String),
    /// Of an attribute: a number, and as it is.
    Number(f64),
    Levels(RangeInclusive<i32>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Field(Field),
    Attribute(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Service,
    Name,
    Scope,
    Body,
    Event,
    Unit,
    Route,
    Trace,
    Span,
    Parent,
    Status,
    Kind,
    Level,
    Duration,
    Value,
    Has,
}

impl Field {
    const ALL: [(Self, &'static str); 16] = [
        (Self::Service, "service"),
        (Self::Name, "name"),
        (Self::Scope, "scope"),
        (Self::Body, "body"),
        (Self::Event, "event"),
        (Self::Unit, "unit"),
        (Self::Route, "route"),
        (Self::Trace, "trace"),
        (Self::Span, "span"),
        (Self::Parent, "parent"),
        (Self::Status, "status"),
        (Self::Kind, "kind"),
        (Self::Level, "level"),
        (Self::Duration, "duration"),
        (Self::Value, "value"),
        (Self::Has, "has"),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, other)| *other == name);
        found.map(|(field, _)| *field)
    }

    pub(super) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(other, _)| *other == self);
        found.map_or("", |(_, name)| name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Is,
    IsNot,
    Has,
    More,
    AtLeast,
    Less,
    AtMost,
}

impl Op {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Has => "~",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
        }
    }

    const fn orders(self) -> bool {
        matches!(self, Self::More | Self::AtLeast | Self::Less | Self::AtMost)
    }

    /// Whether it holds between two numbers.
    pub(super) fn compares(self, left: f64, right: f64) -> bool {
        match self {
            Self::Is => left == right,
            Self::IsNot => left != right,
            Self::Has => false,
            Self::More => left > right,
            Self::AtLeast => left >= right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
        }
    }
}

/// What is wrong with a filter: its operator, or its value.
pub(super) enum Wrong {
    Op(String),
    Value(String),
}

const STATUSES: &[&str] = &["ok", "error", "unset"];
const KINDS: &[&str] = &[
    "server",
    "client",
    "producer",
    "consumer",
    "internal",
    "unspecified",
    "gauge",
    "up_down_sum",
    "sum",
    "histogram",
    "exponential_histogram",
    "summary",
];
const LEVELS: [(&str, i32); 6] = [
    ("trace", 1),
    ("debug", 5),
    ("info", 9),
    ("warn", 13),
    ("error", 17),
    ("fatal", 21),
];

impl Filter {
    pub(super) fn new(key: Key, op: Op, text: String) -> Result<Self, Wrong> {
        let value = match &key {
            Key::Attribute(_) if op.orders() => Self::number(&text)?,
            Key::Attribute(_) if op == Op::Has => Value::Folded(text.to_lowercase()),
            Key::Attribute(_) => Value::Exact(text.clone()),
            Key::Field(field) => field.value(op, &text)?,
        };
        Ok(Self {
            key,
            op,
            text,
            value,
        })
    }

    fn number(text: &str) -> Result<Value, Wrong> {
        let wrong = || Wrong::Value("this is compared with a number".into());
        number(text).map(Value::Number).ok_or_else(wrong)
    }
}

impl Field {
    fn value(self, op: Op, text: &str) -> Result<Value, Wrong> {
        let only = |allowed: bool, words: &str| match allowed {
            true => Ok(()),
            false => Err(Wrong::Op(format!("{} is asked with {words}", self.name()))),
        };
        match self {
            Self::Service
            | Self::Name
            | Self::Scope
            | Self::Body
            | Self::Event
            | Self::Unit
            | Self::Route => {
                only(!op.orders(), "= != ~")?;
                Ok(match op {
                    Op::Has => Value::Folded(text.to_lowercase()),
                    _ => Value::Exact(text.into()),
                })
            }
            Self::Trace | Self::Span | Self::Parent => {
                only(!op.orders(), "= != ~")?;
                Ok(Value::Folded(text.to_lowercase()))
            }
            Self::Status | Self::Kind => {
                only(matches!(op, Op::Is | Op::IsNot), "= !=")?;
                let names = if self == Self::Status {
                    STATUSES
                } else {
                    KINDS
                };
                let folded = text.to_ascii_lowercase();
                match names.contains(&folded.as_str()) {
                    true => Ok(Value::Folded(folded)),
                    false => Err(Wrong::Value(format!(
                        "{} is one of {}",
                        self.name(),
                        names.join(", ")
                    ))),
                }
            }
            Self::Level => {
                only(op != Op::Has, "= != < <= > >=")?;
                levels(text).map(Value::Levels).ok_or_else(|| {
                    let words = "level is trace, debug, info, warn, error, fatal, or 1 to 24";
                    Wrong::Value(words.into())
                })
            }
            Self::Duration => {
                only(op != Op::Has, "= != < <= > >=")?;
                duration(text).map(Value::Number).ok_or_else(|| {
                    let words = "a duration is a number and ns, us, ms, s, m or h";
                    Wrong::Value(words.into())
                })
            }
            Self::Value => {
                only(op != Op::Has, "= != < <= > >=")?;
                Filter::number(text)
            }
            Self::Has => {
                only(op == Op::Is, "=")?;
                Ok(Value::Exact(text.into()))
            }
        }
    }
}

/// A number as it is written in a query, and in attributes that are texts.
pub(super) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, part) = match mantissa.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (mantissa, None),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    let well = digits(whole) && part.is_none_or(digits) && exponent.is_none_or(digits);
    well.then(|| text.parse().ok()).flatten()
}

/// Nanoseconds.
fn duration(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 7] = [
        ("ns", 1.0),
        ("us", 1e3),
        ("µs", 1e3),
        ("ms", 1e6),
        ("s", 1e9),
        ("m", 60e9),
        ("h", 3600e9),
    ];
    let found = UNITS
        .iter()
        .find_map(|(unit, nanos)| Some((text.strip_suffix(unit)?, *nanos)));
    let (digits, nanos) = found.unwrap_or((text, 1e6));
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| number(digits)).flatten().map(|n| n * nanos)
}

fn levels(text: &str) -> Option<RangeInclusive<i32>> {
    let folded = text.to_ascii_lowercase();
    if let Some((_, first)) = LEVELS.iter().find(|(name, _)| *name == folded) {
        return Some(*first..=first + 3);
    }
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let level = digits.then(|| text.parse().ok()).flatten()?;
    (1..=24).contains(&level).then_some(level..=level)
}
