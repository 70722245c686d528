//! A collector that listens.

use crate::{Fault, Opened, Signal, Store, fault::Faults, server::Refusals};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

/// How long a shutdown waits for each server.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it waits for what is still to be saved, and for what is still to be forwarded.
const WRITING: Duration = Duration::from_secs(5);

/// A collector that listens, until it is shut down or dropped.
///
/// See the [example of the crate](crate).
#[derive(Debug)]
pub struct Running {
    pub(crate) grpc_addr: SocketAddr,
    pub(crate) http_addr: SocketAddr,
    pub(crate) store: Store,
    pub(crate) faults: Arc<Faults>,
    pub(crate) opened: Opened,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) servers: Vec<JoinHandle<()>>,
    pub(crate) writers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Where it listens for gRPC.
    #[must_use]
    pub const fn grpc_addr(&self) -> SocketAddr {
        self.grpc_addr
    }

    /// Where it listens for HTTP: OTLP and the JSON view.
    #[must_use]
    pub const fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// The value of `OTEL_EXPORTER_OTLP_ENDPOINT` for gRPC.
    #[must_use]
    pub fn grpc_endpoint(&self) -> String {
        format!("http://{}", self.grpc_addr)
    }

    /// The value of `OTEL_EXPORTER_OTLP_ENDPOINT` for HTTP.
    #[must_use]
    pub fn http_endpoint(&self) -> String {
        format!("http://{}", self.http_addr)
    }

    /// What was received; stays usable after the shutdown.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What was read by [`Collector::with_open`](crate::Collector::with_open).
    #[must_use]
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Treats the requests that come from now on like this, of all signals.
    pub fn set_fault(&self, fault: Fault) {
        self.faults.set_all(fault);
    }

    /// Treats the requests of one signal that come from now on like this.
    pub fn set_fault_of(&self, signal: Signal, fault: Fault) {
        self.faults.set(signal, fault);
    }

    /// Stops listening, ends requests under way, and writes out what is still to be saved or
    /// forwarded. Takes no longer than it must, and twelve seconds at most.
    ///
    /// # Cancellation
    /// When the future is dropped, the collector stops all the same, only unobserved.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        for task in self.servers {
            let stop = task.abort_handle();
            if timeout(PATIENCE, task).await.is_err() {
                stop.abort();
            }
        }
        for task in self.writers {
            let stop = task.abort_handle();
            if timeout(WRITING, task).await.is_err() {
                stop.abort();
            }
        }
        self.refusals.last_words();
    }
}
