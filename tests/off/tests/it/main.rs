//! What a build without the feature `otel` holds and does.

use std::{
    env,
    process::{Command, Output},
};

use axum::{Router, body::Body, http::Request, routing::get};
use tower::{Layer as _, ServiceExt as _};
use tracing_subscriber::layer::SubscriberExt as _;

const _: () = assert!(size_of::<otelier::axum::TraceLayer>() == 0);
// All that it holds is where the console tells of a panic that ends the process.
const _: () = {
    // Where the console tells of panics, and what it left out; a filter that is none.
    type Told = (std::sync::Arc<[()]>, Option<std::sync::Arc<()>>, Option<()>);
    assert!(size_of::<otelier::Telemetry>() == size_of::<Told>());
};
const _: () = assert!(size_of::<otelier::runtime::Watch>() == 0);

/// Only the function itself can be `const`, and give its caller's place.
#[otelier::trace(record(of), name = "three")]
#[track_caller]
const fn triple(of: u8) -> (u8, u32) {
    (of * 3, std::panic::Location::caller().line())
}

const _: () = assert!(triple(2).0 == 6 && triple(2).1 == line!());

#[test]
fn the_attribute_of_functions_needs_no_other_crate() {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--offline",
            "-e",
            "normal,build",
            "--prefix",
            "none",
        ])
        .args(["--package", "otelier-macros"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.starts_with("otelier-macros "), "{tree}\n{said}");
    assert_eq!(tree.lines().count(), 1, "{tree}");
}

#[test]
fn the_dependency_tree_holds_no_opentelemetry() {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // Of this machine's target: nobody has downloaded what others need.
    let output = Command::new(cargo)
        .args(["tree", "--offline", "-e", "normal,build"])
        .args(["--prefix", "none", "--package", "off"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree failed: {said}");
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("otelier "), "{tree}\n{said}");
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    assert_eq!(Vec::from_iter(unwanted(names)), [""; 0]);
}

#[test]
fn no_target_has_opentelemetry_in_its_tree() {
    // What cargo resolved, for all targets together.
    let lock = include_str!("../../Cargo.lock");
    let names = lock.lines().filter_map(|line| {
        let name = line.strip_prefix("name = \"")?;
        name.strip_suffix('"')
    });
    assert!(names.clone().any(|name| name == "otelier"), "{lock}");
    assert!(names.clone().any(|name| name == "windows-sys"), "{lock}");
    assert_eq!(Vec::from_iter(unwanted(names)), [""; 0]);
}

/// Those of crates that only the feature `otel` needs.
fn unwanted<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    names.filter(|name| {
        let beginnings = ["opentelemetry", "tonic", "prost", "tracing-opentelemetry"];
        beginnings
            .iter()
            .any(|beginning| name.starts_with(beginning))
    })
}

#[tokio::test]
async fn the_layer_hands_its_service_through_unchanged() {
    async fn hello() -> &'static str {
        "hello"
    }
    fn same<T>(_: &T, _: &T) {}
    let bare: Router = Router::new().route("/", get(hello));
    let layered = otelier::axum::layer().layer(bare.clone());
    // Compiles only where the layer's service is the service itself.
    same(&bare, &layered);
    let response = layered.oneshot(Request::new(Body::empty())).await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_route_for_scrapes_finds_nothing() {
    let router: Router = Router::new().route("/metrics", otelier::prometheus::route());
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(request).await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_runtime_is_left_alone() {
    let runtime = tokio::runtime::Handle::current();
    let telemetry = otelier::setup!()
        .with_stall_threshold(std::time::Duration::from_secs(2))
        .init();
    let watch = otelier::runtime::watch("tests", &runtime);
    assert!(!watch.is_watching());
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    drop((otelier::setup!().without_runtime().init(), telemetry));
}

#[test]
fn a_layer_for_an_own_subscriber_exists_and_changes_nothing() {
    let telemetry = otelier::setup!().without_subscriber().init();
    let _ = tracing_subscriber::registry().with(telemetry.layer());
    assert!(matches!(
        telemetry.status().traces.state,
        otelier::State::Off(otelier::Off::CompiledOut)
    ));
}

#[test]
fn with_an_endpoint_set_one_warning_names_variable_and_feature() {
    let output = service(Some("http://127.0.0.1:4317"));
    assert!(output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{stderr}");
    assert!(stderr.contains("`otel`"), "{stderr}");
}

#[test]
fn without_an_endpoint_nothing_is_said() {
    for endpoint in [None, Some(""), Some("  ")] {
        let output = service(endpoint);
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    }
}

#[test]
fn secrets_in_logs_are_masked_all_the_same() {
    for format in ["text", "json"] {
        let mut command = command();
        let output = command.arg("log").env("OTELIER_CONSOLE", format).output();
        let stdout = String::from_utf8(output.unwrap().stdout).unwrap();
        assert!(!stdout.contains("s3cr3t"), "{stdout}");
        assert!(
            stdout.contains("postgres://REDACTED:REDACTED@db/shop"),
            "{stdout}"
        );
        assert!(stdout.contains("[REDACTED]"), "{stdout}");
    }
}

fn service(endpoint: Option<&str>) -> Output {
    let mut command = command();
    command.envs(endpoint.map(|value| ("OTEL_EXPORTER_OTLP_ENDPOINT", value)));
    command.output().unwrap()
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_off"));
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command
}

#[test]
fn the_doctor_tells_that_telemetry_is_compiled_out() {
    let mut command = command();
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
    let output = command.env("OTELIER_DOCTOR", "1").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let line = |words: [&str; 2]| {
        let has = |line: &&str| words.iter().all(|word| line.contains(word));
        stderr.lines().filter(has).count()
    };
    assert_eq!(line(["traces", "`otel`"]), 1, "{stderr}");
    // One warns, and one of the page tells it.
    assert_eq!(
        line(["OTEL_EXPORTER_OTLP_ENDPOINT", "`otel`"]),
        2,
        "{stderr}"
    );
    assert_eq!(line(["OTELIER_CONSOLE", ""]), 1, "{stderr}");
}
