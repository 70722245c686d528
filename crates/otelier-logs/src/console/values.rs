//! The fields of an event, in the form a line needs: each once, and without secrets.

use std::borrow::Cow;
use std::cell::RefCell;
use std::error::Error;
use std::fmt::{self, Write as _};

use otelier_core::{REDACTED, is_secret, redact_text};
use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Level};

use crate::callsite::Callsite;
use crate::log_crate::{is_origin, plain_name};
use crate::{error_text, event_name};

/// A value as it was recorded, but that its texts hold no secret any more. They
/// are not escaped yet.
pub(super) enum Value<'a> {
    Signed(i64),
    Unsigned(u64),
    /// Digits that no reader of JSON is bound to keep.
    Wide(&'a dyn fmt::Display),
    Float(f64),
    Bool(bool),
    Str(&'a str),
    /// What a `Debug` wrote.
    Debug(&'a str),
}

/// What stands before the fields.
pub(super) struct Head<'a> {
    pub(super) shade: Shade,
    pub(super) target: &'a str,
    pub(super) name: Option<&'static str>,
}

/// How grave it is.
#[derive(Clone, Copy)]
pub(super) enum Shade {
    Level(Level),
    /// What no event can be.
    Fatal,
}

/// The field that says what happened.
pub(super) const MESSAGE: &str = "message";

/// Shows its fields to lines.
pub(super) trait Show {
    fn show(&mut self, part: Part, line: &mut impl Line);

    /// Whether nothing comes before the message, so that all can be shown at once.
    fn starts_with_message(&self) -> bool;
}

/// Writes the fields of an event to a line.
pub(super) trait Line {
    fn field(&mut self, name: &'static str, value: &Value<'_>);
}

/// Which fields of the event are visited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The message and the rest.
    All,
    /// The message alone.
    Message,
    /// All but the message and what the `log` crate says of a record's origin.
    Rest,
}

/// Shows the fields of one event to lines.
pub(super) struct Fields<'e> {
    event: &'e Event<'e>,
    /// To format in.
    scratch: &'e mut String,
    callsite: Callsite,
    /// Those that another one of the same name follows, one bit each.
    overridden: u64,
}

impl<'e> Fields<'e> {
    pub(super) fn new(event: &'e Event<'e>, scratch: &'e mut String) -> Self {
        let callsite = Callsite::of(event.metadata());
        Self {
            event,
            scratch,
            callsite,
            overridden: if callsite.has_double {
                doubles(event)
            } else {
                0
            },
        }
    }

    /// The name of the event. A field that gives it is no field any more then.
    pub(super) fn take_name(&mut self) -> Option<&'static str> {
        let field = self.callsite.has_name_field.then(|| self.name_field());
        field.flatten().or(self.callsite.name)
    }

    #[cold]
    fn name_field(&mut self) -> Option<&'static str> {
        let field = self.event.metadata().fields().field(event_name::FIELD)?;
        self.name_in(&field)
    }

    fn name_in(&mut self, field: &Field) -> Option<&'static str> {
        let mut text = Text(field, None);
        self.event.record(&mut text);
        let name = event_name::kept(&text.1?)?;
        self.overridden |= bit(field);
        Some(name)
    }
}

/// Keeps the text of one field.
struct Text<'f>(&'f Field, Option<String>);

impl Visit for Text<'_> {
    fn record_i64(&mut self, _: &Field, _: i64) {}

    fn record_u64(&mut self, _: &Field, _: u64) {}

    fn record_i128(&mut self, _: &Field, _: i128) {}

    fn record_u128(&mut self, _: &Field, _: u128) {}

    fn record_f64(&mut self, _: &Field, _: f64) {}

    fn record_bool(&mut self, _: &Field, _: bool) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field == self.0 {
            self.1 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field == self.0 {
            self.1 = Some(format!("{value:?}"));
        }
    }
}

impl Show for Fields<'_> {
    #[inline]
    fn show(&mut self, part: Part, line: &mut impl Line) {
        self.event.record(&mut Visitor {
            line,
            part,
            scratch: self.scratch,
            overridden: self.overridden,
        });
    }

    #[inline]
    fn starts_with_message(&self) -> bool {
        // Another one of that name may follow.
        self.callsite.has_message_first && self.overridden & 1 == 0
    }
}

