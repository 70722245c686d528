//! A route for axum servers.

use axum::{
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY},
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

use crate::page::{Page, Unread};

/// A route that answers with the [`page`](crate::page()): 200; 404 where nobody has asked
/// for it; 503 where too many read at this moment, and after the end of telemetry.
///
/// Requests for `/metrics` leave no span and no metric of otelier-axum's, unless its
/// list of excluded paths says otherwise.
pub fn route<S>() -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    get(async |headers: HeaderMap| {
        let accept = headers.get_all(ACCEPT).iter();
        let accept: Vec<_> = accept.filter_map(|it| it.to_str().ok()).collect();
        match crate::page(&accept.join(",")).await {
            Ok(page) => page.into_response(),
            Err(why) => why.into_response(),
        }
    })
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let head = [
            (CONTENT_TYPE, self.content_type),
            (CACHE_CONTROL, "no-store"),
            (VARY, "accept"),
        ];
        (head, self.body).into_response()
    }
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let head = [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
        ];
        let response = (status, head, format!("{self}\n"));
        match self {
            Self::Busy => ([(RETRY_AFTER, "1")], response).into_response(),
            _ => response.into_response(),
        }
    }
}
