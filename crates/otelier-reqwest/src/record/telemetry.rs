//! What is made once per middleware or layer: tracer, instruments, known hosts.

use std::{
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use http::Method;
use opentelemetry::{
    Context,
    metrics::{Histogram, UpDownCounter},
    trace::TraceContextExt as _,
};
use otelier_core::{Methods, Propagation, Providers, Source, SpanStarter, scope, semconv};
use reqwest::Url;

use super::{config::Config, old, peer::Peer};

/// Where a service talks to more hosts than these, it starts to forget them.
const MAX_PEERS: usize = 64;

/// What the clones of a middleware or layer have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: Config,
    source: Source,
    telemetry: OnceLock<Telemetry>,
}

impl Shared {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            source: Source::current(),
            telemetry: OnceLock::new(),
        }
    }

    /// Tracer and instruments, made at the first request, or `None` while
    /// telemetry is off or suppressed: the exporter's own requests are.
    #[inline]
    pub(super) fn telemetry(&self) -> Option<&Telemetry> {
        let providers = self.source.providers()?;
        if Context::is_current_telemetry_suppressed() {
            return None;
        }
        let make = || Telemetry::new(providers.clone());
        Some(self.telemetry.get_or_init(make))
    }

    /// How context passes through while telemetry is off, if it does.
    #[inline]
    pub(super) fn passing(&self) -> Option<&Propagation> {
        let propagation = self.source.passing()?;
        (!Context::is_current_telemetry_suppressed()).then_some(propagation)
    }

    /// Whether anything is to be done about requests.
    pub(super) fn is_off(&self) -> bool {
        self.source.providers().is_none() && self.source.passing().is_none()
    }
}

pub(super) struct Telemetry {
    pub(super) providers: Providers,
    pub(super) spans: SpanStarter,
    pub(super) methods: Methods,
    pub(super) instruments: Instruments,
    peers: RwLock<Vec<Arc<Peer>>>,
}

#[derive(Clone)]
pub(super) struct Instruments {
    pub(super) duration: Histogram<f64>,
    /// If the environment asks for the old names, too.
    pub(super) old_duration: Option<Histogram<f64>>,
    pub(super) active: UpDownCounter<i64>,
}

impl Telemetry {
    fn new(providers: Providers) -> Self {
        let scope = scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let spans = providers.span_starter(scope.clone());
        let meter = providers.meter(scope);
        let conventions = providers.conventions();
        let instruments = Instruments {
            duration: meter
                .f64_histogram(semconv::HTTP_CLIENT_REQUEST_DURATION)
                .with_description("Duration of HTTP client requests.")
                .with_unit("s")
                .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec())
                .build(),
            old_duration: conventions.old_http_names.then(|| old::duration(&meter)),
            active: meter
                .i64_up_down_counter(semconv::HTTP_CLIENT_ACTIVE_REQUESTS)
                .with_description("Number of active HTTP client requests.")
                .with_unit("{request}")
                .build(),
        };
        Self {
            spans,
            methods: Methods::new(conventions.known_methods.as_deref()),
            instruments,
            peers: RwLock::default(),
            providers,
        }
    }

    /// Tells whether no span below this parent would be sampled.
    pub(super) fn never_samples(&self, parent: &Context) -> bool {
        let above = parent.span();
        let above = above.span_context();
        self.providers.is_parent_based() && above.is_valid() && !above.is_sampled()
    }

    /// The place of a method among the known ones, behind them if it is unknown.
    pub(super) fn place(&self, method: &Method) -> u16 {
        let place = self.methods.position(method);
        let place = place.unwrap_or_else(|| self.methods.count());
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    pub(super) fn is_unknown(&self, place: u16) -> bool {
        usize::from(place) == self.methods.count()
    }

    /// Whom a request is for, with all that was ever worked out about it.
    pub(super) fn peer(&self, url: &Url, config: &Config) -> Arc<Peer> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default();
        let known = self.peers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = known.iter().find(|peer| peer.is(host, port)) {
            return Arc::clone(peer);
        }
        drop(known);
        let instruments = self.instruments.clone();
        let peer = Peer::new(host, port, config, instruments, self.methods.count());
        let peer = Arc::new(peer);
        let mut known = self.peers.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PEERS {
            known.clear();
        }
        known.push(Arc::clone(&peer));
        peer
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}
