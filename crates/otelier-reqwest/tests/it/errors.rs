//! Each kind of failure has a name of its own, whatever its message says.

use std::{
    error::Error,
    fmt,
    future::{Ready, ready},
    io,
    task::{Context, Poll},
    time::Duration,
};

use axum::BoxError;
use opentelemetry::trace::Status;
use otelier_core::known_error_name;
use otelier_reqwest::{CallMiddleware, TraceMiddleware, client};
use otelier_testing::capture;
use programs::unused_port;
use reqwest::{
    Client,
    dns::{Name, Resolve, Resolving},
};
use reqwest_middleware::ClientBuilder;
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use tokio::net::TcpListener;
use tower::Service;
use tower_layer::layer_fn;

use crate::{answering, app, assert_ended_as, client_for, serve, undescribed};

struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err(io::Error::other("no such name").into()) })
    }
}

/// A connector that fails as the test wants it to.
#[derive(Clone)]
struct Failing<S>(S, fn() -> io::Error);

impl<S, R> Service<R> for Failing<S>
where
    S: Service<R, Error = BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Ready<Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, _: R) -> Self::Future {
        ready(Err(self.1().into()))
    }
}

/// An error with a secret of its own and another in its source.
#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no tunnel, password=hunter2 given")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

async fn assert_connector_fails_as(error: fn() -> io::Error, url: &str, kind: &str) {
    let layer = layer_fn(move |connector| Failing(connector, error));
    let inner = Client::builder().no_proxy().connector_layer(layer);
    assert_fails_as(inner.build().unwrap(), url.to_owned(), kind).await;
}

fn direct() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

async fn assert_fails_as(client: Client, url: String, kind: &str) {
    let telemetry = capture();
    client_with_capture(client, url).await;
    assert_ended_as(&telemetry, &format!("GET [client] ERROR {kind}"));
}

async fn client_with_capture(inner: Client, url: String) {
    client(inner).get(url).send().await.unwrap_err();
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    let inner = Client::builder().no_proxy().dns_resolver(NoNames).build();
    assert_fails_as(inner.unwrap(), "http://shop.example/".into(), "dns_error").await;
}

#[tokio::test]
async fn a_port_that_nobody_listens_on() {
    let url = format!("http://127.0.0.1:{}/", unused_port());
    assert_fails_as(direct(), url, "connection_refused").await;
}

// The errors of hyper-rustls, without the weight of a TLS library.
#[tokio::test]
async fn a_server_that_does_not_speak_tls() {
    let error = || {
        let corrupt = io::Error::new(io::ErrorKind::InvalidData, "corrupt message");
        io::Error::other(corrupt)
    };
    assert_connector_fails_as(error, "https://shop.example/", "tls_error").await;
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_tls_handshake() {
    let error = || io::Error::other(io::Error::from(io::ErrorKind::UnexpectedEof));
    assert_connector_fails_as(error, "https://shop.example/", "tls_error").await;
}

#[tokio::test]
async fn a_connection_that_fails_otherwise() {
    let error = || io::Error::other("burnt");
    assert_connector_fails_as(error, "http://shop.example/", "connect_error").await;
}

#[tokio::test]
async fn a_server_that_does_not_speak_http() {
    let url = format!("http://127.0.0.1:{}/", answering(b"hello\r\n\r\n").await);
    assert_fails_as(direct(), url, "request_error").await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn a_server_that_resets_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // To close with something unread resets.
            stream.peek(&mut [0]).await.ok();
        }
    });
    assert_fails_as(direct(), url, "connection_reset").await;
}

#[tokio::test]
async fn a_server_that_takes_too_long() {
    let server = serve(app()).await;
    let inner = Client::builder()
        .no_proxy()
        .timeout(Duration::from_millis(20));
    let url = format!("http://{server}/hang");
    assert_fails_as(inner.build().unwrap(), url, "timeout").await;
}

#[tokio::test]
async fn a_connection_that_takes_too_long() {
    struct Never;
    impl Resolve for Never {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(std::future::pending())
        }
    }
    let inner = Client::builder()
        .no_proxy()
        .dns_resolver(Never)
        .connect_timeout(Duration::from_millis(20));
    let url = "http://shop.example/".to_owned();
    assert_fails_as(inner.build().unwrap(), url, "connect_timeout").await;
}

#[tokio::test]
async fn redirects_without_an_end() {
    let moved = axum::Router::new().fallback(async || axum::response::Redirect::to("/"));
    let server = serve(moved).await;
    assert_fails_as(direct(), format!("http://{server}/"), "redirect_error").await;
}

#[tokio::test]
async fn a_scheme_that_is_not_http() {
    let telemetry = capture();
    client(direct())
        .get("ftp://127.0.0.1/")
        .send()
        .await
        .unwrap_err();
    assert_ended_as(&telemetry, "GET [client] ERROR invalid_request");
}

#[tokio::test]
async fn the_kind_is_seen_through_the_errors_of_other_middleware() {
    let telemetry = capture();
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::ZERO, Duration::ZERO)
        .build_with_max_retries(1);
    let client = ClientBuilder::new(direct())
        .with(CallMiddleware::new())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .with(TraceMiddleware::new())
        .build();
    let url = format!("http://127.0.0.1:{}/", unused_port());
    client.get(url).send().await.unwrap_err();
    insta::assert_snapshot!(undescribed(&telemetry), @r"
    GET [internal] ERROR connection_refused
      GET [client] ERROR connection_refused
      GET [client] ERROR connection_refused
    ");
}

#[tokio::test]
async fn an_error_that_is_logged_is_called_as_people_write_it() {
    let _telemetry = capture();
    let url = format!("http://127.0.0.1:{}/", unused_port());
    let error = client(direct()).get(url).send().await.unwrap_err();
    let name = "reqwest_middleware::Error";
    assert_eq!(known_error_name(&error), Some(name));
    let reqwest_middleware::Error::Reqwest(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(known_error_name(&error), Some("reqwest::Error"));
}

#[tokio::test]
async fn the_sources_of_an_error_describe_the_status_without_their_secrets() {
    let telemetry = capture();
    let error = || {
        let proxy = io::Error::other("proxy said: api_key=hunter2 is wrong");
        io::Error::other(Outer(proxy))
    };
    let layer = layer_fn(move |connector| Failing(connector, error));
    let inner = Client::builder().no_proxy().connector_layer(layer);
    client_with_capture(inner.build().unwrap(), "http://shop.example/".into()).await;
    let span = &telemetry.spans()[0];
    let Status::Error { description } = &span.status else {
        panic!("{span:?}");
    };
    let sources = "no tunnel, password=[REDACTED] given: proxy said: api_key=[REDACTED] is wrong";
    assert!(description.ends_with(sources), "{description}");
    assert!(!format!("{span:?}").contains("hunter2"), "{span:?}");
}

#[tokio::test]
async fn the_status_is_described_by_what_the_error_says_without_the_url() {
    let telemetry = capture();
    let client = client(client_for(([127, 0, 0, 1], 1).into()));
    let url = "http://shop.example:1/?token=s3cret";
    client.get(url).send().await.unwrap_err();
    let span = &telemetry.spans()[0];
    assert!(!format!("{span:?}").contains("s3cret"), "{span:?}");
    let Status::Error { description } = &span.status else {
        panic!("{span:?}");
    };
    assert!(
        description.starts_with("error sending request: "),
        "{description}"
    );
    assert!(description.contains("Connection refused"), "{description}");
    assert_eq!(description.matches("Connection refused").count(), 1);
    assert!(!description.contains("shop.example"), "{description}");
}
