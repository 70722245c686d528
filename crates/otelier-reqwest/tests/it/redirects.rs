//! Inside of reqwest redirects are hidden; outside each hop is seen.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request},
    http::{HeaderMap, Method, StatusCode, header::LOCATION},
    response::IntoResponse as _,
    routing::any,
};
use otelier_reqwest::{
    CallMiddleware, Config, Hosts, Redirects, TooManyRedirects, TraceMiddleware, client,
    client_with,
};
use otelier_testing::capture;
use reqwest::{Client, redirect::Policy};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};

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

fn following(server: SocketAddr, config: Config) -> ClientWithMiddleware {
    ClientBuilder::new(without_redirects(server))
        .with(Redirects::limited(2))
        .with(TraceMiddleware::with_config(config))
        .build()
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
async fn outside_of_reqwest_the_context_goes_only_where_it_may() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(moving(&seen)).await;
    let (from, to) = (
        format!("http://shop.example:{}", server.port()),
        format!("http://other.example:{}/", server.port()),
    );
    let config = Config::new().with_propagation_to(Hosts::only(["shop.example"]));
    let client = following(server, config);
    let request = client.get(format!("{from}/to/307?{to}"));
    let response = request.bearer_auth("s3cret").send().await.unwrap();
    assert_eq!(response.url().as_str(), to);
    assert_eq!(seen.header(0, "authorization").await, None);
    assert_eq!(seen.header(0, "traceparent").await, None);
    assert_eq!(telemetry.spans().len(), 2);
}

#[tokio::test]
async fn outside_of_reqwest_each_hop_has_a_span_and_its_own_context() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(moving(&seen)).await;
    let url = format!("http://{server}/to/302?/new");
    following(server, Config::new())
        .get(url)
        .send()
        .await
        .unwrap();
    let tree = telemetry
        .tree()
        .with_attributes(&["http.request.resend_count"]);
    insta::assert_snapshot!(tree, @r"
    GET [client] 302
    GET [client] 200 http.request.resend_count=1
    ");
    let last = &telemetry.spans()[1];
    assert_eq!(
        last.get("url.full"),
        Some(format!("http://{server}/new").into())
    );
    let expected = format!("00-{}-{}-03", last.trace_id, last.span_id);
    assert_eq!(seen.header(0, "traceparent").await, Some(expected));
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn outside_of_reqwest_redirects_end() {
    let telemetry = capture();
    let router = Router::new().fallback(async || (StatusCode::FOUND, [(LOCATION, "/")]));
    let server = serve(router).await;
    let client = ClientBuilder::new(without_redirects(server))
        .with(CallMiddleware::new())
        .with(Redirects::limited(2))
        .with(TraceMiddleware::new())
        .build();
    let error = client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.downcast_ref(), Some(&TooManyRedirects));
    insta::assert_snapshot!(crate::undescribed(&telemetry), @r"
    GET [internal] ERROR redirect_error
      GET [client] 302
      GET [client] 302
      GET [client] 302
    ");
}

/// What a server saw of a request.
async fn echo(method: Method, headers: HeaderMap, body: Bytes) -> String {
    let mut lines = vec![format!("{method} {body:?}")];
    for (name, value) in &headers {
        if name != "traceparent" {
            lines.push(format!("{name}: {value:?}"));
        }
    }
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn redirects_are_followed_as_reqwest_does() {
    let seen = Seen::default();
    let app = moving(&seen).route("/echo", any(echo));
    let server = serve(app).await;
    let own = ClientBuilder::new(without_redirects(server))
        .with(Redirects::default())
        .build();
    let reqwests = ClientWithMiddleware::from(client_for(server));
    let (shop, other) = (
        "http://shop.example",
        format!("http://other.example:{}", server.port()),
    );
    for method in [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
    ] {
        for code in [300, 301, 302, 303, 304, 307, 308] {
            for location in ["/echo", "../echo", &format!("{other}/echo"), "http://[", ""] {
                let mut answers = Vec::new();
                for client in [&own, &reqwests] {
                    let url = format!("{shop}:{}/to/{code}?{location}", server.port());
                    let request = client
                        .request(method.clone(), url)
                        .basic_auth("user", Some("pw"))
                        .header("content-type", "text/plain")
                        .body("a body");
                    let answer = request.send().await;
                    let answer = answer.map(|response| {
                        (
                            response.status(),
                            response.url().to_string(),
                            response.text(),
                        )
                    });
                    answers.push(match answer {
                        Ok((status, url, text)) => {
                            format!("{status} {url} {}", text.await.unwrap())
                        }
                        // Of a loop each makes an error of its own type.
                        Err(_) => "error".to_owned(),
                    });
                }
                assert_eq!(answers[0], answers[1], "{method} {code} {location}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_streams_is_not_sent_twice() {
    let seen = Seen::default();
    let app = moving(&seen).route("/echo", any(echo));
    let server = serve(app).await;
    let client = ClientBuilder::new(without_redirects(server))
        .with(Redirects::default())
        .build();
    let streaming = || reqwest::Body::wrap(http_body_util::Full::new(Bytes::from("a body")));
    let url = format!("http://{server}/to/307?/echo");
    let kept = client.post(url).body(streaming()).send().await.unwrap();
    assert_eq!(kept.status(), 307);
    let url = format!("http://{server}/to/303?/echo");
    let followed = client.post(url).body(streaming()).send().await.unwrap();
    assert!(followed.text().await.unwrap().contains("GET b\"\""));
}
