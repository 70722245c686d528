//! Which events are shipped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use otelier_core::is_own_target;
use tracing_core::{Interest, LevelFilter, Metadata, callsite};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Filter};

use crate::log_crate::remember;

/// Libraries that telemetry itself is sent with, and statements in full text with their literals.
const NOISY: [&str; 13] = [
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "reqwest",
    "rustls",
    "rustls_native_certs",
    "sqlx::query",
    "tokio_rustls",
    "tonic",
    "tower",
    "want",
    "webpki",
];

/// Decides which events are shipped, without a say in what other layers see.
///
/// An event is shipped when the directives allow its target and level, and it is not about telemetry:
/// - targets of the crates that set telemetry up and export it, and of OpenTelemetry's, are never shipped; one that only begins like them is;
/// - `h2`, `hyper`, `hyper_rustls`, `hyper_util`, `reqwest`, `rustls`, `rustls_native_certs`, `sqlx::query`,
///   `tokio_rustls`, `tonic`, `tower`, `want` and `webpki` are shipped only when a directive names them,
///   as `tower=debug` does; `sqlx=debug` does not name `sqlx::query`.
///
/// See the example of [`Ship`](crate::Ship).
///
/// # Cost
///
/// Where no other layer disagrees, `tracing` remembers the decision for each callsite and asks no more.
/// Once the directives were [changed](Self::set_directives), it takes a lock for reading where it is asked.
#[derive(Debug, Clone)]
pub struct ShipFilter {
    first: Arc<Rules>,
    changed: Arc<Changed>,
    spans: Spans,
}

/// What took the place of the first rules, for all copies of a filter.
#[derive(Debug, Default)]
struct Changed {
    is: AtomicBool,
    rules: RwLock<Option<Rules>>,
}

#[derive(Debug)]
struct Rules {
    directives: Targets,
    most: LevelFilter,
    /// Directives for noisy targets.
    named: Box<[String]>,
}

/// Whether the bridge needs to see spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spans {
    Unseen,
    Seen,
}

impl ShipFilter {
    pub(super) fn new(directives: Targets, spans: Spans) -> Self {
        Self {
            first: Arc::new(Rules::new(directives)),
            changed: Arc::default(),
            spans,
        }
    }

    /// Ships what these directives allow from now on. Copies of a filter change with it.
    pub fn set_directives(&self, directives: Targets) {
        let rules = Rules::new(directives);
        let mut changed = self
            .changed
            .rules
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *changed = Some(rules);
        drop(changed);
        // Who sees it takes the lock, which shows the rules.
        self.changed.is.store(true, Ordering::Relaxed);
        callsite::rebuild_interest_cache();
    }

    /// Asks the rules as they are now.
    fn ask<T>(&self, question: impl FnOnce(&Rules) -> T) -> T {
        if !self.changed.is.load(Ordering::Relaxed) {
            return question(&self.first);
        }
        let changed = self
            .changed
            .rules
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        question(changed.as_ref().unwrap_or(&self.first))
    }

    fn ships(&self, metadata: &Metadata<'_>) -> bool {
        self.ask(|rules| {
            if metadata.is_span() {
                self.spans == Spans::Seen && *metadata.level() <= rules.most
            } else {
                rules.ship(metadata)
            }
        })
    }
}

impl Rules {
    fn new(directives: Targets) -> Self {
        let levels = directives
            .iter()
            .map(|(_, level)| level)
            .chain(directives.default_level());
        let most = levels.max().unwrap_or(LevelFilter::OFF);
        let named = directives
            .iter()
            .filter(|(target, _)| is_noisy(target))
            .map(|(target, _)| target.to_owned())
            .collect();
        Self {
            directives,
            most,
            named,
        }
    }

    fn ship(&self, metadata: &Metadata<'_>) -> bool {
        if *metadata.level() > self.most {
            return false;
        }
        let target = metadata.target();
        !is_own_target(target)
            && (!is_noisy(target) || self.named.iter().any(|named| is_within(target, named)))
            && self.directives.would_enable(target, metadata.level())
    }
}

impl<S> Filter<S> for ShipFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.ships(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        remember(metadata);
        if self.ships(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.ask(|rules| rules.most))
    }
}

fn is_noisy(target: &str) -> bool {
    NOISY.iter().any(|noisy| is_within(target, noisy))
}

/// Whether the target is that module or inside it: `h2::frame` is within `h2`, `h2o` is not.
pub(super) fn is_within(target: &str, module: &str) -> bool {
    target
        .strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
