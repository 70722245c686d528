//! What an error is called, without its words: they may quote values.

use std::borrow::Cow;

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

    fn named(kind: &'static str) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            is_code: false,
        }
    }
}
