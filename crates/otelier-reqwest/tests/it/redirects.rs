//! Inside of reqwest redirects are hidden; where they are given back each hop is seen.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{Path, Request},
    http::{StatusCode, header::LOCATION},
    response::IntoResponse as _,
    routing::any,
};
use otelier_reqwest::{Config, Hosts, client, client_with};
use otelier_testing::capture;
use reqwest::{Client, redirect::Policy};

use crate::{Seen, assert_agreed, client_for, serve};

/// `/to/{code}?{location}` redirects, all else tells what it got.
fn moving(seen: &Seen) -> Router {
    let to = async |Path(code): Path<u16>, request: Request| {
        let location = request.uri().query().unwrap_or_default().to_owned();
        let code = StatusCode::from_u16(code).unwrap();
        (code, [(LOCATION, location)]).into_response()
    };
    Router::new()
        .route("/to/{code}", any(to))
        .merge(seen.router())
}

fn without_redirects(server: SocketAddr) -> Client {
    Client::builder()
        .no_proxy()
        .resolve("shop.example", server)
        .resolve("other.example", server)
        .redirect(Policy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn inside_of_reqwest_one_span_covers_all_hops() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(moving(&seen)).await;
    let client = client(client_for(server));
    let url = format!("http://{server}/to/307?/new");
    let response = client.get(&url).send().await.unwrap();
    assert_eq!(response.url().path(), "/new");
    assert_eq!(telemetry.spans()[0].get("url.full"), Some(url.into()));
    insta::assert_snapshot!(telemetry.tree(), @"GET [client] 200");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn inside_of_reqwest_the_context_goes_wherever_a_redirect_leads() {
    let _telemetry = capture();
    let seen = Seen::default();
    let server = serve(moving(&seen)).await;
    let (from, to) = (
        format!("http://shop.example:{}", server.port()),
        format!("http://other.example:{}/", server.port()),
    );
    let config = Config::new().with_propagation_to(Hosts::only(["shop.example"]));
    let client = client_with(client_for(server), config);
    let request = client.get(format!("{from}/to/307?{to}"));
    request.bearer_auth("s3cret").send().await.unwrap();
    // reqwest knows which of its own headers are nobody else's business.
    assert_eq!(seen.header(0, "authorization").await, None);
    assert!(seen.header(0, "traceparent").await.is_some());
}

#[tokio::test]
async fn a_redirect_that_is_given_back_is_followed_only_with_what_its_host_may_have() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(moving(&seen)).await;
    let (from, to) = (
        format!("http://shop.example:{}", server.port()),
        format!("http://other.example:{}/", server.port()),
    );
    let config = Config::new().with_propagation_to(Hosts::only(["shop.example"]));
    let client = client_with(without_redirects(server), config);
    let request = client.get(format!("{from}/to/307?{to}"));
    let response = request.send().await.unwrap();
    let location = response.headers()[LOCATION].to_str().unwrap();
    client.get(location).send().await.unwrap();
    assert_eq!(seen.header(0, "traceparent").await, None);
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client] 307
    GET [client] 200
    ");
    assert_agreed(&telemetry);
}
