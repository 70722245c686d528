//! A host that requests go to, and what all requests to it have in common.

use std::{
    borrow::Cow,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
};

use opentelemetry::{
    KeyValue, StringValue,
    metrics::{BoundHistogram, BoundUpDownCounter},
};
use otelier_core::{Methods, Outcome, cut, semconv};

use super::{
    answer::{Answer, error_type},
    config::Config,
    old,
    telemetry::Instruments,
};

/// Longer names are not DNS names.
const MAX_HOST_BYTES: usize = 255;
/// Few kinds of ending occur; where more do, all are bound anew.
const MAX_ENDINGS: usize = 64;

pub(super) struct Peer {
    /// As the URL has it: IPv6 addresses have brackets.
    host: Box<str>,
    port: Option<u16>,
    /// Whether trace context and baggage are sent along.
    pub(super) propagates: bool,
    instruments: Instruments,
    /// By method, the unknown ones last.
    kinds: Box<[OnceLock<Kind>]>,
    network: Mutex<Option<(IpAddr, StringValue)>>,
}

/// What all requests of one method to one host have in common.
pub(super) struct Kind {
    pub(super) target: Target,
    /// How the names of the spans start.
    pub(super) name: Cow<'static, str>,
    pub(super) active: BoundUpDownCounter<i64>,
    durations: RwLock<Vec<(Ending, BoundHistogram<f64>)>>,
}

pub(super) struct Target {
    method: StringValue,
    /// A URL that names no host goes nowhere.
    address: Option<StringValue>,
    port: Option<i64>,
}

/// What tells the observations of a kind from each other.
type Ending = (Option<Answer>, Option<Cow<'static, str>>);

impl Peer {
    pub(super) fn new(
        host: &str,
        port: Option<u16>,
        config: &Config,
        instruments: Instruments,
        methods: usize,
    ) -> Self {
        Self {
            host: host.into(),
            port,
            propagates: config.propagates_to(without_brackets(host)),
            instruments,
            kinds: (0..=methods).map(|_| OnceLock::new()).collect(),
            network: Mutex::default(),
        }
    }

    pub(super) fn is(&self, host: &str, port: Option<u16>) -> bool {
        self.port == port && *self.host == *host
    }

    /// Whether spans have the old names, too.
    pub(super) fn has_old_names(&self) -> bool {
        self.instruments.old_duration.is_some()
    }

    /// What is known about requests of a method, by its place among the known.
    pub(super) fn kind(&self, place: u16, methods: &Methods) -> Option<&Kind> {
        let kind = self.kinds.get(usize::from(place))?;
        Some(kind.get_or_init(|| self.bind(methods.label(usize::from(place)))))
    }

    fn bind(&self, method: StringValue) -> Kind {
        let address = cut(without_brackets(&self.host), MAX_HOST_BYTES);
        let address = (!address.is_empty()).then(|| Arc::<str>::from(address).into());
        let name = Methods::name(&method);
        let target = Target {
            method,
            address,
            port: self.port.map(i64::from),
        };
        let mut labels = Vec::with_capacity(3);
        target.describe(&mut labels);
        Kind {
            target,
            name,
            active: self.instruments.active.bind(&labels),
            durations: RwLock::default(),
        }
    }

    /// Takes a request out of the gauge, and observes how long it took.
    pub(super) fn took(&self, place: u16, seconds: f64, answer: Option<Answer>, outcome: &Outcome) {
        let Some(kind) = self.kinds.get(usize::from(place)).and_then(OnceLock::get) else {
            return;
        };
        kind.active.add(-1);
        if let Some(old) = &self.instruments.old_duration {
            let labels = kind.labels(answer, outcome);
            old.record(seconds * 1000.0, &old::renamed(&labels));
        }
        let error = outcome.error_type();
        let known = kind.durations.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        let is = |ending: &Ending| ending.0 == answer && ending.1.as_deref() == error;
        if let Some((_, duration)) = known.iter().find(|(ending, _)| is(ending)) {
            return duration.record(seconds);
        }
        drop(known);
        let labels = kind.labels(answer, outcome);
        let duration = self.instruments.duration.bind(&labels);
        duration.record(seconds);
        let ending = (answer, error.map(|error| error.to_owned().into()));
        let known = kind.durations.write();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ENDINGS {
            known.clear();
        }
        known.push((ending, duration));
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

impl Target {
    /// Adds method, address and port.
    pub(super) fn describe(&self, attributes: &mut Vec<KeyValue>) {
        let method = self.method.clone();
        attributes.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, method));
        if let Some(address) = &self.address {
            attributes.push(KeyValue::new(semconv::SERVER_ADDRESS, address.clone()));
        }
        if let Some(port) = self.port {
            attributes.push(KeyValue::new(semconv::SERVER_PORT, port));
        }
    }
}

impl Kind {
    fn labels(&self, answer: Option<Answer>, outcome: &Outcome) -> Vec<KeyValue> {
        let mut labels = Vec::with_capacity(6);
        self.target.describe(&mut labels);
        labels.extend(answer.into_iter().flat_map(Answer::attributes));
        let error = error_type(answer, outcome);
        labels.extend(error.map(|error| KeyValue::new(semconv::ERROR_TYPE, error)));
        labels
    }
}

pub(super) fn without_brackets(host: &str) -> &str {
    let bare = host.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
    bare.unwrap_or(host)
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
