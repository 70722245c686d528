//! The binary as a user runs it.

use crate::{
    process::binary,
    sample,
    wire::{PROTOBUF, post, start},
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
    let address = address.parse().unwrap();
    post(address, "/v1/traces", &headers, body).await;
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = stdout.next_line().await.unwrap().unwrap();
    assert_eq!(
        line,
        "GET /\u{fffd}[2J forged  ok  2.50ms  [api]  trace 0101010101010101  22:13:20.001"
    );
    let id = child.id().unwrap().to_string();
    let killed = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}
