//! The server for agents, where it is left out.

use crate::api::desk::Desk;
use axum::Router;
use std::io;

pub(crate) fn router(_: Desk) -> Router {
    Router::new()
}

/// Fails: the feature `mcp` is off.
///
/// # Errors
/// Always.
pub async fn serve_mcp(_: &str) -> io::Result<()> {
    let words = "built without the feature `mcp`";
    Err(io::Error::new(io::ErrorKind::Unsupported, words))
}
