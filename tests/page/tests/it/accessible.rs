//! Both themes, a small window, and what axe-core finds.

use crate::{
    browser::{Browser, Window, nothing},
    models::TALK,
    sample::trace_id,
};
use serde_json::json;
use std::{env, fs, path::PathBuf, process::Command};

pub(crate) fn views() -> Vec<String> {
    let one = trace_id(1);
    let two = trace_id(2);
    let mut views: Vec<String> = [
        "/",
        "/logs",
        "/m?name=duration&service=api",
        "/map",
        "/errors",
        "/ai",
        TALK,
    ]
    .map(str::to_owned)
    .into();
    views.extend(
        [
            "?span=0000000000000066",
            "?q=name~INSERT",
            "?tab=flame",
            "?tab=map",
            "?tab=logs",
            "?tab=json",
        ]
        .map(|tail| format!("/t/{one}{tail}")),
    );
    views.push(format!("/t/{one}?vs={two}"));
    views
}

pub(crate) async fn filled(window: Window) -> Option<Browser> {
    let page = Browser::start(window).await?;
    page.order(1).await;
    page.order(2).await;
    page.points("duration").await;
    page.conversation(3).await;
    Some(page)
}

pub(crate) const SHOWN: &str = "document.querySelector('main > *')?.children.length > 0 && document.querySelector('main .row, main figure, main table, main .errors, main .none, main .flame-box, main .steps') !== null";

/// The script of axe-core, fetched once into target/.
fn axe() -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("axe");
    let script = folder.join("package/axe.min.js");
    if !script.is_file() {
        fs::create_dir_all(&folder).unwrap();
        let packed = Command::new("npm")
            .args(["pack", "axe-core@4.14.1", "--silent"])
            .current_dir(&folder)
            .output()
            .ok()?;
        if !packed.status.success() {
            return None;
        }
        let archive = String::from_utf8(packed.stdout).ok()?;
        let done = Command::new("tar")
            .args(["xzf", archive.trim()])
            .current_dir(&folder)
            .status()
            .ok()?;
        if !done.success() {
            return None;
        }
    }
    fs::read_to_string(script).ok()
}

/// The rules that what is shown breaks.
async fn rules_broken(page: &Browser, axe: &str, shown: &str) -> Vec<String> {
    page.client.execute(axe, Vec::new()).await.unwrap();
    let found = page
        .client
        .execute_async(
            "const done = arguments[0]; axe.run().then((all) => done(all.violations.map((one) => \
             `${one.id}: ${one.nodes.slice(0, 2).map((node) => node.html.slice(0, 200) + ' ' + (node.any[0]?.message ?? '')).join(' | ')}`)));",
            Vec::new(),
        )
        .await
        .unwrap();
    let found = found.as_array().unwrap().iter();
    found
        .map(|one| format!("{shown}: {}", one.as_str().unwrap()))
        .collect()
}

/// Leaves a picture of a view in the folder that `OTELIER_LOOKS` names, for who wants to look.
async fn look(page: &Browser, theme: &str, view: &str) {
    if let Some(folder) = env::var_os("OTELIER_LOOKS") {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = view.chars().map(plain).collect();
        let file = PathBuf::from(folder).join(format!("{theme}{name}.png"));
        fs::write(file, page.client.screenshot().await.unwrap()).unwrap();
    }
}

#[tokio::test]
async fn the_page_that_has_nothing_breaks_no_rule_of_axe() {
    let Some(axe) = axe() else {
        return nothing("npm gives no axe-core");
    };
    let Some(page) = Browser::start(Window::Wide).await else {
        return;
    };
    for theme in ["light", "dark"] {
        page.open("/").await;
        page.is(&format!("localStorage.setItem('theme', '{theme}') ?? true"))
            .await;
        page.open("/").await;
        page.until_count(".command", 2).await;
        assert_eq!(rules_broken(&page, &axe, theme).await, [""; 0]);
    }
    page.end().await;
}

#[tokio::test]
async fn no_view_breaks_a_rule_of_axe_in_either_theme() {
    let Some(axe) = axe() else {
        return nothing("npm gives no axe-core");
    };
    let Some(page) = filled(Window::Wide).await else {
        return;
    };
    let mut broken = Vec::new();
    for theme in ["light", "dark"] {
        page.open("/").await;
        page.is(&format!("localStorage.setItem('theme', '{theme}') ?? true"))
            .await;
        for view in views() {
            page.open(&view).await;
            page.until(SHOWN).await;
            assert_eq!(
                page.is("document.documentElement.dataset.theme").await,
                json!(theme)
            );
            broken.extend(rules_broken(&page, &axe, &format!("{theme} {view}")).await);
            look(&page, theme, &view).await;
        }
        page.keys("?").await;
        page.until("document.querySelector('dialog[open]') !== null")
            .await;
        broken.extend(rules_broken(&page, &axe, &format!("{theme} keys")).await);
        page.keys("\u{e00c}").await;
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    page.end().await;
}

#[tokio::test]
async fn a_small_window_never_scrolls_sideways() {
    let Some(page) = filled(Window::Phone).await else {
        return;
    };
    for view in views() {
        page.open(&view).await;
        page.until(SHOWN).await;
        assert_eq!(page.is("innerWidth").await, json!(360));
        let over = page
            .is("Math.max(document.body.scrollWidth, document.documentElement.scrollWidth) - 360")
            .await;
        let wide = page.is("[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > 360 && !one.closest('.rows')).map((one) => `${one.localName}.${one.className}`).slice(0, 9).join(' ')").await;
        assert!(over.as_i64().unwrap() <= 0, "{view}: {over} {wide}");
    }
    page.end().await;
}

#[tokio::test]
async fn the_theme_button_goes_from_the_system_to_light_to_dark() {
    let Some(page) = filled(Window::Wide).await else {
        return;
    };
    page.open("/").await;
    page.until(SHOWN).await;
    let ground = "getComputedStyle(document.body).backgroundColor";
    let button = "[...document.querySelectorAll('.tools button')].find((one) => one.textContent === 'Theme').click() ?? true";
    page.is(button).await;
    let light = page.is(ground).await;
    page.is(button).await;
    let dark = page.is(ground).await;
    assert_ne!(light, dark);
    page.client.refresh().await.unwrap();
    page.until(SHOWN).await;
    assert_eq!(page.is(ground).await, dark);
    page.end().await;
}
