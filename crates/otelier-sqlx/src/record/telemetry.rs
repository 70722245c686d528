//! What a pool and its clones record with, made at the first use.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use opentelemetry::KeyValue;
use otelier_core::{Providers, edge::Attribute, semconv};
use otelier_sql::Texts;

use super::{
    claim::claimed,
    instruments::PoolInstruments,
    labels::{Origin, name, system_name},
    statement::Statement,
};
use crate::{
    config::{Comments, Config},
    driver::{Driver, sealed::Server},
};

#[derive(Debug)]
pub(crate) struct Telemetry {
    pub(super) instruments: Arc<PoolInstruments>,
    pub(super) pool_name: Arc<str>,
    pub(super) comments: Comments,
    origin: Origin,
    statements: Texts<Statement>,
    /// How many wait for a connection.
    pending: AtomicI64,
}

impl Telemetry {
    pub(super) fn new<DB: Driver>(providers: &Providers, server: &Server, config: &Config) -> Self {
        let pool_name: Arc<str> = match &config.pool_name {
            Some(name) => name.as_ref().into(),
            None => default_pool_name(server).unwrap_or(DB::SYSTEM.into()),
        };
        let origin = Origin {
            dialect: DB::DIALECT,
            system: match &config.system_name {
                Some(name) => OnceLock::from(system_name(name)),
                None if DB::HAS_RELATIVES => OnceLock::new(),
                None => OnceLock::from(system_name(DB::SYSTEM)),
            },
            driver: DB::SYSTEM,
            attributes: describe::<DB>(server),
            fallback: server.namespace.as_deref().unwrap_or(DB::SYSTEM).to_owned(),
            text: config.query_text,
        };
        Self {
            instruments: Arc::new(PoolInstruments::new(providers, Arc::clone(&pool_name))),
            pool_name,
            comments: config.comments,
            origin,
            statements: Texts::new(),
            pending: AtomicI64::new(0),
        }
    }

    /// Tells whether the server's name is known.
    #[inline]
    pub(super) fn is_identified(&self) -> bool {
        self.origin.system.get().is_some()
    }

    /// Asks the server who it is, if its driver speaks with several, and nobody has asked yet.
    pub(super) async fn identify<DB: Driver>(&self, connection: &mut DB::Connection) {
        if self.is_identified() {
            return;
        }
        // A connection that is lost says nothing of the server.
        if let Ok(system) = claimed::<DB, _>(DB::identify(connection)).await {
            self.origin.system.set(system_name(system)).ok();
        }
    }

    /// What is known of a text.
    pub(super) fn statement(&self, sql: &str) -> Arc<Statement> {
        let read = |sql: &str| {
            Statement::new(sql, &self.origin, &self.instruments, |summary| {
                self.statements.keeps_summary(summary)
            })
        };
        if self.is_identified() {
            self.statements.get_or_insert(sql, read)
        } else {
            Arc::new(read(sql))
        }
    }

    /// Which pool and server it is.
    pub(super) fn describe(&self) -> Vec<KeyValue> {
        let mut attributes = vec![self.instruments.name.clone()];
        attributes.extend(self.origin.describe().iter().map(Attribute::make));
        attributes
    }

    /// Counts somebody who waits for a connection, or no longer does.
    pub(super) fn waits(&self, change: i64) {
        self.pending.fetch_add(change, Ordering::Relaxed);
    }

    /// How many wait for a connection.
    pub(super) fn pending(&self) -> i64 {
        self.pending.load(Ordering::Relaxed)
    }
}

fn describe<DB: Driver>(server: &Server) -> Vec<Attribute> {
    let namespace = server.namespace.as_deref();
    let address = server.address.as_deref();
    let port = server.port.filter(|port| Some(*port) != DB::DEFAULT_PORT);
    [
        namespace.map(|text| name(semconv::DB_NAMESPACE, text)),
        address.map(|address| name(semconv::SERVER_ADDRESS, address)),
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
