//! Which requests leave no span and no metric.

use crate::config::Config;

/// Asked every few seconds by machines, and never interesting.
fn is_probe(path: &str) -> bool {
    matches!(
        path,
        "/health" | "/healthz" | "/ready" | "/readyz" | "/live" | "/livez" | "/metrics"
    )
}

/// The longest probe with its slash.
const LONGEST: usize = 9;

/// The paths of a layer that are excluded.
#[derive(Debug)]
pub(super) enum Exclusions {
    Probes,
    Listed {
        paths: Vec<String>,
        starts: Vec<String>,
    },
}

impl Exclusions {
    /// The environment's list wins over the code's, and either over the probes.
    pub(super) fn new(config: &Config, environment: Option<&[String]>) -> Self {
        let Some(listed) = environment.or(config.excluded_paths.as_deref()) else {
            return Self::Probes;
        };
        let (mut paths, mut starts) = (Vec::new(), Vec::new());
        for path in listed {
            match path.strip_suffix('*') {
                Some(start) => starts.push(start.to_owned()),
                None => paths.push(bare(path).to_owned()),
            }
        }
        Self::Listed { paths, starts }
    }

    /// Whether a path may be excluded of which perhaps only the end is known.
    pub(super) fn may_have(&self, end: &str) -> bool {
        match self {
            Self::Probes => {
                end.len() <= LONGEST
                    && end
                        .as_bytes()
                        .get(1)
                        .is_none_or(|next| b"hrlm".contains(next))
            }
            Self::Listed { paths, starts } => !(paths.is_empty() && starts.is_empty()),
        }
    }

    /// Tells whether a path is excluded, with or without a slash at its end.
    pub(super) fn has(&self, path: &str) -> bool {
        match self {
            Self::Probes => path.len() <= LONGEST && is_probe(bare(path)),
            Self::Listed { paths, starts } => {
                paths.iter().any(|known| known == bare(path))
                    || starts.iter().any(|start| path.starts_with(&**start))
            }
        }
    }
}

/// The path without a slash at its end; the root has nothing else.
fn bare(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some("") | None => path,
        Some(bare) => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Exclusions};

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
            assert!(Exclusions::Probes.has(path), "{path}");
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
            assert!(!Exclusions::Probes.has(path), "{path}");
        }
    }

    #[test]
    fn a_list_takes_the_place_of_the_probes() {
        let config = Config {
            excluded_paths: Some(vec!["/ping/".to_owned(), "/internal/*".to_owned()]),
            ..Config::default()
        };
        let listed = Exclusions::new(&config, None);
        for path in ["/ping", "/ping/", "/internal/", "/internal/a/b"] {
            assert!(listed.has(path), "{path}");
        }
        for path in ["/health", "/", "/pingx", "/internal"] {
            assert!(!listed.has(path), "{path}");
        }
        let root = Exclusions::new(&config, Some(&["/".to_owned()]));
        assert!(root.has("/") && !root.has("/ping") && !root.has(""));
        assert!(!Exclusions::new(&config, Some(&[])).has("/health"));
    }
}
