//! The cases.

use std::time::Duration;

use otelier_collector::{Code, Fault, Refusal};

use super::{
    case::{Case, Expect, Fate, Receiver, Trust},
    process::{ends, places},
    usual::{BOUND, DELIVERED, GRPC, HTTP, LOST, case, refused},
};

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = reachability();
    cases.extend(refusals());
    cases.extend(connections());
    cases.extend(certificates());
    cases.extend(ends());
    if cfg!(target_os = "linux") {
        cases.extend(places());
    }
    cases
}

fn reachability() -> Vec<Case> {
    let (late, bounded) = (
        Expect {
            exit: BOUND,
            ..DELIVERED
        },
        Expect {
            exit: BOUND,
            ..LOST
        },
    );
    // A failure is told of once all attempts at a batch are over, which is to be before the
    // receiver is there; an answer on a busy machine is to come within the same time.
    let announced = Case {
        variables: &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")],
        times: 4,
        ..case(
            "absent at start, later present, announced",
            GRPC,
            Receiver::Late,
            Expect {
                says: "traces are exported again (0 spans lost meanwhile)",
                // On a slow machine an answer may come too late.
                doubled: 0..=512,
                ..late.clone()
            },
        )
    };
    let slow = |name| {
        let slow = Fault::Delay(Duration::from_secs(2));
        case(
            name,
            GRPC,
            Receiver::Does(slow),
            Expect {
                exit: BOUND,
                ..DELIVERED
            },
        )
    };
    vec![
        case(
            "absent at start, later present",
            GRPC,
            Receiver::Late,
            late.clone(),
        )
        .in_short(),
        case("absent at start, later present", HTTP, Receiver::Late, late),
        case("never there", GRPC, Receiver::Absent, bounded.clone()).in_short(),
        case("never there", HTTP, Receiver::Absent, bounded.clone()),
        announced.in_short(),
        Case {
            variables: &[
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "300"),
                ("OTELIER_EXPORT_BUFFER_BYTES", "30000"),
            ],
            ..case(
                "absent for longer than the buffer lasts",
                GRPC,
                Receiver::Late,
                Expect {
                    fate: Fate::Accounted,
                    says: "dropped, the oldest",
                    doubled: 0..=512,
                    exit: BOUND,
                },
            )
        },
        case(
            "name does not resolve",
            GRPC,
            Receiver::Nameless,
            Expect {
                says: "name does not resolve",
                ..bounded.clone()
            },
        ),
        Case {
            times: 2,
            ..case(
                "killed and started again every 3 s",
                GRPC,
                Receiver::Killed,
                Expect {
                    // What was under way, had it been taken but not answered.
                    doubled: 0..=512,
                    exit: BOUND,
                    ..DELIVERED
                },
            )
        },
        Case {
            times: 2,
            ..case(
                "killed and started again every 3 s",
                HTTP,
                Receiver::Killed,
                Expect {
                    doubled: 0..=512,
                    exit: BOUND,
                    ..DELIVERED
                },
            )
        },
        case(
            "accepts and never answers",
            GRPC,
            Receiver::Does(Fault::BlackHole),
            bounded.clone(),
        )
        .in_short(),
        case(
            "accepts and never answers",
            HTTP,
            Receiver::Does(Fault::BlackHole),
            bounded.clone(),
        ),
        case("packets vanish", GRPC, Receiver::Vanishes, bounded),
        Case {
            // Batches of the usual size: few requests, in which everything fits.
            variables: &[
                ("OTEL_BSP_SCHEDULE_DELAY", "5000"),
                ("OTEL_BLRP_SCHEDULE_DELAY", "5000"),
            ],
            ..slow("answers after 2 s")
        },
        Case {
            expect: Expect {
                fate: Fate::Accounted,
                exit: BOUND,
                ..LOST
            },
            ..slow("answers after 2 s, and gets more than it can take")
        },
    ]
}

