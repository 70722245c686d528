//! What clients of HTTP have in common: whom they talk to, what is told of it,
//! and what may be said about a request.
//!
//! [`Telemetry`] is what a client records with, and [`Way`] what it does about a
//! request. [`Peers`] is made once for each client and holds the [`Recorder`]; a
//! [`Peer`] is a host, a [`Kind`] what all requests of one method to it have in
//! common, an [`Operation`] the record of one, an [`Answer`] what came back. [`Hosts`], [`UrlTemplate`], [`SpanName`]
//! and [`NoPropagation`] are what programs say, and there where nothing is
//! recorded, too.
//!
//! ```
//! use std::error::Error;
//!
//! use http::{HeaderMap, Method, StatusCode};
//! use opentelemetry::InstrumentationScope;
//! use otelier_core::{
//!     Outcome,
//!     edge::{Span, http_client::{Answer, Asked, Client, Hosts, Telemetry, Way, pass}},
//!     scope,
//! };
//!
//! /// What is recorded of a library's requests.
//! struct Fetcher;
//!
//! impl Client for Fetcher {
//!     type Config = Hosts;
//!     type More = ();
//!
//!     fn scope() -> InstrumentationScope {
//!         scope("fetcher", "1.0.0")
//!     }
//!
//!     fn fail(_: &(), _: Option<Answer>, _: &Span, _: &(dyn Error + 'static)) -> Outcome {
//!         Outcome::Failed("connection".into())
//!     }
//! }
//!
//! fn get(telemetry: &Telemetry<Fetcher>, headers: &mut HeaderMap) {
//!     let asked = Asked {
//!         method: &Method::GET,
//!         host: "prices.example",
//!         port: Some(443),
//!         extensions: None,
//!     };
//!     match telemetry.way() {
//!         Some(Way::Records(hosts, peers)) => {
//!             let url = || "https://prices.example/".to_owned();
//!             let mut run = peers.begin(asked, hosts, (), url, |_| {});
//!             run.record().inject(headers);
//!             // .. it is sent, and answered ..
//!             run.record_mut().answered(StatusCode::OK, None, None);
//!             run.finish(Outcome::Done);
//!         }
//!         Some(Way::Passes(hosts, propagation)) if asked.passes(hosts) => {
//!             pass(propagation, headers);
//!         }
//!         _ => {}
//!     }
//! }
//! # get(&Telemetry::new(Hosts::all()), &mut HeaderMap::new());
//! ```

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
