//! What an error is called, and what it says.

use std::borrow::Cow;

use otelier_core::Message;
use sqlx::Error;

use crate::driver::Driver;

/// An error's names.
#[derive(Debug)]
pub(super) struct Failure {
    /// `error.type`
    pub(super) kind: Cow<'static, str>,
    /// Whether that is what the database answered: `db.response.status_code`.
    pub(super) is_code: bool,
}

impl Failure {
    /// `None` if it only looks like an error.
    pub(super) fn of<DB: Driver>(error: &Error) -> Option<Self> {
        let kind = match error {
            Error::RowNotFound => return None,
            Error::Database(error) => {
                return Some(match DB::code(&**error) {
                    Some(code) => Self {
                        kind: Cow::Owned(code),
                        is_code: true,
                    },
                    None => Self::named("database"),
                });
            }
            Error::Configuration(_) => "configuration",
            Error::InvalidArgument(_) => "invalid_argument",
            Error::Io(_) => "io",
            Error::Tls(_) => "tls",
            Error::Protocol(_) => "protocol",
            Error::TypeNotFound { .. } => "type_not_found",
            Error::ColumnIndexOutOfBounds { .. } => "column_index_out_of_bounds",
            Error::ColumnNotFound(_) => "column_not_found",
            Error::ColumnDecode { .. } => "column_decode",
            Error::Encode(_) => "encode",
            Error::Decode(_) => "decode",
            Error::PoolTimedOut => "pool_timed_out",
            Error::PoolClosed => "pool_closed",
            Error::WorkerCrashed => "worker_crashed",
            Error::InvalidSavePointStatement => "invalid_save_point_statement",
            Error::BeginFailed => "begin_failed",
            _ => "_OTHER",
        };
        Some(Self::named(kind))
    }

    /// What it says, where that quotes nothing: databases quote statements with their
    /// literals and what a procedure raises, and what could not be read or written is
    /// the value of a row or parameter.
    pub(super) fn message(error: &Error) -> Message {
        match error {
            Error::ColumnDecode { index, .. } => {
                Message::of(format_args!("column {index} could not be decoded"))
            }
            Error::Database(_)
            | Error::Decode(_)
            | Error::Encode(_)
            | Error::InvalidArgument(_) => Message::default(),
            error => Message::of(error),
        }
    }

    fn named(kind: &'static str) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            is_code: false,
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