fn refusals() -> Vec<Case> {
    let reject = |refusal| Receiver::Does(Fault::Reject(refusal));
    let at_first = |refusal| Receiver::DoesAtFirst(Fault::Reject(refusal));
    let later = |refusal: Refusal| refusal.with_retry_after(Duration::from_secs(1));
    let denied = Expect {
        says: "check OTEL_EXPORTER_OTLP_HEADERS",
        ..LOST
    };
    let healed = Expect {
        exit: BOUND,
        ..DELIVERED
    };
    let partial = Receiver::Does(Fault::Partial(1, "over quota".to_owned()));
    let claimed = Expect {
        fate: Fate::Claimed,
        says: "over quota",
        ..DELIVERED
    };
    vec![
        case(
            "401",
            HTTP,
            reject(refused(Code::Unauthenticated)),
            denied.clone(),
        )
        .in_short(),
        case(
            "UNAUTHENTICATED",
            GRPC,
            reject(refused(Code::Unauthenticated)),
            denied,
        ),
        case(
            "429 with Retry-After: 1, then well",
            HTTP,
            at_first(later(refused(Code::ResourceExhausted))),
            healed.clone(),
        ),
        case(
            "503, then well",
            HTTP,
            at_first(refused(Code::Unavailable)),
            healed.clone(),
        ),
        case(
            "UNAVAILABLE, then well",
            GRPC,
            at_first(refused(Code::Unavailable)),
            healed.clone(),
        )
        .in_short(),
        case(
            "RESOURCE_EXHAUSTED with a delay of 1 s, then well",
            GRPC,
            at_first(later(refused(Code::ResourceExhausted))),
            healed,
        ),
        case(
            "RESOURCE_EXHAUSTED",
            GRPC,
            reject(refused(Code::ResourceExhausted)),
            LOST,
        ),
        case(
            "takes each request but for one item",
            GRPC,
            partial.clone(),
            claimed.clone(),
        )
        .in_short(),
        case(
            "takes each request but for one item",
            HTTP,
            partial,
            claimed,
        ),
    ]
}

fn connections() -> Vec<Case> {
    let healed = Expect {
        exit: BOUND,
        ..DELIVERED
    };
    // OTLP cannot tell what was taken without an answer from what was not.
    let doubled = Expect {
        doubled: 1..=3 * 512,
        ..healed.clone()
    };
    vec![
        case(
            "six connections end within a request",
            GRPC,
            Receiver::CutsRequests(6),
            healed.clone(),
        )
        .in_short(),
        case(
            "six connections end within a request",
            HTTP,
            Receiver::CutsRequests(6),
            healed,
        ),
        case(
            "three answers are cut off",
            HTTP,
            Receiver::CutsAnswers(3),
            doubled,
        ),
        case(
            "gRPC to the port of HTTP",
            GRPC,
            Receiver::OtherPort,
            Expect {
                says: "set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
                exit: BOUND,
                ..LOST
            },
        )
        .in_short(),
        case(
            "HTTP to the port of gRPC",
            HTTP,
            Receiver::OtherPort,
            Expect {
                says: "this port speaks gRPC",
                ..LOST
            },
        ),
    ]
}

fn certificates() -> Vec<Case> {
    let tls = |name, protocol, trust, expect| case(name, protocol, Receiver::Tls(trust), expect);
    let said = |says| Expect {
        says,
        exit: BOUND,
        ..LOST
    };
    let unknown = said("set OTEL_EXPORTER_OTLP_CERTIFICATE");
    vec![
        tls(
            "TLS, unknown authority",
            GRPC,
            Trust::Unknown,
            unknown.clone(),
        )
        .in_short(),
        tls("TLS, unknown authority", HTTP, Trust::Unknown, unknown),
        tls("TLS, own authority", GRPC, Trust::Known, DELIVERED).in_short(),
        tls("TLS, own authority", HTTP, Trust::Known, DELIVERED),
        tls("TLS, expired", GRPC, Trust::Expired, said("expired")),
        tls("TLS, client certificate", GRPC, Trust::Mutual, DELIVERED),
        tls(
            "TLS, client certificate missing",
            GRPC,
            Trust::Unproved,
            said("certificate"),
        ),
    ]
}
