//! Which requests leave no span and no metric.

use otelier_core::Conventions;

use crate::{
    config::Config,
    paths::{LONGEST_PROBE, Paths, is_probe},
};

/// The paths of a layer that are excluded: those of a list, and whatever is not on
/// the other.
#[derive(Debug)]
pub(super) struct Exclusions {
    excluded: Excluded,
    /// Names the only paths that are recorded.
    included: Option<Paths>,
}

#[derive(Debug)]
enum Excluded {
    Probes,
    Listed(Paths),
}

impl Exclusions {
    /// The environment's lists win over the code's, and either over the probes.
    pub(super) fn new(config: &Config, conventions: &Conventions) -> Self {
        let excluded = conventions.excluded_paths.as_deref();
        let included = conventions.included_paths.as_deref();
        Self {
            excluded: match excluded.or(config.excluded_paths.as_deref()) {
                Some(listed) => Excluded::Listed(Paths::new(listed)),
                None => Excluded::Probes,
            },
            included: included
                .or(config.included_paths.as_deref())
                .map(Paths::new),
        }
    }

    /// Whether a path may be excluded of which perhaps only the end is known.
    pub(super) fn may_have(&self, end: &str) -> bool {
        let may_be_excluded = match &self.excluded {
            Excluded::Probes => {
                end.len() <= LONGEST_PROBE
                    && end
                        .as_bytes()
                        .get(1)
                        .is_none_or(|next| b"hrlm".contains(next))
            }
            Excluded::Listed(_) => true,
        };
        may_be_excluded || self.included.is_some()
    }

    /// Tells whether a path is excluded, with or without a slash at its end.
    pub(super) fn has(&self, path: &str) -> bool {
        let is_excluded = match &self.excluded {
            Excluded::Probes => is_probe(path),
            Excluded::Listed(paths) => paths.has(path),
        };
        is_excluded
            || self
                .included
                .as_ref()
                .is_some_and(|included| !included.has(path))
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Conventions, Exclusions};

    fn listed(excluded: Option<&[&str]>, included: Option<&[&str]>) -> Exclusions {
        let owned = |list: &[&str]| list.iter().copied().map(str::to_owned).collect();
        let mut conventions = Conventions::default();
        conventions.excluded_paths = excluded.map(owned);
        conventions.included_paths = included.map(owned);
        let config = Config {
            excluded_paths: Some(vec!["/ping/".to_owned(), "/internal/*".to_owned()]),
            ..Config::default()
        };
        Exclusions::new(&config, &conventions)
    }

    fn probes() -> Exclusions {
        Exclusions::new(&Config::default(), &Conventions::default())
    }

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
            assert!(probes().may_have(path) && probes().has(path), "{path}");
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
            assert!(!probes().has(path), "{path}");
        }
    }

    #[test]
    fn a_list_takes_the_place_of_the_probes() {
        let of_code = listed(None, None);
        for path in ["/ping", "/ping/", "/internal/", "/internal/a/b"] {
            assert!(of_code.has(path), "{path}");
        }
        for path in ["/health", "/", "/pingx", "/internal"] {
            assert!(!of_code.has(path), "{path}");
        }
        let root = listed(Some(&["/"]), None);
        assert!(root.has("/") && !root.has("/ping") && !root.has(""));
        assert!(!listed(Some(&[]), None).has("/health"));
    }

    #[test]
    fn only_what_is_included_and_not_excluded_is_recorded() {
        let both = listed(Some(&["/api/health"]), Some(&["/api/*", "/login/"]));
        for path in ["/api/orders", "/login", "/login/"] {
            assert!(both.may_have(path) && !both.has(path), "{path}");
        }
        for path in ["/api/health", "/", "/assets/logo.svg", "/api", "/health"] {
            assert!(both.may_have(path) && both.has(path), "{path}");
        }
    }
}
