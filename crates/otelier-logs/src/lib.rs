//! A bridge from `tracing` and `log` to OpenTelemetry logs, and a console with trace ids.
//!
//! ```
//! # #[cfg(all(feature = "otel", feature = "console"))]
//! # {
//! use otelier_logs::{Console, Format, Ship, bridge, console_filter};
//! use tracing_subscriber::{Layer as _, layer::SubscriberExt as _};
//!
//! # let provider = opentelemetry_sdk::logs::SdkLoggerProvider::builder().build();
//! let (filter, _problem) = console_filter(Some("warn,my_service=debug"));
//! let subscriber = tracing_subscriber::registry()
//!     .with(bridge(&provider, Ship::new()))
//!     .with(Console::new(Format::Json).with_filter(filter));
//! # drop(subscriber);
//! # }
//! ```
//!
//! Records of the `log` crate, panics and a file beside the console, each by itself:
//!
//! ```no_run
//! # #[cfg(feature = "file")]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use otelier_logs::{Console, Format, LogFile, PanicHook, install_log_tracer};
//!
//! install_log_tracer()?;
//! let (writer, _file) = LogFile::new("/var/log/shop.log").open()?;
//! let _panics = PanicHook::new().with_console(&Console::new(Format::Text)).install();
//! let layer = Console::new(Format::Json).with_writer(writer);
//! # drop(layer);
//! # Ok(())
//! # }
//! ```
//!
//! # What is recorded
//!
//! | part of the log record | comes from |
//! |---|---|
//! | timestamp, observed timestamp | the clock, when the event reaches the bridge |
//! | severity number and text | the level: `TRACE` 1, `DEBUG` 5, `INFO` 9, `WARN` 13, `ERROR` 17 |
//! | body | the message as a string; no message or an empty one leaves no body, but for an event of nothing but a field `error`, as `#[tracing::instrument(err)]` makes it: then the error |
//! | target, which exporters turn into the scope's name | the event's target; for records of the `log` crate the target they were made with |
//! | event name | a field `event.name` that is a text of at most 128 bytes, for 1,024 names of a process (others stay attributes); else the name the event was given with `name:`, never the generated `event src/lib.rs:28` |
//! | trace id, span id | the current OpenTelemetry context; outside of any span there are none |
//! | `code.file.path`, `code.line.number` | where the event stands |
//! | a field | an attribute of the same name, without a leading `r#` |
//!
//! Integers stay integers where an `i64` holds them and become decimal strings where it does not; floats, booleans and
//! strings stay what they are; what is recorded by `Debug` or `Display` becomes a string.
//!
//! A field that is a `&dyn Error` keeps its name and becomes a string of the error and its sources,
//! `could not save: connection refused`. The first such field of an event is also written as `exception.message` (the
//! error without its sources) and, where its type is known, as `exception.type`: those of the standard library
//! are, and those that [`name_error`] was called for. An error is not
//! an exception with a stack trace, so there is no `exception.stacktrace`.
//!
//! # What is not
//!
//! Spans, the module path (the target says it), key-values of the `log` crate, events of this project and of
//! OpenTelemetry itself, and events of the libraries that telemetry is sent with; see `ShipFilter`.
//! Nor are the records that `tracing` itself writes for each event and span with its feature `log-always`: they would
//! be there twice.
//! An event that a `Debug` emits while another event is being formatted is kept, one inside that is not; nor is an event
//! that a processor or exporter emits on the thread that hands it a record.
//! What is printed goes through `otelier_core`'s policy for secrets here; what is shipped does so where it leaves the
//! process, in the exporter behind the provider, which cuts long values, too.
//!
//! # Features
//!
//! - `otel`: ships events as OpenTelemetry log records, and puts trace ids on the console.
//! - `console`: prints events on the console, as text or JSON; needs no OpenTelemetry crate.
//! - `env-filter`: reads directives of spans and fields for the console, as `tracing`'s own filter does.
//! - `file`: prints to a file that is rotated by size and age.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bad_directives;
#[cfg_attr(feature = "otel", path = "on/mod.rs")]
#[cfg_attr(not(feature = "otel"), path = "off.rs")]
mod imp;

#[cfg(any(feature = "console", feature = "otel"))]
mod callsite;
#[cfg(feature = "console")]
mod console;
#[cfg(any(feature = "console", feature = "otel"))]
mod error_text;
#[cfg(any(feature = "console", feature = "otel"))]
mod event_name;
#[cfg(feature = "file")]
mod file;
#[cfg(feature = "console")]
mod ids;
#[cfg(any(feature = "console", feature = "otel"))]
mod limit;
#[cfg(any(feature = "console", feature = "otel"))]
mod log_crate;
#[cfg(any(feature = "console", feature = "otel"))]
mod nesting;
#[cfg(any(feature = "console", feature = "otel"))]
mod panics;

pub use self::bad_directives::BadDirectives;
#[cfg(feature = "console")]
pub use self::console::{
    Color, Console, ConsoleDirectives, Datadog, Format, UnknownFormat, console_filter,
};
#[cfg(feature = "file")]
pub use self::file::{FileGuard, FileWriter, LogFile, LogFileError};
// The bridge takes a provider of OpenTelemetry: without that crate there is nothing to call it with.
pub use self::imp::name_error;
#[cfg(feature = "otel")]
pub use self::imp::{Bridge, Ship, ShipFilter, bridge};
#[cfg(any(feature = "console", feature = "otel"))]
pub use self::limit::{LogLimit, Place};
#[cfg(any(feature = "console", feature = "otel"))]
pub use self::log_crate::{LoggerAlreadySet, install_log_tracer};
#[cfg(any(feature = "console", feature = "otel"))]
pub use self::panics::{PanicGuard, PanicHook};
