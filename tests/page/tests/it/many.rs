//! Much of it: traces of many spans, lists of many traces, parts of a plot, labels.

use crate::{
    browser::{Browser, Window},
    sample::{span, trace_id},
};
use serde_json::json;

#[tokio::test]
async fn fifty_thousand_spans_are_few_rows_and_a_scroll_looks_at_those_alone() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    for chunk in 0..50_u64 {
        let ids = (0..1000).map(|i| chunk * 1000 + i + 1);
        // A chain of parents, and below one of them a thousand that are alike.
        let spans = ids.map(|id| match id > 49_000 {
            true => span(1, id, 49_000, "alike", (id % 900, id % 900 + 7), &[]),
            false => {
                let name = format!("work {id}");
                span(1, id, id / 4, &name, (id % 900, id % 900 + 7), &[])
            }
        });
        page.spans("api", spans.collect()).await;
    }
    page.watch_work().await;
    page.open(&format!("/t/{}", trace_id(1))).await;
    page.until("document.querySelector('.waterfall')?.getAttribute('aria-rowcount') === '49001'")
        .await;
    let asked = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/traces/')).length";
    assert_eq!(page.is(asked).await, json!(5));
    page.is("document.querySelector('.waterfall').focus() ?? true")
        .await;
    page.work().await;
    for row in (1..=40).map(|step| step * 1000) {
        page.is(&format!(
            "(document.querySelector('.waterfall').scrollTop = \
             {row} * document.querySelector('o-trace .row').offsetHeight) > 0"
        ))
        .await;
        let drawn = format!("document.querySelector('o-trace .row[aria-rowindex=\"{row}\"]')");
        page.until(&format!("{drawn} !== null")).await;
    }
    // Some 5,500, of the 70 rows that are drawn each time; a look at each row would be 49,000.
    let work = page.work().await / 40;
    assert!((1_000..12_000).contains(&work), "{work} for each scroll");
    assert!(page.count("o-trace .row").await < 100);
    assert!(page.count("*").await < 3000);
    page.keys("\u{e010}").await;
    page.until("document.querySelector('.row[aria-selected=true]')?.getAttribute('aria-rowindex') === '49001'").await;
    // Both look at every span, and none of them at every sibling of every span.
    page.open(&format!("/t/{}?q=alike", trace_id(1))).await;
    page.until_text(".total", "1,000 matches").await;
    page.keys("n").await;
    page.until_text(".total", "1 of 1000").await;
    page.open(&format!("/t/{}?tab=flame", trace_id(1))).await;
    page.until("document.querySelectorAll('.flame-box').length > 0")
        .await;
    assert!(page.count(".flame-box").await <= 1500);
    page.end().await;
}

#[tokio::test]
async fn a_list_gets_longer_as_it_is_scrolled_and_is_sorted_by_the_collector() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let request = |i: u64| span(i, i * 10, 0, &format!("GET /{i}"), (0, 1 + i % 90), &[]);
    page.spans("api", (1..=450).map(request).collect()).await;
    page.spans("api", vec![span(451, 4510, 0, "GET /slow", (0, 500), &[])])
        .await;
    page.open("/").await;
    let long = |count: u32| {
        format!(
            "document.querySelector('o-traces .rows').getAttribute('aria-rowcount') === '{count}'"
        )
    };
    page.until(&long(200)).await;
    // Scrolls to the end again as soon as there are more rows, before they are drawn.
    page.is(
        "(window.hand = new MutationObserver(([{ target }]) => { target.scrollTop = 1e9; })) \
         .observe(document.querySelector('o-traces .rows'), { attributeFilter: ['aria-rowcount'] }) ?? true",
    )
    .await;
    page.is("(document.querySelector('o-traces .rows').scrollTop = 1e9) > 0")
        .await;
    page.until(&long(451)).await;
    page.is("window.hand.disconnect() ?? true").await;
    assert!(page.count("o-traces .row").await < 100);
    let asked = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/traces?')).length";
    assert_eq!(page.is(asked).await, json!(3));
    for (order, first) in [
        ("-duration", "GET /slow"),
        ("start", "GET /1"),
        ("duration", "GET /"),
    ] {
        page.is(&format!(
            "(() => {{ const one = document.querySelector('o-traces select'); one.value = '{order}'; \
             return one.dispatchEvent(new Event('change')); }})()"
        ))
        .await;
        let top = format!(
            "location.search.includes('sort={order}') && \
             document.querySelector('o-traces .row[aria-rowindex=\"1\"] .name')?.textContent.startsWith('{first}') && \
             !document.querySelector('o-traces .row[aria-rowindex=\"1\"] .name').textContent.includes({})",
            if order == "duration" {
                "'slow'"
            } else {
                "'nothing'"
            }
        );
        page.until(&top).await;
    }
    page.end().await;
}

#[tokio::test]
async fn a_part_of_the_plot_is_a_part_of_the_list() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let request = |i: u64| {
        span(
            i,
            i * 10,
            0,
            &format!("GET /{i}"),
            (i * 20, i * 20 + i),
            &[],
        )
    };
    page.spans("api", (1..=30).map(request).collect()).await;
    page.open("/").await;
    page.until_count("o-traces .point", 30).await;
    let edges = page
        .is(
            "(() => { const box = document.querySelector('.scatter').getBoundingClientRect(); \
             return [box.left, box.top, box.right, box.bottom].map(Math.round); })()",
        )
        .await;
    let edge = |i: usize| edges[i].as_i64().unwrap();
    // The right half of it, as the time goes.
    let middle = (edge(0) + edge(2)) / 2;
    page.drag((middle, edge(1) + 2), (edge(2) - 2, edge(3) - 26))
        .await;
    page.until("['from', 'to', 'over', 'under'].every((name) => new URLSearchParams(location.search).has(name))")
        .await;
    let shown = page.count("o-traces .row").await;
    assert!((8..=20).contains(&shown), "{shown}");
    assert!(page.text("o-traces .row .name").await.starts_with("GET /"));
    page.client.refresh().await.unwrap();
    let same = format!("document.querySelectorAll('o-traces .row').length === {shown}");
    page.until(&same).await;
    page.click("o-traces .bar .chip").await;
    page.until(
        "document.querySelectorAll('o-traces .row').length === 30 && location.search === ''",
    )
    .await;
    // A point that is pressed opens its trace.
    page.is("document.querySelector('.point').scrollIntoView() ?? true")
        .await;
    let point = page
        .is(
            "(() => { const box = document.querySelector('.point').getBoundingClientRect(); \
             return [box.left + box.width / 2, box.top + box.height / 2].map(Math.round); })()",
        )
        .await;
    let at = (point[0].as_i64().unwrap(), point[1].as_i64().unwrap());
    page.drag(at, at).await;
    page.until("location.pathname.startsWith('/t/')").await;
    page.end().await;
}

#[tokio::test]
async fn a_metric_is_broken_down_by_a_label() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    page.counts("http.requests").await;
    page.open("/m?name=http.requests&service=api").await;
    page.until_count(".by option", 2).await;
    page.is(
        "(() => { const one = document.querySelector('.by select'); one.value = 'http.route'; \
         return one.dispatchEvent(new Event('change')); })()",
    )
    .await;
    page.until("location.search.includes('by=http.route')")
        .await;
    for route in ["/orders", "/users"] {
        page.until_text("figure", route).await;
    }
    page.until("document.querySelector('.by select').value === 'http.route'")
        .await;
    assert_eq!(page.count(".detail tbody tr").await, 2);
    page.end().await;
}
