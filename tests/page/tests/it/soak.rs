//! The page looked at for long: `just soak-page`.

use crate::{
    browser::{Browser, Window},
    sample::span,
};
use serde_json::{Value, json};
use std::{env, time::Duration};
use tokio::time::{Instant, interval};

/// Spans a second; and as many log lines in ten.
const RATE: u64 = 200;

/// What is held after everything that is not held was taken away.
async fn held(page: &Browser) -> (f64, f64) {
    let nothing = json!({});
    page.devtools("HeapProfiler.collectGarbage", &nothing).await;
    let heap = page.devtools("Runtime.getHeapUsage", &nothing).await;
    let counts = page.devtools("Memory.getDOMCounters", &nothing).await;
    let number = |value: &Value| value.as_f64().unwrap();
    (number(&heap["usedSize"]), number(&counts["nodes"]))
}

#[tokio::test]
#[ignore = "half an hour; prints what is held, and takes minutes from OTELIER_SOAK_MINUTES"]
async fn a_page_that_is_looked_at_for_half_an_hour_holds_no_more_and_no_more() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let minutes: u64 = env::var("OTELIER_SOAK_MINUTES").map_or(30, |text| text.parse().unwrap());
    page.open("/").await;
    let mut ticks = interval(Duration::from_secs(1));
    let begun = Instant::now();
    let mut next = 0;
    let mut first: Option<(f64, f64)> = None;
    let mut most = (0.0_f64, 0.0_f64);
    for second in 1..=minutes * 60 {
        ticks.tick().await;
        let request = |i: u64| {
            let id = next + i + 1;
            let (trace, parent) = (
                id / 4 + 1,
                if id.is_multiple_of(4) { 0 } else { id / 4 * 4 },
            );
            span(
                trace,
                id,
                parent,
                &format!("GET /{}", id % 40),
                (0, 1 + id % 90),
                &[],
            )
        };
        page.spans("api", (0..RATE).map(request).collect()).await;
        for line in 0..RATE / 10 {
            page.log("api", next / 4 + line, 1, 9, &format!("line {line}"))
                .await;
        }
        next += RATE;
        // Somebody goes from view to view meanwhile.
        let view = ["/", "/logs", "/", "/errors", "/map", "/m"][(second / 10) as usize % 6];
        if second.is_multiple_of(10) {
            page.is(&format!(
                "document.querySelector('#nav a[href=\"{view}\"]').click() ?? true"
            ))
            .await;
        }
        if second.is_multiple_of(60) {
            page.click("#nav a[href='/']").await;
            page.until("document.querySelectorAll('o-traces .row').length > 2")
                .await;
            let (heap, nodes) = held(&page).await;
            // A list is full after some minutes, and what is compiled is there.
            let warm = second >= minutes * 60 / 5;
            if warm && first.is_none() {
                first = Some((heap, nodes));
            }
            let (heap_then, nodes_then) = first.unwrap_or((heap, nodes));
            most = (most.0.max(heap / heap_then), most.1.max(nodes / nodes_then));
            println!(
                "{:>3} min  {:>6.2} MiB of heap ×{:.2}  {nodes:>6} nodes ×{:.2}  {} spans in {:.0} s",
                second / 60,
                heap / 1048576.0,
                heap / heap_then,
                nodes / nodes_then,
                next,
                begun.elapsed().as_secs_f64(),
            );
        }
    }
    assert!(
        most.0 < 1.25 && most.1 < 1.25,
        "heap ×{:.2}, nodes ×{:.2}",
        most.0,
        most.1
    );
    page.end().await;
}
