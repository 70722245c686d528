//! Lists: traces, logs, metrics, errors, and the page when nothing has come.

use crate::{
    browser::{Browser, Window},
    demo::picture,
    sample::{failed, span, trace_id},
};
use serde_json::json;

const ROW: &str = "o-traces .row";

#[tokio::test]
async fn an_empty_collector_shows_two_commands_and_then_what_comes() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.open("/").await;
    page.until_count(".command", 2).await;
    picture(&page, "start").await;
    let url = format!("{}/v1/traces", page.collector.http_endpoint());
    let bad = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/json")
        .body("{")
        .send()
        .await
        .unwrap();
    assert_eq!(bad.status(), 400);
    page.open("/").await;
    page.until_count(".start tbody tr", 1).await;
    page.order(1).await;
    page.until_count("o-traces .row", 1).await;
    assert_eq!(page.count(".start").await, 0);
    page.end().await;
}

#[tokio::test]
async fn a_trace_appears_while_the_list_is_looked_at() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.open("/").await;
    page.until_count("o-traces .row", 1).await;
    page.until("document.querySelector('.state').textContent === 'live'")
        .await;
    let before = page.is("performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/traces')).length").await;
    page.spans("web", vec![span(2, 201, 0, "GET /new", (0, 5), &[])])
        .await;
    page.until_text(ROW, "GET /new").await;
    assert_eq!(page.count(ROW).await, 2);
    assert!(page.text(ROW).await.contains("POST") || page.text(ROW).await.contains("GET /new"));
    let after = page.is("performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/traces')).length").await;
    assert_eq!(before, after, "what comes is told by the stream alone");
    page.end().await;
}

#[tokio::test]
async fn a_query_finds_the_request_that_failed_and_back_forgets_it() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.spans("api", vec![span(2, 201, 0, "GET /fine", (0, 5), &[])])
        .await;
    page.open("/").await;
    page.until_count("o-traces .row", 2).await;
    page.keys("/").await;
    page.keys("status:error").await;
    page.until_count("o-traces .row", 1).await;
    assert_eq!(
        page.is("new URLSearchParams(location.search).get('q')")
            .await,
        json!("status:error")
    );
    assert!(page.text(ROW).await.contains("POST /orders/{id}"));
    page.client.back().await.unwrap();
    page.until_count("o-traces .row", 2).await;
    page.open("/?q=duration%3E").await;
    page.until_text(".wrong", "Column 10").await;
    page.end().await;
}

#[tokio::test]
async fn a_log_line_leads_to_its_trace_and_back() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(3).await;
    page.open("/logs").await;
    page.until_text("o-logs .row", "card declined").await;
    page.press("o-logs .row", "").await;
    page.until_text("o-logs .panel", "Open its trace").await;
    page.click("o-logs .panel a.button").await;
    page.until("document.querySelector('o-trace .row[aria-selected=true]')?.textContent.includes('POST /charge')").await;
    assert_eq!(
        page.is("location.pathname").await,
        json!(format!("/t/{}", trace_id(3)))
    );
    page.client.back().await.unwrap();
    page.until_text("o-logs .row", "card declined").await;
    page.end().await;
}

#[tokio::test]
async fn a_line_that_comes_is_put_on_top_of_the_log() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.log("api", 1, 1, 9, "first").await;
    page.open("/logs").await;
    page.until_text("o-logs .row", "first").await;
    page.log("api", 1, 1, 13, "second").await;
    page.until_count("o-logs .row", 2).await;
    page.open("/logs?level=warn").await;
    page.until_count("o-logs .row", 1).await;
    assert!(page.text("o-logs .row").await.contains("second"));
    page.end().await;
}

#[tokio::test]
async fn metrics_errors_and_the_map_show_what_was_sent() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.points("http.server.request.duration").await;
    page.open("/m?name=http.server.request.duration&service=api")
        .await;
    page.until("document.querySelectorAll('figure .line').length >= 3 && document.querySelectorAll('.heat').length > 0").await;
    page.open("/errors").await;
    page.until_text(".errors", "Declined").await;
    assert_eq!(page.count(".errors li").await, 3);
    page.open("/map").await;
    page.until("document.querySelectorAll('.node').length === 3 && document.querySelectorAll('.edge').length === 2").await;
    page.end().await;
}

#[tokio::test]
async fn a_dot_on_a_histogram_leads_to_the_span_that_was_measured() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.points("http.server.request.duration").await;
    let chart = "/m?name=http.server.request.duration&service=api";
    page.open(chart).await;
    // Two columns, and before them what came with the first point.
    page.until_count("figure .chart a", 3).await;
    assert_eq!(page.text("figure a title").await, "300 ms, to its trace");
    let there = json!(format!("/t/{}", trace_id(1)));
    let chosen = "document.querySelector('o-trace .row[aria-selected=true]')?.textContent.includes('POST /charge')";
    let place = "(() => { const dot = document.querySelector('figure a:last-of-type circle'); \
        dot.scrollIntoView({ block: 'center' }); const { x, y, width, height } = dot.getBoundingClientRect(); \
        return [x + width / 2, y + height / 2].map(Math.round); })()";
    let place = page.is(place).await;
    let place = (place[0].as_i64().unwrap(), place[1].as_i64().unwrap());
    page.drag(place, place).await;
    page.until(chosen).await;
    assert_eq!(page.is("location.pathname").await, there);
    // The same without a mouse, and without loading the page again.
    page.client.back().await.unwrap();
    page.until_count("figure .chart a", 3).await;
    page.is("(window.stays = true, document.querySelector('figure a').focus() ?? true)")
        .await;
    page.keys("\u{e007}").await;
    page.until(chosen).await;
    assert_eq!(
        page.is("[location.pathname, window.stays]").await,
        json!([there, true])
    );
    page.end().await;
}

#[tokio::test]
async fn the_stack_of_a_jobs_error_is_opened_and_stays_open() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let job = failed(span(7, 701, 0, "job.bill", (0, 5), &[]), "no such order");
    page.spans("worker", vec![job]).await;
    page.exception("worker", 7, 701, "0: anyhow::error\n1: worker::bill")
        .await;
    page.open("/errors").await;
    page.until_text(".errors code", "worker::bill").await;
    page.click(".errors summary").await;
    page.until("document.querySelector('.errors details').open")
        .await;
    assert!(page.text(".errors pre").await.contains("0: anyhow::error"));
    page.order(8).await;
    page.until("document.querySelectorAll('.errors li').length === 4")
        .await;
    page.until("document.querySelectorAll('.errors details[open]').length === 1")
        .await;
    page.end().await;
}
