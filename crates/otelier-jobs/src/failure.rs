//! What a job that did not end well leaves behind.

use std::{
    any::Any,
    borrow::Cow,
    error::Error,
    fmt::{self, Write as _},
};

/// Why a job's result counts as a failure, see
/// [`Job::run_with`](crate::Job::run_with).
///
/// ```
/// use otelier_jobs::{Failure, Job};
///
/// # async fn ship() -> u16 { 200 }
/// # async fn work() {
/// let job = Job::new("ship").run_with(ship(), |status| match status {
///     200 => None,
///     _ => Some(Failure::new("refused").with_message(format_args!("the carrier says {status}"))),
/// });
/// job.await;
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub(crate) error_type: Cow<'static, str>,
    pub(crate) message: Option<String>,
    /// Where the error was made.
    pub(crate) stack: Option<String>,
}

impl Failure {
    /// A failure of a kind. It becomes a label: there should be few of them.
    #[must_use]
    pub fn new(error_type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            error_type: error_type.into(),
            message: None,
            stack: None,
        }
    }

    /// Adds what people should read; 2 KiB of it are kept.
    #[must_use]
    pub fn with_message(mut self, message: impl fmt::Display) -> Self {
        let mut text = String::new();
        // The alternate form is the chain of causes for some error types. One that
        // cannot be written says what there is; `format!` panics.
        write!(text, "{message:#}").ok();
        self.message = Some(text);
        self
    }
}

/// How a job ended, other than well.
pub(crate) enum Ending {
    Failed(Failure),
    Panicked(Panicked),
}

/// The error of a job that panicked, see
/// [`Job::run_catching`](crate::Job::run_catching).
///
/// ```
/// use otelier_jobs::{Job, Panicked};
///
/// # async fn ship() -> Result<(), Panicked> { Ok(()) }
/// # async fn work() {
/// if let Err(panicked) = Job::new("ship").run_catching(ship()).await {
///     eprintln!("the worker goes on: {}", panicked.message());
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    message: Cow<'static, str>,
}

impl Panicked {
    pub(crate) fn new(payload: &(dyn Any + Send)) -> Self {
        let message = match payload.downcast_ref::<&'static str>() {
            Some(text) => Cow::Borrowed(*text),
            None => match payload.downcast_ref::<String>() {
                Some(text) => text.clone().into(),
                None => "a value that is not text".into(),
            },
        };
        Self { message }
    }

    /// What the panic said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the job panicked: {}", self.message)
    }
}

impl Error for Panicked {}
