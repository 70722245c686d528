//! Doors for the fuzz targets of this project. They are no part of the API.

use crate::{
    Notice, Signal, Store,
    api::{Desk, MOST_STREAMS},
    aside::Aside,
    decode::{Export, Format},
    fault::Faults,
    forward::Via,
    query::{BadQuery, LONGEST, Query},
    room::Room,
    server::{self, Decoder, Door, Intake, MOST_CONNECTIONS, Refusals},
};
use axum::Router;
use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

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
        let room = Room::of(max_request);
        let refusals = Arc::new(Refusals::new(Notice::default()));
        let door = Arc::new(Door {
            hosts: Vec::new(),
            origins: Vec::new(),
            open: false,
            refusals: Arc::clone(&refusals),
        });
        let desk = Desk {
            store: store.clone(),
            room: room.clone(),
            refusals: Arc::clone(&refusals),
            places: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
            aside: Aside::default(),
            readers: Arc::default(),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
            closing: closing.clone(),
            endpoints: Default::default(),
        };
        let intake = Arc::new(Intake {
            store: store.clone(),
            faults: Arc::new(Faults::default()),
            forward: None,
            save: None,
            max_request,
            room,
            refusals,
            decoder: Decoder::default(),
            name: Via::new_name(),
            closing,
        });
        Self {
            grpc: server::grpc(&intake, &door),
            http: server::view(&intake, &door, desk, Router::new()),
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
    let room = Room::unbounded();
    let (export, _) = Export::decode(signal, Format::Protobuf, message, memory, &room).ok()?;
    let text = export.to_json();
    if text.contains("\"NaN\"") {
        return None;
    }
    let again = Export::decode(signal, Format::Json, text.into(), usize::MAX, &room);
    let again = again.map_or_else(
        |refusal| refusal.message().to_owned().into(),
        |(export, _)| export.to_protobuf(),
    );
    Some([export.to_protobuf(), again])
}

/// A query as it is printed, and as that is printed when it is read again; or the column of what
/// is wrong with it. With quotes and blanks it may get longer than a query may be: then it is not
/// read again.
///
/// # Errors
/// Where it cannot be read.
pub fn print_query(text: &str) -> Result<[String; 2], usize> {
    let query: Query = text.parse().map_err(|bad: BadQuery| bad.column)?;
    let print = query.to_string();
    if print.chars().count() > LONGEST {
        return Ok([print.clone(), print]);
    }
    let again = match print.parse::<Query>() {
        Ok(again) if again == query => again.to_string(),
        Ok(again) => format!("another query: {again}"),
        Err(bad) => bad.to_string(),
    };
    Ok([print, again])
}

/// Reads a text as OTLP/JSON with so much memory. What was read, as JSON, and how much of the
/// memory it was counted with; `None` if it cannot be read.
#[must_use]
pub fn read_json(signal: Signal, text: &[u8], memory: usize) -> Option<(String, usize)> {
    let room = Room::with(memory);
    let text = Bytes::copy_from_slice(text);
    let (export, held) = Export::decode(signal, Format::Json, text, memory, &room).ok()?;
    Some((export.to_json(), held.bytes()))
}
