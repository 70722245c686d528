//! The PostgreSQL of a test that stands by itself.

use std::env;

use crate::server::{Server, without_postgres};

/// The server and its URL, `None` where its programs are missing and nobody demands
/// that they are there. It may take its time to start.
pub(crate) fn postgres() -> Option<(Server, String)> {
    if let Some(reason) = without_postgres() {
        println!("left out: {reason}");
        let is_required = env::var("OTELIER_REQUIRE_DATABASES").is_ok_and(|value| value == "1");
        assert!(!is_required, "it is required");
        return None;
    }
    let server = Server::postgres().unwrap();
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port);
    Some((server, url))
}
