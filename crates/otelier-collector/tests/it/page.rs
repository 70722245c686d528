//! The page, and the language of queries.

use crate::{
    sample,
    wire::{Answer, PROTOBUF, get, post, send, start},
};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use otelier_collector::{Collector, Running};
use prost::Message as _;

async fn browse(collector: &Running, path: &str, headers: &[(&str, &str)]) -> Answer {
    let uri = format!("http://{}{path}", collector.http_addr());
    let mut request = Request::get(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(Full::<Bytes>::default()).unwrap(), false).await
}

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test]
async fn a_browser_is_shown_the_page_at_every_address_of_it() {
    let collector = start().await;
    for path in [
        "/",
        "/t",
        "/t/0102?span=1",
        "/logs",
        "/m",
        "/map",
        "/errors",
        "/ai",
    ] {
        let answer = browse(&collector, path, &[BROWSER]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.content_type(), "text/html; charset=utf-8", "{path}");
        for (name, value) in [
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                 connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
        ] {
            assert_eq!(answer.headers[name], value, "{path}: {name}");
        }
        let tag = answer.headers["etag"].to_str().unwrap();
        let again = browse(&collector, path, &[BROWSER, ("if-none-match", tag)]).await;
        assert_eq!(
            (again.status.as_u16(), again.body.len()),
            (304, 0),
            "{path}"
        );
    }
    assert_eq!(
        get(collector.http_addr(), "/").await.content_type(),
        "application/json"
    );
    let script = get(collector.http_addr(), "/page/app.js").await;
    assert_eq!(script.content_type(), "text/javascript; charset=utf-8");
    for path in ["/page/none.js", "/page/..%2fCargo.toml", "/page/"] {
        assert_eq!(get(collector.http_addr(), path).await.status, 404, "{path}");
    }
    let stranger = browse(&collector, "/", &[BROWSER, ("host", "rebound.example")]).await;
    assert_eq!(stranger.status, 403);
    collector.shutdown().await;
}

#[tokio::test]
async fn the_page_comes_from_a_folder_while_it_is_worked_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "one").unwrap();
    std::fs::write(folder.path().join("secret.pem"), "no").unwrap();
    let collector = Collector::builder().with_assets(folder.path());
    let collector = collector.start().await.unwrap();
    assert_eq!(browse(&collector, "/logs", &[BROWSER]).await.text(), "one");
    std::fs::write(folder.path().join("index.html"), "two").unwrap();
    assert_eq!(browse(&collector, "/t/1", &[BROWSER]).await.text(), "two");
    assert_eq!(
        browse(&collector, "/page/secret.pem", &[]).await.status,
        404
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn a_query_is_looked_for_in_whole_traces_and_in_single_records() {
    let collector = start().await;
    let http = collector.http_addr();
    let headers = [("content-type", PROTOBUF)];
    let mut failed = sample::span(1, 2, 1, "SELECT orders");
    failed.status = Some(otelier_collector::proto::trace::v1::Status {
        code: 2,
        message: "gone".into(),
    });
    for body in [
        sample::traces("api", vec![sample::span(1, 1, 0, "GET /"), failed]),
        sample::traces("pay", vec![sample::span(2, 1, 0, "GET /")]),
    ] {
        post(http, "/v1/traces", &headers, body.encode_to_vec()).await;
    }
    let logs = sample::logs("pay", vec![sample::log(Some(2), 13, "stock low")]);
    post(http, "/v1/logs", &headers, logs.encode_to_vec()).await;
    let metric = sample::metrics("api", "requests", 7);
    post(http, "/v1/metrics", &headers, metric.encode_to_vec()).await;
    for (path, key, query, expected) in [
        ("traces", "traces", "", 2),
        ("traces", "traces", "status:error", 1),
        ("traces", "traces", "-status:error", 1),
        ("traces", "traces", "name=\"GET /\" gone", 1),
        ("traces", "traces", "one(name=\"GET /\" gone)", 0),
        ("traces", "traces", "service:api or level>=warn", 2),
        ("traces", "traces", "duration>2ms k=v has:k -has:none", 2),
        ("traces", "traces", "trace:0202", 1),
        ("traces", "traces", "service!=api", 1),
        ("logs", "logs", "level:warn body~STOCK", 1),
        ("logs", "logs", "status:error", 0),
        ("metrics", "metrics", "value>=7 unit:1", 1),
        ("metrics", "metrics", "value>7", 0),
    ] {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = get(http, &format!("/api/{path}?query={encoded}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let found = answer.json()[key].as_array().unwrap().len();
        assert_eq!(found, expected, "{query}");
    }
    let answer = get(http, "/api/traces?query=status:bad").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["column"], 8);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_long_number_is_told_from_its_neighbours() {
    use otelier_collector::proto::common::v1::any_value::Value;

    let collector = start().await;
    let http = collector.http_addr();
    let mut span = sample::span(1, 1, 0, "GET /");
    let mut add = |key: &str, value: Value| {
        let mut attribute = sample::attribute(key, "");
        attribute.value = sample::value(value);
        span.attributes.push(attribute);
    };
    // The first has a neighbour as a number with a point: the same one.
    add("id", Value::IntValue(9_007_199_254_740_993));
    add("flake", Value::StringValue("1789273847192837465".into()));
    add("least", Value::IntValue(i64::MIN));
    add("count", Value::IntValue(12));
    add("share", Value::DoubleValue(1e300));
    let headers = [("content-type", PROTOBUF)];
    let body = sample::traces("api", vec![span]);
    post(http, "/v1/traces", &headers, body.encode_to_vec()).await;
    for (query, expected) in [
        ("id:9007199254740993", 1),
        ("id:9007199254740992", 0),
        ("id!=9007199254740992", 1),
        ("id!=9007199254740993", 0),
        ("flake:1789273847192837465", 1),
        ("flake:1789273847192837466", 0),
        ("least:-9223372036854775808", 1),
        ("least:-9223372036854775807", 0),
        ("count:12.0 count:1.2e1 share:1e300", 1),
        ("id>9e15 flake>1e18 least<-1e18", 1),
    ] {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = get(http, &format!("/api/traces?query={encoded}")).await;
        let found = answer.json()["traces"].as_array().unwrap().len();
        assert_eq!(found, expected, "{query}");
    }
    collector.shutdown().await;
}
