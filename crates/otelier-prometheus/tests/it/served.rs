//! The route, over a socket, of the process's own reader.

use axum::Router;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{Bakery, parser::Parsed};

async fn ask(address: std::net::SocketAddr, method: &str, accept: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} /metrics HTTP/1.1\r\nHost: bakery\r\nConnection: close\r\nAccept: {accept}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn the_route_answers_in_the_form_that_is_asked_for_once_a_reader_is_there() {
    let app: Router = Router::new().route("/metrics", otelier_prometheus::route());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = JoinSet::new();
    server.spawn(async { axum::serve(listener, app).await });

    let (head, body) = ask(address, "GET", "*/*").await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
    assert!(body.contains("OTEL_METRICS_EXPORTER=prometheus"), "{body}");

    let bakery = Bakery::new();
    bakery.meter().u64_counter("cakes").build().add(1, &[]);
    bakery.reader.install();
    // The first one stays.
    Bakery::new().reader.install();
    let (head, body) = ask(
        address,
        "GET",
        "application/openmetrics-text;q=0.5, text/*;q=0.1",
    )
    .await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let kind = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(head.contains(kind), "{head}");
    assert!(head.contains("vary: accept") && head.contains("cache-control: no-store"));
    let page = Parsed::open_metrics(&body).unwrap();
    assert_eq!(page.family("cakes").value("_total", &[]), 1.0);

    let (head, body) = ask(address, "GET", "").await;
    assert!(
        head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    assert_eq!(Parsed::text(&body).unwrap().families.len(), 1);

    let (head, body) = ask(address, "HEAD", "*/*").await;
    assert!(
        head.starts_with("http/1.1 200") && body.is_empty(),
        "{head}"
    );
    assert!(
        ask(address, "POST", "*/*")
            .await
            .0
            .starts_with("http/1.1 405")
    );

    bakery.provider.shutdown().unwrap();
    let (head, body) = ask(address, "GET", "*/*").await;
    assert!(head.starts_with("http/1.1 503"), "{head}");
    assert_eq!(body, "telemetry has ended\n");
    server.abort_all();
}
