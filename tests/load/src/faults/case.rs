//! What a case is made of.

use std::{ops::RangeInclusive, time::Duration};

use otelier_collector::Fault;

use crate::service::End;

/// A fault, and what it may cost.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) protocol: &'static str,
    pub(crate) receiver: Receiver,
    /// Where the service runs.
    pub(crate) place: Place,
    /// Variables beside those that all cases have.
    pub(crate) variables: &'static [(&'static str, &'static str)],
    pub(crate) end: End,
    pub(crate) signal: &'static str,
    /// How long requests are sent, of the usual time.
    pub(crate) times: u32,
    pub(crate) is_short: bool,
    pub(crate) expect: Expect,
}

/// What happens to requests of the exporter.
#[derive(Clone, Debug)]
pub(crate) enum Receiver {
    /// A collector does this with them.
    Does(Fault),
    /// The same, and then takes what comes.
    DoesAtFirst(Fault),
    /// Nobody listens for the first part of the time.
    Late,
    /// Nobody ever listens.
    Absent,
    /// Packets to it are dropped.
    Vanishes,
    /// It is killed every three seconds, and starts again.
    Killed,
    /// The first so many connections end in the middle of a request.
    CutsRequests(u32),
    /// The first so many connections end when a request has been taken, before
    /// it is answered.
    CutsAnswers(u32),
    /// The port of the collector's other protocol.
    OtherPort,
    /// Behind TLS.
    Tls(Trust),
    /// Its name does not resolve.
    Nameless,
}

/// Certificates, and what the service is told of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Nothing of who signed.
    Unknown,
    /// Who signed.
    Known,
    /// Who signed; the certificate has expired.
    Expired,
    /// Who signed, and a certificate of its own, which is asked for.
    Mutual,
    /// Who signed, but has no certificate, which is asked for.
    Unproved,
}

/// Where a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Usual,
    /// What it prints goes to a disk that is full.
    FullDisk,
    /// The wall clock is set back by an hour in the middle.
    ClockSetBack,
}

/// What must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Expect {
    pub(crate) fate: Fate,
    /// How many spans may arrive a second time.
    pub(crate) doubled: RangeInclusive<u64>,
    /// How long the service may need to end.
    pub(crate) exit: Duration,
    /// What it must have printed.
    pub(crate) says: &'static str,
}

/// What becomes of spans and log records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// All arrive, and none is counted as lost.
    Delivered,
    /// None arrives, and all are counted.
    Lost,
    /// Some arrive; the others are counted.
    Accounted,
    /// All arrive; those that the receiver says it has rejected are counted.
    Claimed,
}
