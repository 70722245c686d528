//! The cases of what happens to the process: how it ends, and where it runs.

use otelier_collector::Fault;

use super::{
    case::{Case, Expect, Place, Receiver},
    usual::{BOUND, DELIVERED, GRPC, LOST, case, fine},
};
use crate::service::End;

pub(super) fn ends() -> Vec<Case> {
    vec![
        fine("SIGTERM"),
        Case {
            signal: "INT",
            ..fine("SIGINT")
        }
        .in_short(),
        Case {
            end: End::WithAnError,
            ..fine("main returns an error")
        }
        .in_short(),
        Case {
            end: End::WithAPanic,
            ..fine("main panics")
        }
        .in_short(),
        Case {
            end: End::OnOneThread,
            ..fine("a runtime of one thread")
        },
        Case {
            end: End::OnOneThread,
            ..case(
                "a runtime of one thread, receiver never answers",
                GRPC,
                Receiver::Does(Fault::BlackHole),
                Expect {
                    exit: BOUND,
                    ..LOST
                },
            )
        },
        Case {
            end: End::RuntimeFirst,
            ..fine("the runtime is dropped before the guard")
        }
        .in_short(),
        Case {
            end: End::WithAPanic,
            ..case(
                "main panics, receiver never answers",
                GRPC,
                Receiver::Does(Fault::BlackHole),
                Expect {
                    exit: BOUND,
                    ..LOST
                },
            )
        },
    ]
}

pub(super) fn places() -> Vec<Case> {
    vec![
        Case {
            variables: &[("OTELIER_LOG_FILE", "/dev/full")],
            expect: Expect {
                says: "cannot write to /dev/full",
                ..DELIVERED
            },
            ..fine("disk full: the log file")
        }
        .in_short(),
        Case {
            place: Place::FullDisk,
            expect: Expect {
                says: "",
                ..DELIVERED
            },
            ..fine("disk full: the console's lines")
        },
        Case {
            place: Place::FullDisk,
            variables: &[
                ("OTEL_TRACES_EXPORTER", "console,otlp"),
                ("OTEL_METRICS_EXPORTER", "console,otlp"),
                ("OTEL_LOGS_EXPORTER", "console,otlp"),
            ],
            expect: Expect {
                says: "cannot be printed",
                ..DELIVERED
            },
            ..fine("disk full: OTLP to a file, beside the receiver")
        }
        .in_short(),
        Case {
            place: Place::FullDisk,
            variables: &[
                ("OTEL_TRACES_EXPORTER", "console"),
                ("OTEL_METRICS_EXPORTER", "console"),
                ("OTEL_LOGS_EXPORTER", "console"),
                // Then messages go to standard error, which is elsewhere.
                ("OTELIER_CONSOLE", "off"),
            ],
            expect: LOST,
            ..fine("disk full: OTLP to a file alone")
        }
        .in_short(),
        Case {
            place: Place::ClockSetBack,
            ..fine("the clock is set back by an hour")
        }
        .in_short(),
    ]
}
