//! What a layer records with.

use std::{sync::Arc, time::Duration};

use http::{HeaderName, Uri};
use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{Histogram, Meter},
};
use otelier_core::{
    Conventions, Providers,
    edge::{self, Known, Recorder, Span, grpc::Code, listed::Listed},
    scope,
    semconv::{self, old},
};

use super::{
    host::Host,
    method::{self, Ending, Method, Methods},
};
use crate::config::Config;

/// Asked every few seconds by machines, and by tools.
const EXCLUDED: [&str; 3] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// A server is called by few names, and a client calls few servers; more are not
/// kept.
const MAX_HOSTS: usize = 64;

pub(super) const GRPC: &str = "grpc";

/// Who records a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
}

impl Side {
    /// Whether a code is an error.
    pub(super) fn is_error(self, code: Code) -> bool {
        match self {
            Self::Server => code.is_server_error(),
            Self::Client => code != Code::Ok,
        }
    }
}

/// What a layer records with.
pub(super) struct Calls {
    pub(super) recorder: Arc<Recorder<Instruments>>,
    pub(super) side: Side,
    excluded: Option<Vec<String>>,
    known: Option<Vec<String>>,
    pub(super) request_metadata: Vec<Listed<HeaderName>>,
    pub(super) response_metadata: Vec<Listed<HeaderName>>,
    /// Where a client's calls go whose URI does not say it.
    origin: Arc<Host>,
    hosts: Known<String, Host>,
    /// Those that a server answers.
    methods: Methods,
}

impl Calls {
    pub(super) fn new(side: Side, config: &Config, providers: &Providers) -> Self {
        let listed = |namespace: &str, names: &[HeaderName]| {
            let names = names.iter().cloned();
            names.map(|name| Listed::new(namespace, name)).collect()
        };
        Self {
            recorder: Recorder::of(providers),
            side,
            excluded: config.excluded.clone(),
            known: config.known.clone(),
            request_metadata: listed(semconv::RPC_REQUEST_METADATA, &config.request_metadata),
            response_metadata: listed(semconv::RPC_RESPONSE_METADATA, &config.response_metadata),
            origin: Arc::new(Host::of(&config.origin)),
            hosts: Known::new(MAX_HOSTS),
            methods: Methods::new(),
        }
    }

    pub(super) fn is_excluded(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| match &self.excluded {
            Some(names) => method::lists(names, name),
            None => name.starts_with("grpc.") && method::lists(&EXCLUDED, name),
        })
    }

    /// What the URI says of the server, else what the program does of a client's.
    pub(super) fn host(&self, uri: &Uri) -> Arc<Host> {
        match (uri.authority(), self.side) {
            (None, _) => Arc::clone(&self.origin),
            (Some(authority), Side::Server) => self.hosts.get(authority.as_str(), || {
                Host::new(Some(authority), authority.port_u16())
            }),
            (Some(authority), Side::Client) => self.hosts.get(authority.as_str(), || Host::of(uri)),
        }
    }

    /// The methods among which that of a call is.
    pub(super) fn methods<'a>(&'a self, host: &'a Host) -> &'a Methods {
        match self.side {
            Side::Server => &self.methods,
            Side::Client => &host.methods,
        }
    }

    /// What is known of a method before it is answered, by what the program says.
    pub(super) fn listed(&self, name: &str) -> Standing {
        match (&self.known, self.side) {
            (_, Side::Client) => Standing::Known,
            (None, _) => Standing::Open,
            (Some(names), _) if names.iter().any(|known| known == name) => Standing::Known,
            (Some(names), _) if method::lists(names, name) => Standing::Open,
            (Some(_), _) => Standing::Unknown,
        }
    }

    /// Records how long a call took.
    pub(super) fn took(
        &self,
        host: &Host,
        method: &Method,
        ending: Ending,
        (elapsed, span): (Duration, &Span),
    ) {
        let seconds = elapsed.as_secs_f64();
        let sampled = || span.sampled();
        let durations = self.recorder.instruments.of(self.side);
        let labels = || self.labels(host, method, ending);
        let is_bound = method.durations.with(
            ending,
            || durations.stable.bind(&labels()),
            |bound| bound.record(seconds, sampled),
        );
        if !is_bound {
            durations.stable.record(seconds, sampled, &labels());
        }
        if let Some(old) = &durations.old {
            old.record(seconds * 1000.0, &self.old_labels(host, method, ending));
        }
    }

    fn labels(&self, host: &Host, method: &Method, (code, error): Ending) -> Vec<KeyValue> {
        let mut labels = Vec::with_capacity(6);
        labels.extend([
            KeyValue::new(semconv::RPC_SYSTEM_NAME, GRPC),
            method.label(),
            KeyValue::new(semconv::RPC_STATUS_CODE, code.name()),
        ]);
        labels.extend(error.map(|error| KeyValue::new(semconv::ERROR_TYPE, error)));
        if self.side == Side::Client {
            host.describe(&mut labels);
        }
        labels
    }

    fn old_labels(&self, host: &Host, method: &Method, (code, _): Ending) -> Vec<KeyValue> {
        let mut labels = vec![
            KeyValue::new(old::RPC_SYSTEM, GRPC),
            KeyValue::new(old::RPC_GRPC_STATUS_CODE, i64::from(code.number())),
        ];
        if let Some(name) = method.name() {
            let (service, method) = method::parts(name.as_str());
            labels.push(KeyValue::new(old::RPC_SERVICE, service.to_owned()));
            labels.push(KeyValue::new(semconv::RPC_METHOD, method.to_owned()));
        }
        if self.side == Side::Client {
            host.describe(&mut labels);
        }
        labels
    }
}

/// What is known of a method before it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Known,
    /// The answer will tell.
    Open,
    Unknown,
}

/// One set for each set of providers.
pub(super) struct Instruments {
    server: Durations,
    client: Durations,
}

pub(super) struct Durations {
    stable: edge::Durations,
    /// In milliseconds, if the environment asks for the old names, too.
    old: Option<Histogram<f64>>,
}

impl Instruments {
    fn of(&self, side: Side) -> &Durations {
        match side {
            Side::Server => &self.server,
            Side::Client => &self.client,
        }
    }
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let durations = |stable, old, description| {
            let bounds = &semconv::HTTP_DURATION_BOUNDS;
            let old = meter
                .f64_histogram(old)
                .with_description(description)
                .with_unit("ms");
            Durations {
                stable: Self::seconds(meter, conventions, stable, description, bounds),
                old: conventions.old_rpc_names.then(|| old.build()),
            }
        };
        Self {
            server: durations(
                semconv::RPC_SERVER_CALL_DURATION,
                old::RPC_SERVER_DURATION,
                "Measures the duration of an incoming Remote Procedure Call (RPC).",
            ),
            client: durations(
                semconv::RPC_CLIENT_CALL_DURATION,
                old::RPC_CLIENT_DURATION,
                "Measures the duration of an outgoing Remote Procedure Call (RPC).",
            ),
        }
    }
}

otelier_core::shown!(Calls: side);
