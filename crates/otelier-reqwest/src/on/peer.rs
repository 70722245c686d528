//! A host that requests go to, and what every request to it has in common.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use http::{StatusCode, Version};
use opentelemetry::{
    KeyValue, StringValue,
    metrics::{BoundHistogram, BoundUpDownCounter},
};
use otelier_core::{Outcome, cut, semconv};
use reqwest::Response;

use super::{config::Config, old, telemetry::Instruments};

/// Longer names are not DNS names.
const MAX_HOST_BYTES: usize = 255;
/// Few kinds of ending occur; where more do, all are bound anew.
const MAX_BOUND: usize = 64;

pub(super) struct Peer {
    /// As the URL has it: IPv6 addresses have brackets.
    host: Box<str>,
    pub(super) port: Option<u16>,
    pub(super) address: StringValue,
    /// Whether trace context and baggage are sent along.
    pub(super) propagates: bool,
    instruments: Instruments,
    active: RwLock<Vec<(StringValue, BoundUpDownCounter<i64>)>>,
    durations: RwLock<Vec<(Ending, BoundHistogram<f64>)>>,
    network: Mutex<Option<(IpAddr, StringValue)>>,
}

/// What tells the observations of a host from each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ending {
    /// The status code and the version of the protocol.
    pub(super) answer: Option<(StatusCode, &'static str)>,
    pub(super) error: Option<&'static str>,
    method: StringValue,
}

impl Peer {
    pub(super) fn new(
        host: &str,
        port: Option<u16>,
        config: &Config,
        instruments: Instruments,
    ) -> Self {
        let bare = host.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
        let address = cut(bare.unwrap_or(host), MAX_HOST_BYTES);
        Self {
            host: host.into(),
            port,
            address: Arc::<str>::from(address).into(),
            propagates: config.propagates_to(address),
            instruments,
            active: RwLock::default(),
            durations: RwLock::default(),
            network: Mutex::default(),
        }
    }

    pub(super) fn is(&self, host: &str, port: Option<u16>) -> bool {
        self.port == port && *self.host == *host
    }

    /// Address and port as attributes; a URL that names none goes nowhere.
    pub(super) fn describe(&self) -> impl Iterator<Item = KeyValue> {
        let address = (!self.host.is_empty())
            .then(|| KeyValue::new(semconv::SERVER_ADDRESS, self.address.clone()));
        let port = self
            .port
            .map(|port| KeyValue::new(semconv::SERVER_PORT, i64::from(port)));
        address.into_iter().chain(port)
    }

    /// Whether spans have the old names, too.
    pub(super) fn has_old_names(&self) -> bool {
        self.instruments.old_duration.is_some()
    }

    /// The in-flight gauge for a method.
    pub(super) fn active(&self, method: &StringValue) -> BoundUpDownCounter<i64> {
        let bind = || {
            let mut labels = Vec::with_capacity(3);
            labels.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, method.clone()));
            labels.extend(self.describe());
            self.instruments.active.bind(&labels)
        };
        bound(
            &self.active,
            |known| known == method,
            || method.clone(),
            bind,
            Clone::clone,
        )
    }

    /// Observes how long a request took.
    pub(super) fn took(&self, seconds: f64, ending: &Ending) {
        let bind = || self.instruments.duration.bind(&self.labels(ending));
        let record = |duration: &BoundHistogram<f64>| duration.record(seconds);
        if let Some(old) = &self.instruments.old_duration {
            old.record(seconds * 1000.0, &old::renamed(&self.labels(ending)));
        }
        bound(
            &self.durations,
            |known| known == ending,
            || ending.clone(),
            bind,
            record,
        );
    }

    fn labels(&self, ending: &Ending) -> Vec<KeyValue> {
        let mut labels = Vec::with_capacity(6);
        let method = ending.method.clone();
        labels.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, method));
        labels.extend(self.describe());
        labels.extend(ending.answer().into_iter().flatten());
        let error = ending.error_type();
        labels.extend(error.map(|error| KeyValue::new(semconv::ERROR_TYPE, error)));
        labels
    }

    /// The text of an address behind the host; it seldom changes.
    pub(super) fn network_address(&self, ip: IpAddr) -> StringValue {
        let mut last = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, text)) if *known == ip => text.clone(),
            _ => {
                let text: StringValue = Arc::<str>::from(ip.to_canonical().to_string()).into();
                *last = Some((ip, text.clone()));
                text
            }
        }
    }
}

impl Ending {
    /// Nothing is known yet but the method.
    pub(super) fn of(method: StringValue) -> Self {
        Self {
            answer: None,
            error: None,
            method,
        }
    }

    pub(super) fn answered(&mut self, response: &Response) {
        self.answer = Some((response.status(), version(response.version())));
    }

    /// A panic is an error; to be dropped is none.
    pub(super) fn complete(&mut self, outcome: &Outcome) {
        if *outcome == Outcome::Panicked {
            self.error = Some("panic");
        }
    }

    /// Status code and version as attributes, the same on span and metric.
    pub(super) fn answer(&self) -> Option<[KeyValue; 2]> {
        self.answer.map(|(status, version)| {
            let code = i64::from(status.as_u16());
            [
                KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, code),
                KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, version),
            ]
        })
    }

    /// A status of 4xx or 5xx is the error, whatever happens after it.
    pub(super) fn error_type(&self) -> Option<StringValue> {
        match self.answer {
            Some((status, _)) if is_error(status) => Some(status.as_str().to_owned().into()),
            _ => self.error.map(StringValue::from),
        }
    }
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

/// Uses the instrument that was bound for a key, or binds it.
fn bound<K, I, T>(
    table: &RwLock<Vec<(K, I)>>,
    is: impl Fn(&K) -> bool,
    key: impl FnOnce() -> K,
    bind: impl FnOnce() -> I,
    then: impl FnOnce(&I) -> T,
) -> T {
    let known = table.read().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, instrument)) = known.iter().find(|(key, _)| is(key)) {
        return then(instrument);
    }
    drop(known);
    let instrument = bind();
    let used = then(&instrument);
    let mut known = table.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MAX_BOUND {
        known.clear();
    }
    known.push((key(), instrument));
    used
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("propagates", &self.propagates)
            .finish_non_exhaustive()
    }
}
