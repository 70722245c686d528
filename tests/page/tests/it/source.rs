//! What the page's files may not hold, and that its language is the collector's.

use crate::browser::{Browser, Window};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../crates/otelier-collector/page")
}

#[test]
fn no_file_makes_markup_or_code_of_text() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "json") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display();
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "srcdoc",
            "DOMParser",
            "createContextualFragment",
        ] {
            assert!(!text.contains(word), "{name} has {word}");
        }
        if path.extension().is_some_and(|kind| kind == "html") {
            for word in [
                " style=",
                " onclick",
                " onload",
                " onerror",
                "javascript:",
                "<style",
            ] {
                assert!(!text.contains(word), "{name} has {word}");
            }
        }
        assert!(text.lines().count() < 400, "{name} is long");
    }
}

#[tokio::test]
async fn the_page_reads_queries_and_matches_spans_and_log_lines_as_the_collector_does() {
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let table: Value =
        serde_json::from_str(&fs::read_to_string(folder().join("query-cases.json")).unwrap())
            .unwrap();
    page.open("/").await;
    let script = "const [table, done] = arguments; \
        const mine = table.records.map(({ signal }) => signal !== 'metric'); \
        Promise.all([import('/page/query.js'), import('/page/match.js')]).then(([{ parse }, { matches }]) => { \
        const wrong = []; for (const one of table.cases) { let is; \
        try { const tree = parse(one.query); is = { query: one.query, matches: table.records.flatMap((r, i) => mine[i] && matches(tree, r, r.resource) ? [i] : []) }; } \
        catch (error) { is = { query: one.query, column: error.column }; } \
        const same = one.column === undefined ? String(is.matches) === String(one.matches.filter((i) => mine[i])) : is.column === one.column; \
        if (!same) wrong.push([one, is]); } done(wrong); }, (error) => done([String(error)]));";
    let cases = table["cases"].as_array().unwrap().len();
    assert!(cases >= 1000, "{cases}");
    let wrong = page
        .client
        .execute_async(script, vec![table])
        .await
        .unwrap();
    assert_eq!(wrong, json!([]));
    page.end().await;
}
