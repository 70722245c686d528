//! OpenTelemetry's SDK, and what a program adds to it.
//!
//! All of it exists with the cargo feature `otel` alone, so what names it stands
//! behind one `cfg` of the program's own:
//!
//! ```
//! #[cfg(feature = "otel")]
//! mod hooks {
//!     use otelier::{otel::Context, sdk};
//!
//!     /// Marks each span that starts.
//!     #[derive(Debug)]
//!     struct Tenant;
//!
//!     impl sdk::trace::SpanProcessor for Tenant {
//!         fn on_start(&self, span: &mut sdk::trace::Span, _: &Context) {
//!             use otelier::otel::{KeyValue, trace::Span as _};
//!             span.set_attribute(KeyValue::new("shop.tenant", "acme"));
//!         }
//!         fn on_end(&self, _: sdk::trace::SpanData) {}
//!         fn force_flush(&self) -> sdk::error::OTelSdkResult {
//!             Ok(())
//!         }
//!         fn shutdown_with_timeout(&self, _: std::time::Duration) -> sdk::error::OTelSdkResult {
//!             Ok(())
//!         }
//!     }
//!
//!     pub fn add(setup: otelier::Setup) -> otelier::Setup {
//!         setup.with_hooks(sdk::Hooks::new().with_span_processor(Tenant))
//!     }
//! }
//!
//! let setup = otelier::setup!();
//! #[cfg(feature = "otel")]
//! let setup = hooks::add(setup);
//! let telemetry = setup.init();
//! # drop(telemetry);
//! ```

pub use otelier_sdk::Hooks;
pub use otelier_sdk::opentelemetry_sdk::{Resource, error, logs, metrics, resource, trace};

use crate::Setup;

impl Setup {
    /// Adds processors, readers, a sampler, views and detectors of the program's
    /// own to the SDK; see [`sdk`](crate::sdk). Of two calls the second counts.
    pub fn with_hooks(mut self, hooks: Hooks) -> Self {
        self.sdk = self.sdk.with_hooks(hooks);
        self
    }
}
