//! Lists of paths, as programs and variables write them.

use axum::{
    extract::OriginalUri,
    http::{Request, Uri},
};

/// The URI as the client sent it: a nested router sees only the rest of it.
pub(crate) fn full_uri<B>(request: &Request<B>) -> &Uri {
    match request.extensions().get() {
        Some(OriginalUri(uri)) => uri,
        None => request.uri(),
    }
}

/// Asked every few seconds by machines, and never interesting.
pub(crate) fn is_probe(path: &str) -> bool {
    path.len() <= LONGEST_PROBE
        && matches!(
            bare(path),
            "/health" | "/healthz" | "/ready" | "/readyz" | "/live" | "/livez" | "/metrics"
        )
}

/// The longest probe with its slash.
pub(crate) const LONGEST_PROBE: usize = 9;

/// Paths and beginnings of paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths {
    paths: Vec<String>,
    starts: Vec<String>,
}

impl Paths {
    pub(crate) fn new(listed: &[String]) -> Self {
        let (mut paths, mut starts) = (Vec::new(), Vec::new());
        for path in listed {
            match path.strip_suffix('*') {
                Some(start) => starts.push(start.to_owned()),
                None => paths.push(bare(path).to_owned()),
            }
        }
        Self { paths, starts }
    }

    /// Tells whether a path is listed, with or without a slash at its end.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|known| known == bare(path))
            || self.starts.iter().any(|start| path.starts_with(&**start))
    }
}

/// The path without a slash at its end; the root has nothing else.
fn bare(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some("") | None => path,
        Some(bare) => bare,
    }
}
