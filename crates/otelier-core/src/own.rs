//! Which targets are telemetry's own.

/// The crates of this project and of OpenTelemetry that report on telemetry, as their events and spans name them:
/// OpenTelemetry's macros say the package, `tracing`'s the module. Those that report on the program's jobs and runtimes
/// are not among them.
const CRATES: [&str; 20] = [
    "otelier",
    "otelier_axum",
    "otelier_collector",
    "otelier_core",
    "otelier_logs",
    "otelier_otlp",
    "otelier_reqwest",
    "otelier_sdk",
    "otelier_sqlx",
    "otelier_testing",
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

/// Whether a target is telemetry's own, this project's or OpenTelemetry's: one of their crates, or a module of one. A crate whose name
/// only begins like one of them is the program's.
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
            "otelier-demo::orders",
            "opentelemetry_demo",
            "opentelemetry_sdk_tools",
            "opentelemetryx",
            // What they say is about the program.
            "otelier_jobs::imp::begin",
            "otelier_runtime::imp::stalls",
            "shop",
        ] {
            assert!(!is_own_target(theirs), "{theirs}");
        }
    }
}
