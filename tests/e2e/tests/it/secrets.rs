//! What goes in as a secret comes out nowhere.

use std::collections::BTreeMap;

use otelier_collector::{Running, Store};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Ended, PROTOCOLS, Scenario, collector, scenario, wait};

/// A part of every secret.
const SECRET: &str = "s3cr3t";

/// Every value that came through a door of this service, with its name.
#[track_caller]
fn nothing_leaked(store: &Store, ended: &Ended) {
    let mut leaks: BTreeMap<String, usize> = BTreeMap::new();
    let mut look = |place: &str, text: &str| {
        for (at, _) in text.match_indices(SECRET) {
            let end = text.len().min(at + 60);
            let found = String::from_utf8_lossy(&text.as_bytes()[at..end]).into_owned();
            *leaks.entry(format!("{place}: {found}")).or_default() += 1;
        }
    };
    for span in store.spans() {
        look(
            &format!("span {}", span.name()),
            &format!("{:?}", span.proto()),
        );
        look("resource", &format!("{:?}", span.origin().resource()));
        look("scope", &format!("{:?}", span.origin().scope()));
    }
    for log in store.logs() {
        look("log", &format!("{:?}", log.proto()));
        look("resource", &format!("{:?}", log.origin().resource()));
        look("scope", &format!("{:?}", log.origin().scope()));
    }
    for metric in store.metrics() {
        look(
            &format!("metric {}", metric.name()),
            &format!("{:?}", metric.point()),
        );
        look("resource", &format!("{:?}", metric.origin().resource()));
        look("scope", &format!("{:?}", metric.origin().scope()));
    }
    for line in ended.stdout.lines() {
        look("stdout", line);
    }
    for line in ended.stderr.lines() {
        look("stderr", line);
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

/// Logs in with secrets wherever a client can put one.
async fn log_in(url: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in [
        "login/ann",
        "panic",
        "nowhere",
        "nowhere/ghp_s3cr3t0123456789abcdef",
    ] {
        let request = client
            .get(format!(
                "{url}/{path}?page=2&token=s3cr3t-query&next=%2F%3Fsig%3Ds3cr3t-nested\
                 &url=postgres%3A%2F%2Fann%3As3cr3t-encoded%40h&to=https://ann:s3cr3t-raw@h/\
                 &code=s3cr3t-code&state=x&q=ghp_s3cr3t0123456789abcdef"
            ))
            .header("authorization", "Bearer s3cr3t-header")
            .header("proxy-authorization", "Basic s3cr3t-proxy")
            .header("cookie", "session=s3cr3t-cookie")
            .header("x-api-key", "s3cr3t-key")
            .header("x-custom", "s3cr3t-custom")
            .header("user-agent", "shop/1.0 (ghp_s3cr3t0123456789abcdef)")
            .header("referer", "http://ann:s3cr3t-referer@shop.example/")
            .header("baggage", "api_key=s3cr3t-baggage")
            .header("tracestate", "shop=s3cr3t-state")
            .body("password=s3cr3t-form");
        // The route that panics closes the connection.
        let _ = request.send().await;
    }
    by_whole_url(url).await;
}

/// Asks as a proxy is asked, with user and password in the URL, and wherever
/// the host is named.
async fn by_whole_url(url: &str) {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET http://ann:s3cr3t-url@{address}/hello?token=s3cr3t-absolute HTTP/1.1\r\n\
         host: ann:s3cr3t-host@{address}\r\n\
         x-forwarded-host: ann:s3cr3t-forwarded@shop.example\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
}

async fn run(program: Scenario, collector: &Running) -> Ended {
    let mut service = program.start();
    let url = service.url().await;
    log_in(&url).await;
    let store = collector.store();
    wait(store, |store| {
        store
            .spans_named("GET /nowhere")
            .pop()
            .or_else(|| store.spans_named("GET").pop())
    })
    .await;
    service.stop().await.well()
}

#[tokio::test]
async fn no_secret_leaves_a_service_through_any_door() {
    let own = PROTOCOLS.map(|protocol| (protocol, "own"));
    for (protocol, exporter) in own.into_iter().chain([("http/protobuf", "stock")]) {
        let collector = collector().await;
        let program = scenario(["leaky", "--password=s3cr3t-argument"])
            .by(protocol, &collector)
            .with("OTELIER_EXPORTER", exporter)
            // What is printed is looked at, too.
            .with("OTEL_TRACES_EXPORTER", "console,otlp")
            .with("OTEL_METRICS_EXPORTER", "console,otlp")
            .with("OTEL_LOGS_EXPORTER", "console,otlp")
            .with(
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization=Bearer%20s3cr3t-env",
            )
            .with(
                "OTEL_RESOURCE_ATTRIBUTES",
                "deployment.password=s3cr3t-resource,team=shop,\
                 conn=postgres://ann:s3cr3t-conn@db/shop",
            )
            .with(
                "DD_GIT_REPOSITORY_URL",
                "https://ann:s3cr3t-repository@git.example/shop",
            )
            .with("HTTP_PROXY", "http://ann:s3cr3t-proxy@127.0.0.1:9")
            .with("NO_PROXY", "*")
            .with("DATABASE_PASSWORD", "s3cr3t-variable");
        let ended = run(program, &collector).await;
        let store = collector.store();
        nothing_leaked(store, &ended);

        // All of it was recorded, and only the secrets are missing.
        assert_eq!(ended.told("complete"), "true");
        for name in [
            "GET /login/{user}",
            "says",
            "by api token=[REDACTED]",
            "job.fails",
            "job.panics",
            "GET /panic",
            "GET /hello",
        ] {
            assert!(!store.spans_named(name).is_empty(), "{name}");
        }
        assert!(!store.metrics_named("logins").is_empty());
        let login = store.spans_named("GET /login/{user}").remove(0);
        assert_eq!(
            login.attribute_text("url.query").unwrap(),
            "page=2&token=REDACTED&next=%2F%3Fsig%3DREDACTED\
             &url=postgres%3A%2F%2FREDACTED:REDACTED%40h&to=https://REDACTED:REDACTED@h/\
             &code=REDACTED&state=x&q=REDACTED"
        );
        let resource = format!("{:?}", login.origin().resource());
        assert!(resource.contains("deployment.password") && resource.contains("shop"));
        assert!(resource.contains("git.example"));
        let logs = store.logs();
        let says = |text: &str| logs.iter().any(|log| log.body() == text);
        assert!(says(
            "login with password=[REDACTED] and {\"apiKey\": \"[REDACTED]\"}"
        ));
        assert!(says(
            "panicked: cannot connect to postgres://REDACTED:REDACTED@db.example/shop"
        ));
        assert!(
            ended.stdout.contains("login with password="),
            "{}",
            ended.stdout
        );
        assert!(!ended.lines_with("resourceSpans").is_empty());
        for request in store.requests() {
            assert_eq!(request.header("authorization"), Some("Bearer s3cr3t-env"));
        }
    }
}

#[tokio::test]
async fn no_secret_of_the_configuration_is_told_when_it_fails() {
    let collector = collector().await;
    for (variable, value) in [
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://ann:s3cr3t-endpoint@127.0.0.1:9",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "htp://ann:s3cr3t-scheme@127.0.0.1:9",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1:9/?api_key=s3cr3t-parameter",
        ),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer s3cr3t-bad%zz",
        ),
        ("OTEL_EXPORTER_OTLP_HEADERS", "s3cr3t-alone"),
        ("OTEL_RESOURCE_ATTRIBUTES", "s3cr3t-no-pair"),
        ("OTEL_BSP_SCHEDULE_DELAY", "s3cr3t-number"),
        (
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            "-----BEGIN PRIVATE KEY-----s3cr3t-pem",
        ),
        ("HTTP_PROXY", "http://ann:s3cr3t-proxy@127.0.0.1:9"),
    ] {
        let ended = scenario(["ends", "shutdown"])
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .with("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
            .with(variable, value)
            .run()
            .await;
        nothing_leaked(collector.store(), &ended);
    }
}
