//! What is told of a panic, the same in every place.

use std::{
    panic::{Location, PanicHookInfo},
    thread,
};

use otelier_core::semconv;

use super::stack;

/// What the core library says of a panic that cannot unwind.
const LAST_WORDS: [&str; 2] = [
    "panic in a function that cannot unwind",
    "panic in a destructor during cleanup",
];

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    Error,
    Fatal,
}

#[derive(Debug)]
pub(crate) enum Attribute {
    Text(String),
    Number(i64),
}

/// Tells one place of a panic.
pub(crate) type Tell = Box<dyn Fn(&Told) + Send + Sync>;

/// A panic, or the end of the process by one.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) grade: Grade,
    pub(crate) body: String,
    pub(crate) event_name: Option<&'static str>,
    pub(crate) attributes: Vec<(&'static str, Attribute)>,
    /// Whether the process is gone when the hook returns.
    pub(crate) is_last: bool,
}

impl Told {
    pub(crate) const TARGET: &'static str = "panic";

    pub(super) fn panic(info: &PanicHookInfo<'_>) -> Self {
        let message = message(info);
        let is_last = cfg!(panic = "abort") || is_last_word(message, info.location());
        let text = |text: &str| Attribute::Text(text.to_owned());
        let mut attributes = vec![
            (semconv::EXCEPTION_TYPE, text("panic")),
            (semconv::EXCEPTION_MESSAGE, text(message)),
        ];
        if let Some(place) = info.location() {
            attributes.push((semconv::CODE_FILE_PATH, text(place.file())));
            let line = Attribute::Number(place.line().into());
            attributes.push((semconv::CODE_LINE_NUMBER, line));
        }
        attributes.extend(thread_name());
        attributes.extend(
            stack::capture().map(|it| (semconv::EXCEPTION_STACKTRACE, Attribute::Text(it))),
        );
        Self {
            grade: if is_last { Grade::Fatal } else { Grade::Error },
            body: format!("panicked: {message}"),
            event_name: Some("exception"),
            attributes,
            is_last,
        }
    }

    pub(super) fn end() -> Self {
        Self {
            grade: Grade::Fatal,
            body: "the process ends by a panic".to_owned(),
            event_name: None,
            attributes: thread_name().into_iter().collect(),
            // Whoever unwinds drops what flushes.
            is_last: false,
        }
    }
}

fn thread_name() -> Option<(&'static str, Attribute)> {
    let thread = thread::current();
    let name = thread.name()?.to_owned();
    Some((semconv::THREAD_NAME, Attribute::Text(name)))
}

fn message<'i>(info: &'i PanicHookInfo<'_>) -> &'i str {
    let payload = info.payload();
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is not text")
}

/// Whether it is one of the panics that end the process though others unwind.
fn is_last_word(message: &str, place: Option<&Location<'_>>) -> bool {
    LAST_WORDS.contains(&message) && place.is_some_and(|place| place.file().contains("core"))
}
