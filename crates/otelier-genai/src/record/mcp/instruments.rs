//! What is measured of messages, and the words for it.

use opentelemetry::{InstrumentationScope, metrics::Meter};
use otelier_core::{
    Conventions,
    edge::{self, Durations},
    scope,
};

use super::super::{labels::text, names::MESSAGE_SECONDS, telemetry::Few};

const CLIENT_DURATION: &str = "mcp.client.operation.duration";
const SERVER_DURATION: &str = "mcp.server.operation.duration";
pub(super) const STATUS_CODE: &str = "rpc.status_code";

/// The error of a tool that says that it failed.
pub(super) const TOOL_ERROR: &str = "tool_error";

pub(crate) struct Instruments {
    pub(super) client: Durations,
    pub(super) server: Durations,
    /// Strangers make up names of tools, prompts and methods.
    pub(super) names: Few,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let seconds = |name, description| {
            Self::seconds(meter, conventions, name, description, &MESSAGE_SECONDS)
        };
        Self {
            client: seconds(CLIENT_DURATION, "Time until a server of MCP answered."),
            server: seconds(
                SERVER_DURATION,
                "Time that it took to answer a client of MCP.",
            ),
            names: Few::default(),
        }
    }
}

pub(super) fn label(names: &Few, name: &str) -> String {
    names.label(text(name).as_str()).to_owned()
}
