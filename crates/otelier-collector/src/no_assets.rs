//! The page, where it is left out.

use axum::{Router, response::Response};
use http::HeaderMap;
use std::path::PathBuf;

pub(crate) fn router(_: Option<PathBuf>) -> Router {
    Router::new()
}

/// No page: whoever asks is answered in JSON.
pub(crate) const fn index(_: &HeaderMap) -> Option<Response> {
    None
}
