//! The page: its files, as they are in the binary.

use axum::{
    Router,
    body::Body,
    extract::Path,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
    sync::Arc,
};

/// Files of `page/`, by name.
macro_rules! files {
    ($($name:literal)*) => {
        /// Every file of `page/` that is served.
        const FILES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../page/", $name)))),*];
    };
}

files! {
    "index.html"
    "ai.js"
    "api.js"
    "app.css"
    "app.js"
    "ask.js"
    "chart.js"
    "compare.js"
    "dom.js"
    "errors.js"
    "flame.js"
    "format.js"
    "graph.js"
    "growing.js"
    "icon.svg"
    "keys.js"
    "live.js"
    "logs.js"
    "logtable.js"
    "map.js"
    "match.js"
    "metrics.js"
    "minimap.js"
    "model.js"
    "panel.js"
    "query.js"
    "router.js"
    "rows.js"
    "scatter.js"
    "series.js"
    "start.js"
    "theme.js"
    "trace.js"
    "traces.js"
    "view.js"
    "views.css"
    "waterfall.js"
}

/// Nothing but what comes from here runs, and nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page under all its addresses. Files come from `folder` where there is one, for who works
/// on the page.
pub(crate) fn router(folder: Option<PathBuf>) -> Router {
    let folder = folder.map(Arc::<std::path::Path>::from);
    let mut router = Router::new();
    for view in ["/t", "/t/{id}", "/logs", "/m", "/map", "/errors", "/ai"] {
        let folder = folder.clone();
        let index = async move |headers: HeaderMap| {
            let file = read(folder.as_deref(), "index.html").await;
            file.map_or_else(missing, |file| answer("index.html", file, &headers))
        };
        router = router.route(view, get(index));
    }
    let file = async move |Path(name): Path<String>, headers: HeaderMap| {
        let file = read(folder.as_deref(), &name).await;
        file.map_or_else(missing, |file| answer(&name, file, &headers))
    };
    router.route("/page/{file}", get(file))
}

/// The page, for who would rather have that than JSON.
pub(crate) fn index(headers: &HeaderMap) -> Option<Response> {
    let page = embedded("index.html").filter(|_| prefers_html(headers))?;
    let mut response = answer("index.html", Cow::Borrowed(page), headers);
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, vary);
    Some(response)
}

fn embedded(name: &str) -> Option<&'static [u8]> {
    let found = FILES.iter().find(|(file, _)| *file == name);
    found.map(|(_, content)| *content)
}

async fn read(folder: Option<&std::path::Path>, name: &str) -> Option<Cow<'static, [u8]>> {
    let Some(folder) = folder else {
        return embedded(name).map(Cow::Borrowed);
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    media_type(name).filter(|_| name.bytes().all(plain) && !name.starts_with('.'))?;
    let path = folder.join(name);
    let read = tokio::task::spawn_blocking(move || std::fs::read(path));
    Some(Cow::Owned(read.await.ok()?.ok()?))
}

fn media_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

fn answer(name: &str, file: Cow<'static, [u8]>, asked: &HeaderMap) -> Response {
    let mut hasher = DefaultHasher::new();
    file.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = asked.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let known = known.flat_map(|value| value.split(',')).any(|value| {
        let value = value.trim();
        value == "*" || value.trim_start_matches("W/") == tag
    });
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(match file {
            Cow::Borrowed(file) => Body::from(file),
            Cow::Owned(file) => Body::from(file),
        }),
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    let media_type = media_type(name).unwrap_or("application/octet-stream");
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "no such file of the page\n").into_response()
}

/// Whether HTML is wanted at least as much as JSON; nobody who does not name it wants it.
fn prefers_html(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (0.0_f32, 0.0_f32);
    let accepted = headers.get_all(header::ACCEPT).iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    for part in accepted.flat_map(|value| value.split(',')) {
        let mut parts = part.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        let weight = weight.unwrap_or(1.0);
        match &*name {
            "text/html" => html = html.max(weight),
            "application/json" | "application/*" | "*/*" => json = json.max(weight),
            _ => {}
        }
    }
    html > 0.0 && html >= json
}

#[cfg(test)]
mod tests {
    use super::{FILES, media_type, prefers_html};
    use http::{HeaderMap, HeaderValue, header};
    use std::{fs, path::Path};

    #[test]
    fn every_file_of_the_page_is_served_and_together_they_are_small() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let there = fs::read_dir(folder).unwrap();
        let mut there: Vec<_> = there
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "query-cases.json")
            .collect();
        there.sort();
        let mut served: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        served.sort();
        assert_eq!(served, there);
        assert!(served.iter().all(|name| media_type(name).is_some()));
        let bytes: usize = FILES.iter().map(|(_, content)| content.len()).sum();
        assert!(bytes <= 150_000, "{bytes}");
    }

    #[test]
    fn a_browser_gets_the_page_and_a_script_gets_json() {
        for (accept, html) in [
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                true,
            ),
            ("text/html", true),
            ("TEXT/HTML;q=0.5", true),
            ("*/*", false),
            ("application/json", false),
            ("application/json, text/html;q=0.5", false),
            ("text/html;q=0", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(prefers_html(&headers), html, "{accept}");
        }
    }
}
