//! What goes wrong, as JSON.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error as a client sees it.
#[derive(Debug)]
pub(crate) enum Error {
    /// There is no such repository.
    NoRepo(i64),
    /// The service that knows the commits did not answer as it should.
    Upstream(reqwest_middleware::Error),
    /// The database did not do as it should.
    Database(sqlx::Error),
    /// Something is broken.
    Internal,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NoRepo(id) => (StatusCode::NOT_FOUND, format!("no repository {id}")),
            Self::Upstream(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "upstream failed");
                (StatusCode::BAD_GATEWAY, "upstream failed".to_owned())
            }
            Self::Database(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "database failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "broken".to_owned())
            }
            Self::Internal => {
                tracing::error!("something is broken");
                (StatusCode::INTERNAL_SERVER_ERROR, "broken".to_owned())
            }
        };
        (status, Json(json!({ "error": message }))).into_response()
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<reqwest_middleware::Error> for Error {
    fn from(error: reqwest_middleware::Error) -> Self {
        Self::Upstream(error)
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Upstream(error.into())
    }
}
