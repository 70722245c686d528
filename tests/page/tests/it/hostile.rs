//! Everything a stranger can send is text.

use crate::{
    browser::{Browser, Window},
    sample::{failed, span, trace_id},
};
use serde_json::json;

#[tokio::test]
async fn what_a_stranger_sends_is_text() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let image = "<img src=x onerror=\"document.title='broken'\">";
    let long = "x".repeat(16 * 1024);
    let names = [
        image,
        "\u{202e}txet",
        "a\u{0}b",
        &long,
        "<script>document.title='broken'</script>",
    ];
    let mut spans = vec![span(
        1,
        1,
        0,
        image,
        (0, 50),
        &[(image, image), ("url", "javascript:alert(1)")],
    )];
    for (i, name) in (2..).zip(names) {
        spans.push(span(1, i, 1, name, (1, 9), &[("db.query.text", image)]));
    }
    spans[0] = failed(spans[0].take(), image);
    page.spans(image, spans).await;
    page.log(image, 1, 1, 17, image).await;
    page.points(image).await;
    for path in [
        "/",
        &format!("/t/{}?span=0000000000000001", trace_id(1)),
        &format!("/t/{}?tab=map", trace_id(1)),
        "/logs",
        "/m",
        "/map",
        "/errors",
    ] {
        page.open(path).await;
        page.until_text("main", "onerror").await;
        assert_eq!(page.count("main img, main script").await, 0, "{path}");
        assert_eq!(page.count("a[href^='javascript']").await, 0, "{path}");
        assert_ne!(page.is("document.title").await, json!("broken"), "{path}");
        assert_eq!(page.is("[...document.querySelectorAll('main *')].some((one) => /[\\u202e\\u0000]/.test(one.textContent))").await, json!(false), "{path}");
        assert!(
            page.is("document.documentElement.scrollWidth - innerWidth")
                .await
                .as_i64()
                .unwrap()
                <= 0,
            "{path}"
        );
    }
    page.end().await;
}
