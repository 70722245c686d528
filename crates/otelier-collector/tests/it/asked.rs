//! The subcommand `query`, as scripts call it.

use crate::{
    process::{Process, binary},
    sample,
    wire::{PROTOBUF, post},
};
use prost::Message as _;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// The exit status, what was written, and what was said.
pub(crate) async fn query(arguments: &[&str]) -> (i32, String, String) {
    let output = binary().arg("query").args(arguments).output().await;
    let output = output.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_script_learns_by_the_exit_status_what_was_found() {
    let process = Process::start(&[]).await;
    let endpoint = format!("--endpoint=http://{}", process.http);
    let headers = [("content-type", PROTOBUF)];
    let body = sample::one_span().encode_to_vec();
    post(process.http, "/v1/traces", &headers, body).await;
    let (code, table, _) = query(&["service:api", &endpoint]).await;
    assert_eq!(code, 0, "{table}");
    assert!(table.starts_with("0101010101010101  unset"), "{table}");
    let (code, tree, _) = query(&["k=v", &endpoint, "--format=tree"]).await;
    assert_eq!((code, tree.starts_with("GET /  ok")), (0, true), "{tree}");
    let (code, json, _) = query(&["k=v", &endpoint, "--format=json"]).await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["traces"][0]["name"]), (0, &"GET /".into()));
    let (code, nothing, _) = query(&["service:pay", &endpoint]).await;
    assert_eq!((code, nothing.as_str()), (1, ""));
    let (code, _, said) = query(&["-(service:api", &endpoint]).await;
    assert_eq!(code, 2);
    assert!(
        said.contains("column 14: `)` is missing\n  -(service:api\n               ^"),
        "{said}"
    );
    let (code, _, said) = query(&["x", "--endpoint=http://127.0.0.1:1"]).await;
    assert_eq!(code, 3);
    assert!(said.contains("cannot ask http://127.0.0.1:1"), "{said}");
    let (code, _, said) = query(&["x", "--wait=soon"]).await;
    assert_eq!(code, 2);
    assert!(said.contains("such as 10s"), "{said}");
}

#[tokio::test]
async fn a_script_waits_for_a_trace_that_is_still_to_come() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answer = async move || match count.fetch_add(1, Relaxed) {
        0 => r#"{"traces":[]}"#,
        _ => r#"{"traces":[{"traceId":"0102","name":"late"}]}"#,
    };
    let router = axum::Router::new().route("/api/traces", axum::routing::get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("--endpoint=http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let (code, table, _) = query(&["service:api", &endpoint, "--wait=60s"]).await;
    assert_eq!((code, asked.load(Relaxed)), (0, 2));
    assert!(table.contains("late"), "{table}");
    server.abort();
}

#[tokio::test]
async fn files_can_be_asked_without_a_collector() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    std::fs::write(&file, sample::TRACES_JSON.replace('\n', " ")).unwrap();
    let file = file.to_str().unwrap();
    let (code, tree, _) = query(&["n=42", "--format=tree", "--open", file]).await;
    assert_eq!((code, tree.starts_with("GET /")), (0, true), "{tree}");
    assert_eq!(query(&["n=43", "--open", file]).await.0, 1);
    assert_eq!(query(&["n=43", "--open", "/nowhere"]).await.0, 3);
}

#[tokio::test]
async fn what_cannot_be_read_of_files_is_told_and_is_not_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let line = sample::TRACES_JSON.replace('\n', " ");
    let half = format!("{line}\n{}\n", &line[..line.len() / 2]);
    let pretty = write("pretty.json", sample::TRACES_JSON.as_bytes());
    let proto = write("run.pb", &sample::one_span().encode_to_vec());
    let empty = write("empty.jsonl", b"");
    let half = write("half.jsonl", half.as_bytes());
    let mark = write("mark.jsonl", format!("\u{feff}{line}\r\n").as_bytes());
    for (file, code, said) in [
        (&pretty, 3, "line 1, skipped: "),
        (&pretty, 3, "nothing in these files can be read"),
        (&proto, 3, "nothing in these files can be read"),
        (&half, 1, "half.jsonl, line 2, skipped: "),
        (&empty, 1, ""),
        (&mark, 1, ""),
    ] {
        let (found, _, told) = query(&["status:error n=43", "--open", file]).await;
        assert_eq!(found, code, "{file}: {told}");
        assert!(
            told.contains(said) && told.is_empty() == said.is_empty(),
            "{told}"
        );
    }
    for file in [&half, &mark] {
        assert_eq!(query(&["n=42", "--open", file]).await.0, 0, "{file}");
    }
    let output = binary()
        .args(["diff", &mark, &pretty])
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
}

#[tokio::test]
async fn two_runs_are_compared_by_the_names_of_their_spans() {
    let folder = tempfile::tempdir().unwrap();
    let line = sample::TRACES_JSON.replace('\n', " ");
    let slow = line.replace(":1544712661000000000", ":1544712661500000000");
    let more = slow
        .replace("\"GET /\"", "\"PUT /\"")
        .replace("C1B174", "C1B175");
    let before = folder.path().join("before.jsonl");
    let after = folder.path().join("after.jsonl");
    std::fs::write(&before, &line).unwrap();
    std::fs::write(&after, format!("{slow}\n{more}\n")).unwrap();
    let diff = async |arguments: &[&str]| {
        let output = binary().arg("diff").args(arguments).output().await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text)
    };
    let [before, after] = [&before, &after].map(|path| path.to_str().unwrap());
    let (code, text) = diff(&[before, after]).await;
    assert_eq!(code, 0);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("  calls      1 → 1"), "{text}");
    assert!(
        lines[0].contains("p50   1000.00 → 1500.00   ms    +50%"),
        "{text}"
    );
    assert!(lines[0].ends_with("  GET /"), "{text}");
    assert!(lines[1].starts_with("+ calls      0 → 1"), "{text}");
    assert_eq!(diff(&[before, after, "--max-slower=20%"]).await.0, 1);
    assert_eq!(diff(&[before, after, "--max-slower=60%"]).await.0, 0);
    assert_eq!(diff(&[before, "/nowhere"]).await.0, 3);

    let process = Process::start(&["--open", before]).await;
    let endpoint = format!("--endpoint=http://{}", process.http);
    let id = "5b8efff798038103d269b633813fc60c";
    let (code, text) = diff(&[id, before, &endpoint]).await;
    assert_eq!(code, 0);
    assert!(text.contains("+0%"), "{text}");
}
