//! The binary as a user runs it.

use crate::{
    process::{Process, binary},
    sample,
    wire::{JSON, PROTOBUF, TRACE_SERVICE, call, frame, get, post, start},
};
use prost::Message as _;
use std::process::Stdio;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

#[tokio::test]
async fn a_port_in_use_is_one_line_with_the_flag() {
    let other = start().await;
    for (flag, port) in [
        ("--grpc-port", other.grpc_addr().port()),
        ("--http-port", other.http_addr().port()),
    ] {
        let rest = ["--grpc-port", "--http-port"].map(|f| (f, "0"));
        let mut command = binary();
        for (name, value) in rest {
            let value = if name == flag {
                port.to_string()
            } else {
                value.into()
            };
            command.args([name, &value]);
        }
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains(&port.to_string()) && stderr.contains(flag),
            "{stderr}"
        );
        assert!(output.stdout.is_empty());
    }
    other.shutdown().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_trace_is_drawn_on_stdout_without_colours_for_a_pipe() {
    let mut child = binary()
        .args(["--grpc-port=0", "--http-port=0", "--tree", "--quiet-ms=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let greeting = stderr.next_line().await.unwrap().unwrap();
    let address = greeting
        .split("over HTTP on http://")
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .unwrap_or_else(|| panic!("{greeting}"));
    let mut span = sample::span(1, 1, 0, "GET /\u{1b}[2J\nforged");
    span.attributes.clear();
    let body = sample::traces("api", vec![span]).encode_to_vec();
    let headers = [("content-type", PROTOBUF)];
    let address: std::net::SocketAddr = address.parse().unwrap();
    assert!(
        greeting.ends_with(&format!("; look at http://{address}/")),
        "{greeting}"
    );
    post(address, "/v1/traces", &headers, body).await;
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = stdout.next_line().await.unwrap().unwrap();
    let id = "01".repeat(16);
    assert_eq!(
        line,
        format!(
            "GET /\u{fffd}[2J forged  ok  2.50ms  [api]  trace 0101010101010101  22:13:20.001  \
             http://{address}/t/{id}"
        )
    );
    let id = child.id().unwrap().to_string();
    let killed = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn flags_help_who_gets_them_wrong() {
    let help = binary().arg("--help").output().await.unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for words in [
        "Examples:",
        "--open run.jsonl",
        "OTEL_EXPORTER_OTLP_ENDPOINT=",
    ] {
        assert!(help.contains(words), "{help}");
    }
    let wrong = binary().arg("--attribute").output().await.unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let wrong = String::from_utf8(wrong.stderr).unwrap();
    assert!(wrong.contains("'--attributes'"), "{wrong}");
    for (flag, value, words) in [
        (
            "--host",
            "no-such-host.invalid",
            "cannot find the host \"no-such-host.invalid\"",
        ),
        ("--allow-host", "a b", "(--allow-host, --allow-origin)"),
        ("--allow-host", "*", "give the bare name of a host"),
        ("--allow-origin", "localhost", "give the origin of a page"),
        (
            "--forward",
            "http://ann:s3cret@",
            "(--forward http://host:port)",
        ),
        ("--open", "/no/such/file", "cannot open /no/such/file"),
    ] {
        let wrong = binary().args([flag, value]).output().await.unwrap();
        assert_eq!(wrong.status.code(), Some(1), "{flag}");
        let wrong = String::from_utf8(wrong.stderr).unwrap();
        assert!(
            wrong.contains(words) && !wrong.contains("s3cret"),
            "{wrong}"
        );
        assert_eq!(wrong.lines().count(), 1, "{wrong}");
    }
}

#[tokio::test]
async fn sizes_that_mean_nothing_are_refused() {
    for (flag, value) in [
        ("--store-mib", "0"),
        ("--store-mib", "99999999999999"),
        ("--max-request-mib", "0"),
        ("--max-request-mib", "2049"),
        ("--save-max-mib", "0"),
    ] {
        let wrong = binary().args([flag, value]).output().await.unwrap();
        assert_eq!(wrong.status.code(), Some(2), "{flag}");
        let wrong = String::from_utf8(wrong.stderr).unwrap();
        assert!(
            wrong.contains(flag) && wrong.contains("is not in 1..="),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn telemetry_at_a_path_that_takes_none_is_told() {
    let mut process = Process::start(&[]).await;
    let http = process.http;
    for path in ["/v1/traces/", "/v1/traces/v1/traces", "/"] {
        let answer = post(http, path, &[("content-type", JSON)], "{}").await;
        assert_eq!(answer.status, 404, "{path}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("/v1/metrics"), "{message}");
    }
    process
        .line("refused POST /v1/traces/: nothing takes telemetry here")
        .await;
    process.kill("-TERM").await;
    process.line("refused besides: 2 path").await;
}

#[tokio::test]
async fn the_other_port_is_told_of_to_who_speaks_to_the_wrong_one() {
    let collector = start().await;
    let wrong = call(collector.http_addr(), TRACE_SERVICE, &[], frame(false, b"")).await;
    assert_eq!(wrong.status, 404);
    let words = String::from_utf8_lossy(&wrong.body);
    assert!(words.contains("gRPC has a port of its own"), "{words}");
    let counts = get(collector.http_addr(), "/metrics").await;
    let counts = String::from_utf8(counts.body.to_vec()).unwrap();
    assert!(counts.contains("reason=\"path\"} 1"), "{counts}");
    let headers = [("content-type", JSON)];
    let wrong = post(collector.grpc_addr(), "/v1/traces", &headers, "{}").await;
    assert_eq!(wrong.status, 400);
    let profiles = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
    call(collector.grpc_addr(), profiles, &[], frame(false, b"")).await;
    let counts = get(collector.http_addr(), "/metrics").await;
    let counts = String::from_utf8(counts.body.to_vec()).unwrap();
    assert!(counts.contains("reason=\"path\"} 3"), "{counts}");
    collector.shutdown().await;
}

#[tokio::test]
async fn an_address_without_a_scheme_is_asked_and_a_mark_before_json_is_read_over() {
    let process = Process::start(&[]).await;
    let http = process.http;
    let marked = format!("\u{feff}{}", sample::TRACES_JSON);
    let answer = post(http, "/v1/traces", &[("content-type", JSON)], marked).await;
    assert_eq!(answer.status, 200);
    let endpoint = http.to_string();
    let mut asked = binary();
    asked.args(["query", "--endpoint", &endpoint, "duration>=0s"]);
    let asked = asked.output().await.unwrap();
    assert_eq!(asked.status.code(), Some(0), "{asked:?}");
}

#[tokio::test]
async fn a_name_can_be_listened_on() {
    let process = Process::start(&["--host=localhost"]).await;
    assert_eq!(process.http.ip().to_string(), "127.0.0.1");
    assert_eq!(get(process.http, "/healthz").await.status, 200);
}

#[tokio::test]
async fn several_files_are_opened_and_a_trace_is_marked_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one.json", "two.json"].map(|name| folder.path().join(name));
    let line = sample::TRACES_JSON.replace('\n', " ");
    std::fs::write(&one, &line).unwrap();
    std::fs::write(&two, format!("{line}\nx\n")).unwrap();
    let mut command = binary();
    command.args([
        "--grpc-port=0",
        "--http-port=0",
        "--tree",
        "--quiet-ms=1",
        "--open",
    ]);
    command.args([&one, &two]).stdout(Stdio::piped());
    let mut process = Process::of(command).await;
    assert!(
        process
            .line("read 2 requests from 2 files, skipped 1 lines")
            .await
            .len()
            > 10
    );
    process.line("two.json, line 2, skipped: not JSON").await;
    let mut stdout = BufReader::new(process.child.stdout.take().unwrap()).lines();
    let mut line = async || stdout.next_line().await.unwrap().unwrap();
    assert!(
        line()
            .await
            .starts_with("GET /  ok  1.00s  [api]  trace 5b8efff798038103")
    );
    assert!(line().await.starts_with("GET /  ok  1.00s  [api]"));
    assert_eq!(line().await, "");
    let headers = [("content-type", JSON)];
    post(process.http, "/v1/traces", &headers, sample::TRACES_JSON).await;
    let again = line().await;
    assert!(
        again.contains("(drawn before, 1 more span)  http://"),
        "{again}"
    );
}

/// A folder with a program of this name, which says its argument into a pipe.
#[cfg(target_os = "linux")]
fn saying(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("said");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let program = folder.path().join(name);
    let text = format!("#!/bin/sh\nprintf %s \"$1\" >'{}'\n", pipe.display());
    std::fs::write(&program, text).unwrap();
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&program, all).unwrap();
    (folder, pipe)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_page_is_opened_in_the_browser_of_the_system_if_there_is_one() {
    let (folder, pipe) = saying("xdg-open");
    let start = |path: &std::path::Path| {
        let mut command = binary();
        command.args(["--grpc-port=0", "--http-port=0", "--open-browser"]);
        command.env("PATH", path).stdout(Stdio::null());
        Process::of(command)
    };
    let process = start(folder.path()).await;
    // Whoever reads a pipe waits for who writes.
    let said = tokio::fs::read_to_string(pipe);
    let said = tokio::time::timeout(std::time::Duration::from_secs(60), said);
    let said = said.await.unwrap().unwrap();
    assert_eq!(said, format!("http://{}", process.http));
    let empty = tempfile::tempdir().unwrap();
    let mut process = start(empty.path()).await;
    let line = process.line("cannot open a browser").await;
    assert!(line.contains("No such file"), "{line}");
}
