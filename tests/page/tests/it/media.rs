//! Paper, a window that is zoomed in, and eyes that want nothing to move.

use crate::{
    accessible::{SHOWN, filled, views},
    browser::{Browser, Window},
    sample::{span, trace_id},
};
use serde_json::json;

#[tokio::test]
async fn a_trace_is_printed_with_the_rows_that_are_out_of_sight() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let mut spans = vec![span(1, 1, 0, "GET /orders", (0, 400), &[])];
    spans.extend((2..=200).map(|i| span(1, i, 1, &format!("step {i}"), (i, i + 9), &[])));
    page.spans("api", spans).await;
    page.open(&format!("/t/{}", trace_id(1))).await;
    page.until("document.querySelector('.waterfall')?.getAttribute('aria-rowcount') === '200'")
        .await;
    page.is(
        "(() => { window.printed = 0; addEventListener('beforeprint', () => { \
        window.printed = document.querySelectorAll('o-trace .row').length; }); return true; })()",
    )
    .await;
    let paper = page.devtools("Page.printToPDF", &json!({})).await;
    let paper = paper["data"].as_str().unwrap();
    // At 28 pixels a row, some forty of them are on a sheet.
    assert!(paper.len() > 20_000, "{} letters", paper.len());
    page.until("document.querySelectorAll('o-trace .row').length < 100")
        .await;
    page.is("dispatchEvent(new Event('beforeprint'))").await;
    page.devtools("Emulation.setEmulatedMedia", &json!({"media": "print"}))
        .await;
    assert_eq!(page.count("o-trace .row").await, 200);
    let hidden = "['.top', '.tabs', '.bar', '.mini-holder'].every((one) => \
        getComputedStyle(document.querySelector(one)).display === 'none')";
    assert_eq!(page.is(hidden).await, json!(true));
    let below = "(() => { const rows = [...document.querySelectorAll('o-trace .row')].map((row) => row.getBoundingClientRect()); \
        return rows.every((row, i) => i === 0 || row.top >= rows[i - 1].bottom - 1) && rows.at(-1).bottom <= document.documentElement.scrollHeight + 1; })()";
    assert_eq!(
        page.is(below).await,
        json!(true),
        "no row covers another, or is cut off"
    );
    page.end().await;
}

#[tokio::test]
async fn a_window_that_is_zoomed_to_twice_its_size_shows_everything() {
    let Some(page) = filled(Window::Wide).await else {
        return;
    };
    let zoomed = json!({"width": 640, "height": 430, "deviceScaleFactor": 2, "mobile": false});
    page.devtools("Emulation.setDeviceMetricsOverride", &zoomed)
        .await;
    for view in views() {
        page.open(&view).await;
        page.until(SHOWN).await;
        assert_eq!(page.is("innerWidth").await, json!(640), "{view}");
        let over = page
            .is("document.documentElement.scrollWidth - innerWidth")
            .await;
        assert!(over.as_i64().unwrap() <= 0, "{view}: {over}");
        // What is looked at has room for some rows, or scrolls.
        let room = "(() => { const rows = document.querySelector('main .rows'); \
            return rows === null ? true : rows.getBoundingClientRect().height >= 100; })()";
        assert_eq!(page.is(room).await, json!(true), "{view}");
        let reached = "(() => { const buttons = [...document.querySelectorAll('button, select, input')].filter((one) => one.offsetParent !== null); \
            return buttons.filter((one) => { const box = one.getBoundingClientRect(); return box.right > innerWidth + 1 && !one.closest('.rows, .tabs, .scroll, .flame-holder'); }).map((one) => one.textContent).join(); })()";
        assert_eq!(page.is(reached).await, json!(""), "{view}");
    }
    page.end().await;
}

#[tokio::test]
async fn nothing_moves_for_who_wants_nothing_to_move() {
    let Some(page) = filled(Window::Wide).await else {
        return;
    };
    let still = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    page.devtools("Emulation.setEmulatedMedia", &still).await;
    for view in views() {
        page.open(&view).await;
        page.until(SHOWN).await;
        let moving = "[...document.querySelectorAll('*')].filter((one) => { const style = getComputedStyle(one); \
            return style.animationName !== 'none' || !/^0s(, 0s)*$/.test(style.transitionDuration) || style.scrollBehavior === 'smooth'; }).length + document.getAnimations().length";
        assert_eq!(page.is(moving).await, json!(0), "{view}");
    }
    page.end().await;
}
