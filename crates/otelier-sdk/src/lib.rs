//! Provider set-up from the `OTEL_*` variables: environment, configuration,
//! providers, guard.
//!
//! ```
//! use std::panic::Location;
//!
//! use otelier_sdk::{Setup, start};
//!
//! let setup = Setup::new("shop", env!("CARGO_PKG_VERSION"));
//! let telemetry = start(&setup, Location::caller());
//! println!("traces: {}", telemetry.status().traces.state);
//! // The end of `main`: what was recorded is sent, within a bound.
//! let report = telemetry.shutdown_blocking();
//! assert!(report.is_complete());
//! ```
//!
//! Services use it through the facade, whose `init!()` calls [`start`].
//! Whatever the environment holds, [`start`] returns a [`Telemetry`]: a value
//! that cannot be used costs one signal, with one message, never the process.
//!
//! # Features
//! - `otel` (default): builds providers and exports. Without it [`start`] does
//!   nothing but say so, once, if an endpoint is set.
//! - `otlp-grpc` (default): sends over gRPC, too.
//! - `tls` (default): sends over TLS, too, and through proxies of `https://`.
//! - `zstd`: compresses by zstd, where that is asked for.
//! - `prometheus`: keeps metrics for Prometheus to scrape, where that is asked for.
//! - `stock`: has opentelemetry-otlp encode where `OTELIER_EXPORTER=stock` asks for
//!   it.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod doctor;
#[cfg_attr(feature = "otel", path = "on/mod.rs")]
#[cfg_attr(not(feature = "otel"), path = "off.rs")]
mod imp;
mod say;
mod setup;
mod signals;
mod status;
pub mod variables;

#[cfg(feature = "otel")]
pub use self::imp::Hooks;
#[cfg(feature = "otel")]
#[doc(hidden)]
pub use self::imp::fuzz;
#[cfg(feature = "otel")]
pub use self::imp::log_directives;
pub use self::imp::{Telemetry, start, warn};
pub use self::setup::Setup;
pub use self::signals::{drain, shutdown_signal};
pub use self::status::{Off, Report, SignalStatus, State, Status};
#[cfg(feature = "otel")]
pub use opentelemetry_sdk;
