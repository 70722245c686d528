//! Which requests leave no span and no metric.

/// Asked every few seconds by machines, and never interesting.
const PROBES: [&str; 7] = [
    "/health", "/healthz", "/ready", "/readyz", "/live", "/livez", "/metrics",
];

/// Tells whether a path is a probe's, with or without a slash at its end.
pub(super) fn is_excluded(path: &str) -> bool {
    // The longest probe is nine bytes with its slash.
    path.len() <= 9 && PROBES.contains(&path.strip_suffix('/').unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::is_excluded;

    #[test]
    fn probes_are_excluded_with_and_without_a_slash() {
        for path in [
            "/health",
            "/healthz/",
            "/ready",
            "/readyz",
            "/live/",
            "/livez",
            "/metrics/",
        ] {
            assert!(is_excluded(path), "{path}");
        }
    }

    #[test]
    fn other_paths_are_not_excluded() {
        for path in [
            "/",
            "",
            "/health//",
            "/healthy",
            "/health/db",
            "/api/health",
            "/Health",
        ] {
            assert!(!is_excluded(path), "{path}");
        }
    }
}
