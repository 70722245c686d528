//! What every edge is made of: how a library's calls become spans and metrics.
//!
//! An edge is the place where a service meets a library: a server, a client, a
//! database, a queue. What such an instrumentation needs is here, so that it is
//! left with what only it knows: its names, and where to hook in.
//!
//! | what | for |
//! |---|---|
//! | [`Edge`] | what an object of the library records with, made when it is first used |
//! | [`Shared`] | the same for functions, which have no object |
//! | [`Recorder`] | starts spans, and holds the instruments, once for each set of providers |
//! | [`Clock`] | one moment on both clocks: a span is as long as its metric says |
//! | [`Span`] | a span that others are below |
//! | [`Leaf`] | a span that nobody has to know of before it is over: cheaper |
//! | [`Traced`] | a future, stream or body that runs, ends, panics and is dropped in its context |
//! | [`Layered`], [`Unlayered`] | the service that a layer makes: none of its own where telemetry is compiled out |
//! | [`Durations`] | a histogram that keeps, by bucket, the newest trace that filled it |
//! | [`Claim`] | a call that is recorded here, and not from what the library logs of it |
//! | [`Attribute`] | one that many spans have in common |
//! | [`Known`], [`Few`] | what was worked out for a set of labels, as long as there are not too many |
//! | [`listed`] | headers that are recorded because the program lists them |
//! | [`Pace`] | at most one message a minute |
//! | [`Pools`] | what pools of connections say of themselves |
//! | [`http_client`] | what clients of HTTP have in common |
//! | [`Gauged`] | objects that gauges ask, also if they were there before telemetry |
//! | [`grpc`] | what servers of HTTP and of gRPC know of each other's calls |
//! | [`Kept`] | what a builder keeps only where something is recorded |
//! | [`silent`], [`Never`] | what stands for what records, where telemetry is compiled out |
//!
//! With [`Run`](crate::Run), which ends whatever happens, and
//! [`Observed`](crate::Observed), which is asked while it lives, an edge is some
//! hundred lines; `docs/edges.md` builds one.
//!
//! # Off
//! Without the feature `otel` the same names record nothing and hold nothing, so
//! that an edge's types, builders and wrappers are written once. What only
//! records is in a module of its own, which is not compiled then; a stand-in of a
//! few lines takes its place.

mod attribute;
mod claim;
mod clock;
mod durations;
mod gauged;
pub mod grpc;
pub mod http_client;
mod kept;
mod known;
mod layered;
mod leaf;
pub mod listed;
mod pace;
mod pools;
mod recorder;
#[cfg_attr(not(feature = "shadow"), path = "no_shadow.rs")]
mod shadow;
pub mod silent;
mod source;
mod span;
mod traced;

#[cfg(feature = "shadow")]
pub use self::shadow::{SHADOW, ask_for_shadows};
pub use self::{
    attribute::Attribute,
    claim::{CLAIMED, Claim, ask_for_claims, claim, is_claimed},
    clock::Clock,
    durations::{BoundDurations, Durations},
    gauged::Gauged,
    kept::Kept,
    known::{Few, Known, Words},
    layered::{Around, Layered, Unlayered, layered, unlayered},
    leaf::Leaf,
    pace::Pace,
    pools::{PoolState, Pooled, Pools},
    recorder::{Instruments, Recorder},
    source::{Edge, Shared},
    span::Span,
    traced::{Never, Scope, Traced},
};
pub use crate::exemplars::{Exemplar, Exemplars, Sampled};
