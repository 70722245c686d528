//! What a pool, its clones and its connections have in common.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

use opentelemetry::{Context, KeyValue};
use otelier_core::{Source, semconv};

use super::{
    cache::Cache,
    statement::{Origin, Statement},
    telemetry::{PoolState, Telemetry},
};
use crate::{
    config::{Comments, Config},
    driver::{Driver, sealed::Server},
};

pub(super) struct Shared<DB: Driver> {
    pub(super) raw: sqlx::Pool<DB>,
    pub(super) core: Arc<Core>,
}

/// The part that does not depend on the database.
#[derive(Debug)]
pub(super) struct Core {
    source: Source,
    telemetry: OnceLock<Telemetry>,
    cache: Cache,
    origin: Origin,
    pool_name: Arc<str>,
    pub(super) comments: Comments,
    /// How many wait for a connection.
    pub(super) pending: AtomicI64,
}

impl<DB: Driver> Shared<DB> {
    pub(super) fn new(raw: sqlx::Pool<DB>, config: &Config) -> Self {
        let server = DB::server(&raw.connect_options());
        let pool_name = match &config.pool_name {
            Some(name) => name.as_ref().into(),
            None => default_pool_name(&server).unwrap_or(DB::SYSTEM.into()),
        };
        let origin = Origin {
            dialect: DB::DIALECT,
            attributes: describe::<DB>(&server, config),
            fallback: server.namespace.as_deref().unwrap_or(DB::SYSTEM).into(),
            text: config.query_text,
        };
        Self {
            raw,
            core: Arc::new(Core {
                source: Source::current(),
                telemetry: OnceLock::new(),
                cache: Cache::new(),
                origin,
                pool_name,
                comments: config.comments,
                pending: AtomicI64::new(0),
            }),
        }
    }

    /// Tracer and instruments, made at the first use, or `None` while telemetry
    /// is off or suppressed.
    #[inline]
    pub(super) fn is_on(self: &Arc<Self>) -> bool {
        let Some(providers) = self.core.source.providers() else {
            return false;
        };
        if self.core.telemetry.get().is_none() {
            // Weak, as the meter never forgets: a pool must close when its last
            // user is gone.
            let weak = Arc::downgrade(self);
            let state = move || weak.upgrade().map(|shared| shared.state());
            self.core.telemetry.get_or_init(|| {
                Telemetry::new(providers, Arc::clone(&self.core.pool_name).into(), state)
            });
        }
        !Context::map_current(Context::is_telemetry_suppressed)
    }

    fn state(&self) -> PoolState {
        let options = self.raw.options();
        let size = i64::from(self.raw.size());
        let idle = i64::try_from(self.raw.num_idle())
            .unwrap_or(i64::MAX)
            .min(size);
        PoolState {
            idle,
            used: size - idle,
            pending: self.core.pending.load(Ordering::Relaxed),
            min: options.get_min_connections().into(),
            max: options.get_max_connections().into(),
        }
    }
}

impl Core {
    /// `None` before [`Shared::is_on`] said yes.
    #[inline]
    pub(super) fn telemetry(&self) -> Option<&Telemetry> {
        self.telemetry.get()
    }

    pub(super) fn statement(&self, telemetry: &Telemetry, sql: &str) -> Arc<Statement> {
        self.cache.get_or_insert(sql, |sql| {
            Statement::new(sql, &self.origin, telemetry, |summary| {
                self.cache.keeps_summary(summary)
            })
        })
    }

    pub(super) fn pool_name(&self) -> KeyValue {
        let name = Arc::clone(&self.pool_name);
        KeyValue::new(semconv::DB_CLIENT_CONNECTION_POOL_NAME, name)
    }
}

impl<DB: Driver> fmt::Debug for Shared<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}

fn describe<DB: Driver>(server: &Server, config: &Config) -> Vec<KeyValue> {
    // Cloned with every span: shared text costs no allocation.
    let text = |value: &str| Arc::<str>::from(value);
    let mut attributes = vec![match &config.system_name {
        Some(name) => KeyValue::new(semconv::DB_SYSTEM_NAME, text(name)),
        None => KeyValue::new(semconv::DB_SYSTEM_NAME, DB::SYSTEM),
    }];
    if let Some(namespace) = &server.namespace {
        attributes.push(KeyValue::new(semconv::DB_NAMESPACE, text(namespace)));
    }
    if let Some(address) = &server.address {
        attributes.push(KeyValue::new(semconv::SERVER_ADDRESS, text(address)));
    }
    if let Some(port) = server.port.filter(|port| Some(*port) != DB::DEFAULT_PORT) {
        attributes.push(KeyValue::new(semconv::SERVER_PORT, i64::from(port)));
    }
    attributes
}

/// `address:port/namespace`, as far as it is known.
fn default_pool_name(server: &Server) -> Option<Arc<str>> {
    let mut name = server.address.clone().unwrap_or_default();
    if let Some(port) = server.port {
        name.push(':');
        name.push_str(&port.to_string());
    }
    if let Some(namespace) = &server.namespace {
        if !name.is_empty() {
            name.push('/');
        }
        name.push_str(namespace);
    }
    (!name.is_empty()).then(|| name.into())
}
