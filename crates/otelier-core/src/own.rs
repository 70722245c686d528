//! Which targets are telemetry's own.

/// The crates that set telemetry up and export it, here and of OpenTelemetry, as their events and spans name them:
/// OpenTelemetry's macros say the package, `tracing`'s the module. What an instrumentation says is about the service.
const CRATES: [&str; 15] = [
    "otelier",
    "otelier_core",
    "otelier_logs",
    "otelier_otlp",
    "otelier_sdk",
    "opentelemetry",
    "opentelemetry-http",
    "opentelemetry_http",
    "opentelemetry-otlp",
    "opentelemetry_otlp",
    "opentelemetry-proto",
    "opentelemetry_proto",
    "opentelemetry-sdk",
    "opentelemetry_sdk",
    "opentelemetry_semantic_conventions",
];

/// Whether a target is telemetry itself: one of its crates, or a module of one. A crate whose name only begins like
/// one of them is the program's.
#[must_use]
pub fn is_own_target(target: &str) -> bool {
    target.starts_with('o')
        && CRATES.iter().any(|own| {
            target
                .strip_prefix(own)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_whose_name_begins_like_ours_is_the_program_s() {
        for own in [
            "otelier",
            "otelier::export",
            "otelier_sdk::on",
            "opentelemetry-otlp",
            "opentelemetry_sdk::trace",
        ] {
            assert!(is_own_target(own), "{own}");
        }
        for theirs in [
            "otelier_demo",
            "otelier_jobs::record::begin",
            "otelier-demo::orders",
            "opentelemetry_demo",
            "opentelemetry_sdk_tools",
            "opentelemetryx",
            // What they say is about the program.
            "otelier_jobs::record::operation",
            "otelier_runtime::record::stalls",
            "shop",
        ] {
            assert!(!is_own_target(theirs), "{theirs}");
        }
    }
}
