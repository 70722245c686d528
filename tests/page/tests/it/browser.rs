//! A browser of a test's own, and a collector for it to look at.

use fantoccini::{
    Client, ClientBuilder,
    actions::{
        InputSource as _, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
    },
    wd::TimeoutConfiguration,
};
use hyper_util::client::legacy::connect::HttpConnector;
use otelier_collector::{Collector, Running};
use serde_json::{Value, json};
use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::{Mutex, MutexGuard},
};

/// Browsers are large: one at a time.
static ONE: Mutex<()> = Mutex::const_new(());

/// How a window is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Window {
    Wide,
    Phone,
}

pub(crate) struct Browser {
    pub(crate) client: Client,
    pub(crate) collector: Running,
    port: String,
    _driver: Child,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

fn program(names: &[&str]) -> Option<String> {
    let places = env::var("PATH").unwrap_or_default();
    let found = names
        .iter()
        .find(|name| env::split_paths(&places).any(|place| Path::new(&place).join(name).is_file()));
    found.map(|name| (*name).to_owned())
}

/// Says that a test does nothing, unless a variable demands that it does.
pub(crate) fn missing(what: &str, variable: &str) {
    assert!(
        env::var_os(variable).is_none(),
        "{what}, and {variable} is set"
    );
    println!("skipped: {what}");
}

pub(crate) fn nothing(what: &str) {
    missing(what, "OTELIER_REQUIRE_BROWSER");
}

/// A program of the workspace, where it was built beside this test.
pub(crate) fn beside(name: &str) -> Option<PathBuf> {
    let folder = env::current_exe().ok()?.parent()?.parent()?.to_owned();
    Some(folder.join(name)).filter(|file| file.is_file())
}

impl Browser {
    pub(crate) async fn start(window: Window) -> Option<Self> {
        let found = program(&["chromium", "chromium-browser", "google-chrome"]);
        let (Some(browser), Some(driver)) = (found, program(&["chromedriver"])) else {
            nothing("there is no chromium with chromedriver");
            return None;
        };
        let turn = ONE.lock().await;
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("the driver starts");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let profile_flag = format!("--user-data-dir={}", profile.path().display());
        let mut options = json!({"binary": which(&browser), "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--window-size=1280,860", profile_flag]});
        if window == Window::Phone {
            options["mobileEmulation"] = json!({"deviceMetrics": {"width": 360, "height": 740, "pixelRatio": 1.0, "mobile": false}});
        }
        let wanted = json!({"goog:chromeOptions": options});
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        let patience = TimeoutConfiguration::new(Some(Duration::from_secs(30)), None, None);
        client.update_timeouts(patience).await.unwrap();
        let collector = Collector::builder().start().await.unwrap();
        Some(Self {
            client,
            collector,
            port,
            _driver: driver,
            _profile: profile,
            _turn: turn,
        })
    }

    pub(crate) async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.collector.http_endpoint());
        self.client.goto(&url).await.unwrap();
    }

    /// What an expression is in the page.
    pub(crate) async fn is(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.client.execute(&script, Vec::new()).await.unwrap()
    }

    pub(crate) async fn count(&self, selector: &str) -> u64 {
        let expression = format!("document.querySelectorAll({}).length", json!(selector));
        self.is(&expression).await.as_u64().unwrap()
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        let expression = format!(
            "document.querySelector({})?.textContent ?? ''",
            json!(selector)
        );
        self.is(&expression).await.as_str().unwrap().to_owned()
    }

    /// Waits until an expression holds, looking once a frame.
    pub(crate) async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0]; const look = () => {{ let now; \
             try {{ now = ({expression}); }} catch {{ now = false; }} \
             if (now) done(true); else setTimeout(look, 20); }}; look();"
        );
        if let Err(error) = self.client.execute_async(&script, Vec::new()).await {
            let shown = self
                .is("location.href + ' ' + document.body.innerText.slice(0, 2000)")
                .await;
            panic!("`{expression}` does not come to hold: {error}\n{shown}");
        }
    }

    pub(crate) async fn until_text(&self, selector: &str, text: &str) {
        let has = format!(
            "[...document.querySelectorAll({})].some((one) => one.textContent.includes({}))",
            json!(selector),
            json!(text)
        );
        self.until(&has).await;
    }

    pub(crate) async fn until_count(&self, selector: &str, count: u64) {
        let has = format!(
            "document.querySelectorAll({}).length === {count}",
            json!(selector)
        );
        self.until(&has).await;
    }

    /// Presses the mouse on the first that has this text.
    pub(crate) async fn press(&self, selector: &str, text: &str) {
        self.is(&format!(
            "[...document.querySelectorAll({})].find((one) => one.textContent.includes({})) \
             .dispatchEvent(new MouseEvent('mousedown', {{ bubbles: true }}))",
            json!(selector),
            json!(text)
        ))
        .await;
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        let mut actions = KeyActions::new("keys".to_owned());
        for value in keys.chars() {
            actions = actions
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Presses the button of the mouse at one place, and lets it go at another.
    pub(crate) async fn drag(&self, from: (i64, i64), to: (i64, i64)) {
        let place = |(x, y)| PointerAction::MoveTo {
            duration: None,
            x: x as f64,
            y: y as f64,
        };
        let actions = MouseActions::new("mouse".to_owned())
            .then(place(from))
            .then(PointerAction::Down {
                button: MOUSE_BUTTON_LEFT,
            })
            .then(place(to))
            .then(PointerAction::Up {
                button: MOUSE_BUTTON_LEFT,
            });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Asks the browser's own tools for what WebDriver has no word for.
    pub(crate) async fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let session = self.client.session_id().await.unwrap().unwrap();
        let (port, question) = (&self.port, json!({"cmd": command, "params": parameters}));
        let url = format!("http://127.0.0.1:{port}/session/{session}/goog/cdp/execute");
        let answer = reqwest::Client::new().post(url).json(&question).send();
        let mut answer: Value = answer.await.unwrap().json().await.unwrap();
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{command}: {value}");
        value
    }

    /// Begins to count what the page's own scripts do. Of scripts that are there already only
    /// whole functions are counted: to be called before a page is opened.
    pub(crate) async fn watch_work(&self) {
        self.devtools("Profiler.enable", &json!({})).await;
        let counts = json!({"callCount": true, "detailed": true});
        self.devtools("Profiler.startPreciseCoverage", &counts)
            .await;
    }

    /// How many functions, branches and turns of loops have run since it was last asked: a
    /// count, which is the same however busy the machine is.
    pub(crate) async fn work(&self) -> u64 {
        let taken = self
            .devtools("Profiler.takePreciseCoverage", &json!({}))
            .await;
        let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
        let own = self.collector.http_endpoint();
        let scripts = list(&taken, "result").into_iter();
        scripts
            .filter(|script| script["url"].as_str().unwrap().starts_with(&own))
            .flat_map(|script| list(&script, "functions"))
            .flat_map(|function| list(&function, "ranges"))
            .map(|range| range["count"].as_u64().unwrap())
            .sum()
    }

    pub(crate) async fn click(&self, selector: &str) {
        let expression = format!(
            "document.querySelector({}).click() ?? true",
            json!(selector)
        );
        self.is(&expression).await;
    }

    pub(crate) async fn end(self) {
        self.client.close().await.unwrap();
        self.collector.shutdown().await;
    }
}

fn which(name: &str) -> String {
    let places = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&places)
        .map(|place| place.join(name))
        .find(|file| file.is_file());
    found.unwrap().display().to_string()
}
