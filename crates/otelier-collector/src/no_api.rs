//! What shows what was received, where it is left out.

use crate::server::Intake;
use axum::Router;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Semaphore;

pub(crate) fn router(
    _: &Arc<Intake>,
    _: Arc<Semaphore>,
    _: [String; 2],
    _: Option<PathBuf>,
) -> Router {
    Router::new()
}
