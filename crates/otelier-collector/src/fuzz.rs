//! Doors for the fuzz targets of this project. They are no part of the API.

use crate::{
    Signal, Store,
    decode::{Export, Format},
    fault::Faults,
    server::{self, Intake},
};
use axum::Router;
use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// What the two ports of a collector lead to, without the ports.
#[derive(Debug)]
pub struct Receiver {
    /// What was taken.
    pub store: Store,
    /// Behind the port for gRPC.
    pub grpc: Router,
    /// Behind the port for HTTP.
    pub http: Router,
    _stop: watch::Sender<bool>,
}

impl Receiver {
    /// Keeps at most about `store_bytes`, takes requests of up to `max_request` bytes.
    #[must_use]
    pub fn new(store_bytes: usize, max_request: usize) -> Self {
        let store = Store::new(store_bytes, Duration::from_millis(500));
        let (stop, closing) = watch::channel(false);
        let intake = Arc::new(Intake {
            store: store.clone(),
            faults: Arc::new(Faults::default()),
            forward: None,
            save: None,
            max_request,
            closing,
        });
        Self {
            grpc: server::grpc(&intake),
            http: server::http(&intake).merge(crate::api::router(store.clone())),
            store,
            _stop: stop,
        }
    }
}

/// A message as it is, and as it comes back from JSON. `None` if it cannot be read, and where
/// something is no number: JSON tells that, but not which of them.
#[must_use]
pub fn through_json(signal: Signal, message: &[u8], memory: usize) -> Option<[Bytes; 2]> {
    let message = Bytes::copy_from_slice(message);
    let export = Export::decode(signal, Format::Protobuf, message, memory).ok()?;
    let text = export.to_json().to_string();
    if text.contains("\"NaN\"") {
        return None;
    }
    let again = Export::decode(signal, Format::Json, text.into(), usize::MAX);
    let again = again.map_or_else(
        |refusal| refusal.message().to_owned().into(),
        |export| export.to_protobuf(),
    );
    Some([export.to_protobuf(), again])
}