/// Fields of an event that are recorded once more under the same name.
#[cold]
fn doubles(event: &Event<'_>) -> u64 {
    /// Which fields have a value.
    struct Recorded(u64);

    impl Visit for Recorded {
        fn record_debug(&mut self, field: &Field, _: &dyn fmt::Debug) {
            self.0 |= bit(field);
        }
    }

    let mut recorded = Recorded(0);
    event.record(&mut recorded);
    let fields = || {
        event
            .metadata()
            .fields()
            .iter()
            .filter(|field| recorded.0 & bit(field) != 0)
    };
    let is_overridden = |field: &Field| {
        fields().any(|other| other.index() > field.index() && other.name() == field.name())
    };
    fields()
        .filter(is_overridden)
        .map(|field| bit(&field))
        .sum()
}

fn bit(field: &Field) -> u64 {
    let index = u32::try_from(field.index()).unwrap_or(u32::MAX);
    1_u64.checked_shl(index).unwrap_or(0)
}

/// How many names' answers each thread keeps.
const NAMES: usize = 64;

thread_local! {
    /// By where a name lies, which it does for ever.
    static SECRET: RefCell<[(usize, usize, bool); NAMES]> =
        const { RefCell::new([(0, 0, false); NAMES]) };
}

fn names_secret(name: &'static str) -> bool {
    let (at, len) = (name.as_ptr().addr(), name.len());
    let answer = SECRET.try_with(|known| {
        let mut known = known.try_borrow_mut().ok()?;
        let slot = known.get_mut((at ^ (at >> 6)) % NAMES)?;
        if (slot.0, slot.1) != (at, len) {
            *slot = (at, len, is_secret(plain_name(name)));
        }
        Some(slot.2)
    });
    answer
        .ok()
        .flatten()
        .unwrap_or_else(|| is_secret(plain_name(name)))
}

/// Bytes as `tracing` writes them.
struct Hex<'a>(&'a [u8]);

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, byte) in self.0.iter().enumerate() {
            let blank = if at > 0 { " " } else { "" };
            write!(f, "{blank}{byte:02x}")?;
        }
        f.write_str("]")
    }
}

struct Visitor<'l, L> {
    line: &'l mut L,
    part: Part,
    scratch: &'l mut String,
    overridden: u64,
}

impl<L: Line> Visitor<'_, L> {
    #[inline]
    fn wants(&self, field: &Field) -> bool {
        let name = field.name();
        let is_of_part = match self.part {
            Part::All => !is_origin(name),
            Part::Message => name == MESSAGE,
            Part::Rest => name != MESSAGE && !is_origin(name),
        };
        is_of_part && (self.overridden == 0 || self.overridden & bit(field) == 0)
    }

    #[inline]
    fn put(&mut self, field: &Field, value: &Value<'_>) {
        if self.wants(field) {
            self.put_wanted(field, value);
        }
    }

    #[inline]
    fn put_wanted(&mut self, field: &Field, value: &Value<'_>) {
        let name = plain_name(field.name());
        match value {
            _ if names_secret(field.name()) => self.line.field(name, &Value::Str(REDACTED)),
            Value::Str(text) => self.line.field(name, &Value::Str(&redact_text(text))),
            Value::Debug(text) => self.line.field(name, &Value::Debug(&redact_text(text))),
            value => self.line.field(name, value),
        }
    }
}

impl<L: Line> Visit for Visitor<'_, L> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &Value::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, &Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, &Value::Unsigned(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.put(field, &Value::Signed(value)),
            Err(_) => self.put(field, &Value::Wide(&value)),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.put(field, &Value::Unsigned(value)),
            Err(_) => self.put(field, &Value::Wide(&value)),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &Value::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, &Value::Str(value));
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        // Where they are a text with a secret, what is left of that.
        match redact_text(&String::from_utf8_lossy(value)) {
            Cow::Owned(shown) => self.put(field, &Value::Str(&shown)),
            Cow::Borrowed(_) => self.record_debug(field, &Hex(value)),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = String::new();
        error_text::write_chain(&mut text, value);
        self.put(field, &Value::Str(&text));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !self.wants(field) {
            return;
        }
        let mut text = std::mem::take(self.scratch);
        text.clear();
        // A Debug that fails has written what it could.
        let _ = write!(text, "{value:?}");
        self.put_wanted(field, &Value::Debug(&text));
        *self.scratch = text;
    }
}
