//! What a real service sends is what the page shows, and the pictures of docs/viewer.md.

use crate::browser::{Browser, Window, beside, nothing};
use serde_json::json;
use std::{env, fs, path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

#[tokio::test]
async fn the_request_of_the_demo_is_one_waterfall_with_its_sql_its_job_and_its_log_lines() {
    let Some(program) = beside("demo") else {
        return nothing("the demo is not built (cargo build -p demo)");
    };
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    let mut demo = Command::new(program)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let url = loop {
        let Some(line) = lines.next_line().await.unwrap() else {
            return nothing("the demo ends before it is complete");
        };
        if let Some(at) = line
            .find("http://127.0.0.1:")
            .filter(|_| line.contains("/t/") || line.contains("/api/traces"))
        {
            let rest = line.get(at..).unwrap_or_default();
            break rest.split('/').take(3).collect::<Vec<_>>().join("/");
        }
    };
    page.client.goto(&format!("{url}/")).await.unwrap();
    page.until("document.querySelectorAll('o-traces .row').length > 2")
        .await;
    picture(&page, "traces").await;
    page.client
        .goto(&format!("{url}/?q=kind:consumer+db.query.text~INSERT"))
        .await
        .unwrap();
    page.until("document.querySelectorAll('o-traces .row').length > 0")
        .await;
    page.click("o-traces .row .name a").await;
    page.until("document.querySelectorAll('o-trace .fall-row').length > 4")
        .await;
    let shown = page.text(".waterfall").await;
    assert!(shown.contains("INSERT"), "{shown}");
    assert!(page.count("o-trace .log-row").await > 0, "{shown}");
    let services = page
        .is("document.querySelectorAll('.trace-head .legend span.dot').length")
        .await;
    assert!(services.as_u64().unwrap() >= 2, "{services}");
    page.press("o-trace .fall-row", "INSERT").await;
    page.until("/INSERT/.test(document.querySelector('.panel .sql')?.textContent)")
        .await;
    picture(&page, "trace").await;
    // The worker's agent asked a model, which needs no key.
    page.press("o-trace .fall-row", "chat demo-1").await;
    for told in [
        "gen_ai.usage.output_tokens",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.conversation.id",
    ] {
        page.until(&format!(
            "document.querySelector('.panel')?.textContent.includes('{told}')"
        ))
        .await;
    }
    page.client
        .goto(&format!("{url}/?q=status:error"))
        .await
        .unwrap();
    page.until("document.querySelectorAll('o-traces .row .bad').length > 0")
        .await;
    assert_eq!(
        page.is("document.querySelectorAll('.wrong')[0].textContent")
            .await,
        json!("")
    );
    page.client.goto(&format!("{url}/map")).await.unwrap();
    page.until("document.querySelectorAll('.node').length > 1")
        .await;
    picture(&page, "map").await;
    // As Ctrl-C does, so that it ends what it started.
    let id = demo.id().unwrap().to_string();
    Command::new("kill")
        .args(["-INT", &id])
        .status()
        .await
        .unwrap();
    demo.wait().await.unwrap();
    page.end().await;
}

/// Writes a picture of the docs anew where `OTELIER_PICTURES` is set, of a window that is no larger
/// than it has to be.
pub(crate) async fn picture(page: &Browser, name: &str) {
    if env::var_os("OTELIER_PICTURES").is_none() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures");
    page.client.set_window_size(1080, 640).await.unwrap();
    // What is drawn for the size of the window is drawn in the next frames.
    page.until("innerWidth === 1080 && (window.looks = (window.looks ?? 0) + 1) % 8 === 0")
        .await;
    let picture = page.client.screenshot().await.unwrap();
    fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    page.client.set_window_size(1280, 860).await.unwrap();
    page.until("innerWidth === 1280").await;
}

#[test]
fn the_pictures_of_the_docs_are_small() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures");
    let sizes = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len());
    assert!(sizes.sum::<u64>() <= 300 << 10);
}
