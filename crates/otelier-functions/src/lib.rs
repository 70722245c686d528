//! A span for each call of a function that says so.
//!
//! ```
//! # use std::{fmt, io};
//! # #[derive(Debug)] struct Parcel;
//! # struct Lane;
//! # impl fmt::Display for Lane { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("7") } }
//! use otelier_functions::trace;
//!
//! struct Store { lane: Lane }
//!
//! impl Store {
//!     // Services say `#[otelier::trace(..)]`, and nothing of `crate`.
//!     #[trace(record(id), fields(shop.lane = %self.lane), crate = otelier_functions)]
//!     async fn ship(&self, id: u64, label: &str) -> io::Result<Parcel> {
//!         if label.is_empty() {
//!             return Err(io::Error::other("no label"));
//!         }
//!         Ok(Parcel)
//!     }
//! }
//! # let _ = Store { lane: Lane }.ship(7, "Riga");
//! ```
//!
//! A call of `ship` is the span `Store::ship` with `otelier.parameter.id`,
//! `otelier.parameter_type.label`, `otelier.parameter_length.label`, `shop.lane` and `code.function.name`;
//! its error fails the span. [`macro@trace`] says all of it.
//!
//! The rest of this crate is what the attribute expands to, for who reads what it
//! made, or records a call where no attribute can stand:
//!
//! ```
//! use otelier_functions::{Function, Value};
//!
//! static BAKE: Function = Function::new("bakery::ovens::bake");
//!
//! let cakes = 3;
//! let call = BAKE.call(|parameters| {
//!     parameters.value("bakery.cakes", Value::displayed(&cakes));
//! });
//! let baked = call.run(|| cakes * 2, |_| None);
//! assert_eq!(baked, 6);
//! ```
//!
//! # Features
//! - `otel` (default): Records spans. Without it `trace` gives the function back as it
//!   is, and the rest does nothing.
//! - `anyhow`: The names of what is in an `anyhow::Error`.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod failure;
mod function;
mod future;
pub mod kinds;
mod of;
mod parameters;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod value;

pub use otelier_macros::trace;

pub use self::{
    call::{Call, none, once},
    failure::Failure,
    function::Function,
    future::CallFuture,
    of::Of,
    parameters::Parameters,
    value::Value,
};
