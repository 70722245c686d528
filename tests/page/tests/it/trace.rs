//! One trace.

use crate::{
    browser::{Browser, Window},
    sample::{span, span_id, trace_id},
};

const PICKED: &str = "o-trace .row[aria-selected=true]";

#[tokio::test]
async fn a_link_to_a_span_survives_a_reload() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.open(&format!("/t/{}?span={}", trace_id(1), span_id(102)))
        .await;
    for _ in 0..2 {
        page.until_text(PICKED, "INSERT orders").await;
        assert_eq!(
            page.text(".panel .sql").await,
            "INSERT INTO orders VALUES ($1)"
        );
        page.client.refresh().await.unwrap();
    }
    page.end().await;
}

#[tokio::test]
async fn a_search_in_the_trace_counts_and_goes_from_match_to_match() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.open(&format!("/t/{}?q=name~POST", trace_id(1))).await;
    page.until_text(".total", "3 matches").await;
    assert_eq!(page.count("o-trace .row.dim").await, 2);
    page.keys("n").await;
    page.until_text(PICKED, "POST /orders/{id}").await;
    page.keys("n").await;
    page.until_text(".total", "2 of 3").await;
    page.keys("N").await;
    page.until_text(".total", "1 of 3").await;
    page.end().await;
}

#[tokio::test]
async fn a_hand_on_the_keyboard_is_enough() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.open("/").await;
    page.until_count("o-traces .row", 1).await;
    page.keys("j\u{e007}").await;
    page.until_count("o-trace .row", 5).await;
    page.keys("j").await;
    page.until_text(PICKED, "POST /orders/{id}").await;
    page.keys("h").await;
    page.until_count("o-trace .row", 1).await;
    page.keys("l").await;
    page.until_count("o-trace .row", 5).await;
    page.keys("jj").await;
    page.until_text(PICKED, "POST").await;
    page.keys("?").await;
    page.until("document.querySelector('dialog[open]') !== null")
        .await;
    page.keys("\u{e00c}").await;
    page.until("document.querySelector('dialog') === null")
        .await;
    page.keys("gl").await;
    page.until("location.pathname === '/logs'").await;
    page.keys("gt").await;
    page.until("location.pathname === '/'").await;
    page.end().await;
}

#[tokio::test]
async fn equal_statements_are_one_row_until_it_is_opened() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let mut spans = vec![span(1, 1, 0, "GET /orders", (0, 100), &[])];
    spans.extend((0..37).map(|i| span(1, i + 2, 1, "SELECT orders", (i * 2, i * 2 + 1), &[])));
    page.spans("api", spans).await;
    page.open(&format!("/t/{}", trace_id(1))).await;
    page.until_count("o-trace .row", 2).await;
    assert_eq!(page.text(".times").await, "×37");
    page.click(".row:nth-child(2) .twist").await;
    page.until("document.querySelector('.waterfall').getAttribute('aria-rowcount') === '39'")
        .await;
    page.open(&format!("/t/{}?fold=0", trace_id(1))).await;
    page.until("document.querySelector('.waterfall').getAttribute('aria-rowcount') === '38'")
        .await;
    page.end().await;
}

#[tokio::test]
async fn two_traces_are_compared_by_what_was_added_and_removed() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.order(1).await;
    page.spans(
        "api",
        vec![
            span(2, 201, 0, "POST /orders/{id}", (0, 90), &[]),
            span(2, 202, 201, "SELECT stock", (2, 80), &[]),
        ],
    )
    .await;
    page.open(&format!("/t/{}?vs={}", trace_id(1), trace_id(2)))
        .await;
    page.until_count(".compare tbody tr", 5).await;
    assert_eq!(page.count(".compare tr.added").await, 1);
    assert_eq!(page.count(".compare tr.removed").await, 3);
    page.end().await;
}
