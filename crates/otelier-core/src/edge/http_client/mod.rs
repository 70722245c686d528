//! What clients of HTTP have in common: whom they talk to, what is told of it,
//! and what may be said about a request.
//!
//! [`Telemetry`] is what a client records with, and [`Way`] what it does about a
//! request. [`Peers`] is made once for each client and holds the [`Recorder`]; a
//! [`Peer`] is a host, a [`Kind`] what all requests of one method to it have in
//! common, an [`Operation`] the record of one, an [`Answer`] what came back. [`Hosts`], [`UrlTemplate`], [`SpanName`]
//! and [`NoPropagation`] are what programs say, and there where nothing is
//! recorded, too.

mod begin;
mod extension;
mod failure;
mod hosts;
mod instruments;
mod labels;
mod operation;
mod peer;
mod peers;
mod telemetry;
mod url;

pub use self::{
    begin::{Asked, pass},
    extension::{NoPropagation, SpanName, UrlTemplate},
    failure::{chain, io_error, is_dns, joined, message, network_error, says},
    hosts::Hosts,
    instruments::{Client, Instruments, Recorder},
    labels::{Answer, error_type, failure, renamed, span_name, template},
    operation::Operation,
    peer::{Kind, Peer, Target, without_brackets},
    peers::Peers,
    telemetry::{Telemetry, Way},
    url::full_url,
};
