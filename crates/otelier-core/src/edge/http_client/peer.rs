//! A host that requests go to, and what all requests to it have in common.

use std::{
    borrow::Cow,
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use super::{
    super::{BoundDurations, Few, Span},
    hosts::Hosts,
    instruments::Recorder,
    labels::{Answer, error_type, failure, renamed},
};
use crate::{Methods, Outcome, Propagation, cut, semconv};
use opentelemetry::{KeyValue, StringValue, metrics::BoundUpDownCounter};

/// Longer names are not DNS names.
const MAX_HOST_BYTES: usize = 255;
/// Few kinds of ending occur; more are not bound.
const MAX_ENDINGS: usize = 64;

/// A host that requests go to.
///
/// See the [example of the module](crate::edge::http_client).
pub struct Peer<C> {
    /// As the URL has it: IPv6 addresses have brackets.
    host: Box<str>,
    port: Option<u16>,
    /// Whether trace context and baggage are sent along.
    pub propagates: bool,
    recorder: Arc<Recorder<C>>,
    /// By method, the unknown ones last.
    kinds: Box<[OnceLock<Kind>]>,
    network: Mutex<Option<(IpAddr, StringValue)>>,
}

/// What all requests of one method to one host have in common.
///
/// See the [example of the module](crate::edge::http_client).
pub struct Kind {
    /// Method, address and port.
    pub target: Target,
    /// How the names of the spans start.
    pub name: Cow<'static, str>,
    /// Those under way.
    pub active: BoundUpDownCounter<i64>,
    durations: Few<Ending, BoundDurations>,
}

/// What a request is for.
///
/// See the [example of the module](crate::edge::http_client).
#[derive(Debug)]
pub struct Target {
    method: StringValue,
    /// A URL that names no host goes nowhere.
    address: Option<StringValue>,
    port: Option<i64>,
}

/// What tells the observations of a kind from each other.
type Ending = (Option<Answer>, Option<&'static str>);

impl<C> Peer<C> {
    pub(super) fn new(
        host: &str,
        port: Option<u16>,
        hosts: &Hosts,
        recorder: Arc<Recorder<C>>,
        methods: usize,
    ) -> Self {
        Self {
            host: host.into(),
            port,
            propagates: hosts.contains(without_brackets(host)),
            recorder,
            kinds: (0..=methods).map(|_| OnceLock::new()).collect(),
            network: Mutex::default(),
        }
    }

    pub(super) fn is(&self, host: &str, port: Option<u16>) -> bool {
        self.port == port && *self.host == *host
    }

    /// How context leaves the process.
    pub fn propagation(&self) -> &Propagation {
        self.recorder.propagation()
    }

    /// Whether spans have the old names, too.
    #[must_use]
    pub fn has_old_names(&self) -> bool {
        self.recorder.instruments.old_duration.is_some()
    }

    /// What is known about requests of a method, by its place among the known.
    #[must_use]
    pub fn kind(&self, place: u16, methods: &Methods) -> Option<&Kind> {
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
            active: self.recorder.instruments.active.bind(&labels),
            durations: Few::new(MAX_ENDINGS),
        }
    }

    /// Takes a request out of the gauge, and observes how long it took, in which
    /// span.
    pub fn took(
        &self,
        place: u16,
        (elapsed, span): (Duration, &Span),
        answer: Option<Answer>,
        outcome: &Outcome,
    ) {
        let Some(kind) = self.kinds.get(usize::from(place)).and_then(OnceLock::get) else {
            return;
        };
        kind.active.add(-1);
        let instruments = &self.recorder.instruments;
        let seconds = elapsed.as_secs_f64();
        let sampled = || span.sampled();
        if let Some(old) = &instruments.old_duration {
            let labels = kind.labels(answer, outcome);
            old.record(seconds * 1000.0, &renamed(&labels));
        }
        let ending = (answer, failure(outcome));
        let bind = || instruments.duration.bind(&kind.labels(answer, outcome));
        let is_bound = kind
            .durations
            .with(ending, bind, |bound| bound.record(seconds, sampled));
        if !is_bound {
            instruments
                .duration
                .record(seconds, sampled, &kind.labels(answer, outcome));
        }
    }

    /// The text of an address behind the host; it seldom changes.
    pub fn network_address(&self, ip: IpAddr) -> StringValue {
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
    pub fn describe(&self, attributes: &mut Vec<KeyValue>) {
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
        if let Some(answer) = answer {
            let (status, version) = answer.attributes();
            labels.push(status);
            labels.extend(version);
        }
        let error = error_type(answer, outcome);
        labels.extend(error.map(|error| KeyValue::new(semconv::ERROR_TYPE, error)));
        labels
    }
}

/// A host without the brackets of an IPv6 address.
#[must_use]
pub fn without_brackets(host: &str) -> &str {
    let bare = host.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
    bare.unwrap_or(host)
}

crate::shown!(Kind: target);

crate::shown!([C] Peer<C>: host, port, propagates);
