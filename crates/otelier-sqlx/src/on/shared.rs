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
    pools::{Counted, PoolState, Pools},
    statement::{Attribute, Origin, Statement, system_name},
    telemetry::Telemetry,
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
    telemetry: OnceLock<Arc<Telemetry>>,
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
            system: match &config.system_name {
                Some(name) => OnceLock::from(system_name(name)),
                None if DB::HAS_RELATIVES => OnceLock::new(),
                None => OnceLock::from(system_name(DB::SYSTEM)),
            },
            driver: DB::SYSTEM,
            attributes: describe::<DB>(&server),
            fallback: server.namespace.as_deref().unwrap_or(DB::SYSTEM).to_owned(),
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
            self.core.telemetry.get_or_init(|| {
                let pool: Arc<dyn Counted> = Arc::<Self>::clone(self);
                providers.once(Pools::new).add(&pool);
                let name = Arc::clone(&self.core.pool_name);
                Arc::new(Telemetry::new(providers, name.into()))
            });
        }
        !Context::map_current(Context::is_telemetry_suppressed)
    }

    /// Asks the server who it is, if its driver speaks with several, and nobody has asked yet.
    pub(super) async fn identify(self: &Arc<Self>, connection: &mut DB::Connection) {
        if self.core.is_identified() || !self.is_on() {
            return;
        }
        // A connection that is lost says nothing of the server.
        if let Ok(system) = DB::identify(connection).await {
            self.core.origin.system.set(system_name(system)).ok();
        }
    }

    /// Where to record to at this moment.
    #[inline]
    pub(super) fn telemetry(self: &Arc<Self>) -> Option<&Arc<Telemetry>> {
        self.is_on().then(|| self.core.telemetry())?
    }
}

impl<DB: Driver> Counted for Shared<DB> {
    fn name(&self) -> Arc<str> {
        Arc::clone(&self.core.pool_name)
    }

    fn id(&self) -> usize {
        // They lie in the pool itself.
        std::ptr::from_ref(self.raw.options()).addr()
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
    pub(super) fn telemetry(&self) -> Option<&Arc<Telemetry>> {
        self.telemetry.get()
    }

    /// Which server it is.
    pub(super) fn describe(&self) -> Vec<Attribute> {
        self.origin.describe()
    }

    /// Tells whether the server's name is known.
    #[inline]
    pub(super) fn is_identified(&self) -> bool {
        self.origin.system.get().is_some()
    }

    /// What is known of a text, if anything is recorded.
    pub(super) fn statement(&self, sql: &str) -> Option<Arc<Statement>> {
        let telemetry = self.telemetry()?;
        let read = |sql: &str| {
            Statement::new(sql, &self.origin, telemetry, |summary| {
                self.cache.keeps_summary(summary)
            })
        };
        Some(if self.is_identified() {
            self.cache.get_or_insert(sql, read)
        } else {
            Arc::new(read(sql))
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

fn describe<DB: Driver>(server: &Server) -> Vec<Attribute> {
    let namespace = server.namespace.as_deref();
    let address = server.address.as_deref();
    let port = server.port.filter(|port| Some(*port) != DB::DEFAULT_PORT);
    [
        namespace.map(|name| Attribute::name(semconv::DB_NAMESPACE, name)),
        address.map(|address| Attribute::name(semconv::SERVER_ADDRESS, address)),
        port.map(|port| Attribute::number(semconv::SERVER_PORT, port.into())),
    ]
    .into_iter()
    .flatten()
    .collect()
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
