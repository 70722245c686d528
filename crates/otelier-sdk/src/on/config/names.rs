//! Variables that exist for each signal as well as for all.

use otelier_otlp::Signal;

/// The name for all signals and the stronger one of each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    pub(super) generic: &'static str,
    traces: &'static str,
    metrics: &'static str,
    logs: &'static str,
}

impl Family {
    /// The name that speaks of one signal only.
    pub(super) const fn of(&self, signal: Signal) -> &'static str {
        match signal {
            Signal::Traces => self.traces,
            Signal::Metrics => self.metrics,
            Signal::Logs => self.logs,
        }
    }

    /// Both names for one signal, the stronger first.
    pub(super) const fn both(&self, signal: Signal) -> [&'static str; 2] {
        [self.of(signal), self.generic]
    }

    /// All four.
    pub(super) const fn all(&self) -> [&'static str; 4] {
        [self.generic, self.traces, self.metrics, self.logs]
    }

    /// Whether the variable is one of the four.
    pub(super) fn contains(&self, variable: &str) -> bool {
        self.all().contains(&variable)
    }
}

macro_rules! family {
    ($name:ident, $end:literal) => {
        pub(super) const $name: Family = Family {
            generic: concat!("OTEL_EXPORTER_OTLP_", $end),
            traces: concat!("OTEL_EXPORTER_OTLP_TRACES_", $end),
            metrics: concat!("OTEL_EXPORTER_OTLP_METRICS_", $end),
            logs: concat!("OTEL_EXPORTER_OTLP_LOGS_", $end),
        };
    };
}

family!(ENDPOINT, "ENDPOINT");
family!(PROTOCOL, "PROTOCOL");
family!(HEADERS, "HEADERS");
family!(TIMEOUT, "TIMEOUT");
family!(COMPRESSION, "COMPRESSION");
family!(INSECURE, "INSECURE");
family!(CERTIFICATE, "CERTIFICATE");
family!(CLIENT_CERTIFICATE, "CLIENT_CERTIFICATE");
family!(CLIENT_KEY, "CLIENT_KEY");

/// The list of a signal's exporters.
pub(super) const fn exporter(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "OTEL_TRACES_EXPORTER",
        Signal::Metrics => "OTEL_METRICS_EXPORTER",
        Signal::Logs => "OTEL_LOGS_EXPORTER",
    }
}
