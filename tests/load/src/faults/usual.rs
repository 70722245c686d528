//! What a case is made of: where all is as usual but for what it says.

use std::time::Duration;

use otelier_collector::{Code, Fault, Refusal};

use super::case::{Case, Expect, Fate, Place, Receiver};
use crate::service::End;

pub(super) const GRPC: &str = "grpc";
pub(super) const HTTP: &str = "http/protobuf";

/// The bound of a shutdown, by default, and what a process needs beside.
pub(super) const BOUND: Duration = Duration::from_millis(5_500);
/// An end that waits for nobody.
pub(super) const AT_ONCE: Duration = Duration::from_millis(1_000);

pub(super) const DELIVERED: Expect = Expect {
    fate: Fate::Delivered,
    doubled: 0..=0,
    exit: AT_ONCE,
    says: "listening on",
};
pub(super) const LOST: Expect = Expect {
    fate: Fate::Lost,
    says: "lost since start",
    ..DELIVERED
};

/// A case of which everything is as usual but the receiver.
pub(super) fn case(
    name: &'static str,
    protocol: &'static str,
    receiver: Receiver,
    expect: Expect,
) -> Case {
    Case {
        name,
        protocol,
        receiver,
        place: Place::Usual,
        variables: &[],
        end: End::Well,
        signal: "TERM",
        times: 1,
        is_short: false,
        expect,
    }
}

impl Case {
    /// It is among those that the tests run.
    pub(super) fn in_short(self) -> Self {
        Self {
            is_short: true,
            ..self
        }
    }
}

/// A case with a receiver that works.
pub(super) fn fine(name: &'static str) -> Case {
    case(name, GRPC, Receiver::Does(Fault::None), DELIVERED)
}

pub(super) fn refused(code: Code) -> Refusal {
    Refusal::new(code, "no")
}
