//! Context in and out of headers.

mod b3;
mod baggage;
mod carrier;
mod formats;
mod remote;
mod text_map;
mod trace_context;
mod trace_state;

pub use self::{
    carrier::HeaderCarrier,
    formats::Propagation,
    text_map::TextMap,
    trace_context::{TraceHeaders, traceparent},
};
