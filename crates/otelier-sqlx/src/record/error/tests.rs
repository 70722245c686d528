use std::io;

use opentelemetry::trace::Status;
use sqlx::Sqlite;

use super::*;

#[test]
fn an_error_that_is_logged_or_ends_a_job_is_called_as_people_write_it() {
    assert_eq!(otelier_core::error_name::<Error>(), "sqlx::Error");
}

#[test]
fn each_error_has_a_name_and_says_what_quotes_no_value() {
    let secret = || "password=hunter2".into();
    for (error, kind, said) in [
        (
            Error::Configuration(secret()),
            "configuration",
            "error with configuration: password=[REDACTED]",
        ),
        (
            Error::Io(io::Error::from(io::ErrorKind::ConnectionReset)),
            "io",
            "error communicating with database: connection reset",
        ),
        (
            Error::Tls(secret()),
            "tls",
            "error occurred while attempting to establish a TLS connection: password=[REDACTED]",
        ),
        (
            Error::Protocol("unexpected message: password=hunter2".to_owned()),
            "protocol",
            "encountered unexpected or invalid data: unexpected message: password=[REDACTED]",
        ),
        (
            Error::TypeNotFound {
                type_name: "mood".to_owned(),
            },
            "type_not_found",
            "type named mood not found",
        ),
        (
            Error::ColumnIndexOutOfBounds { index: 3, len: 2 },
            "column_index_out_of_bounds",
            "column index out of bounds: the len is 2, but the index is 3",
        ),
        (
            Error::ColumnNotFound("total".to_owned()),
            "column_not_found",
            "no column found for name: total",
        ),
        (
            Error::ColumnDecode {
                index: "\"total\"".to_owned(),
                source: "hunter2".into(),
            },
            "column_decode",
            "column \"total\" could not be decoded",
        ),
        (
            Error::InvalidArgument("hunter2".to_owned()),
            "invalid_argument",
            "",
        ),
        (Error::Encode("hunter2".into()), "encode", ""),
        (Error::Decode("hunter2".into()), "decode", ""),
        (
            Error::PoolClosed,
            "pool_closed",
            "attempted to acquire a connection on a closed pool",
        ),
        (
            Error::WorkerCrashed,
            "worker_crashed",
            "attempted to communicate with a crashed background worker",
        ),
    ] {
        let failure = Failure::of::<Sqlite>(&error).unwrap();
        assert_eq!((&*failure.kind, failure.is_code), (kind, false));
        let status = Failure::message(&error).status(kind);
        assert_eq!(status, Status::error(said), "{kind}");
    }
    assert!(Failure::of::<Sqlite>(&Error::RowNotFound).is_none());
}
