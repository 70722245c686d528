//! Files of others, and files that were rotated.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, gzip, post, start, zstd},
};
use otelier_collector::{
    Collector, Rotation, Running, Store,
    proto::{
        collector::logs::v1::ExportLogsServiceRequest,
        common::v1::{AnyValue, ArrayValue, KeyValueList, any_value::Value},
    },
};
use prost::Message as _;
use std::path::Path;

async fn open(path: impl AsRef<Path>) -> Running {
    let collector = Collector::builder().with_open(path.as_ref());
    collector.start().await.unwrap()
}

fn one_line(json: &str) -> String {
    json.replace('\n', " ") + "\n"
}

/// The messages of the real Collector's file exporter with compression.
fn framed(messages: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        let packed = zstd(message);
        out.extend_from_slice(&u32::try_from(packed.len()).unwrap().to_be_bytes());
        out.extend_from_slice(&packed);
    }
    out
}

fn counts(store: &Store) -> [u64; 3] {
    let stats = store.stats();
    [stats.spans, stats.points, stats.logs].map(|counts| counts.accepted)
}

#[tokio::test]
async fn a_folder_is_opened_with_all_that_the_real_collector_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (traces, metrics, logs) = (
        one_line(sample::TRACES_JSON),
        one_line(sample::METRICS_JSON),
        one_line(sample::LOGS_JSON),
    );
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    // Three files, as three exporters write them, with empty batches, and one that was rotated.
    write("traces.json", traces.as_bytes());
    write("traces-2026-11-30T01-49-21.000.json", traces.as_bytes());
    write("metrics.json", format!("{{}}\n{metrics}{{}}\n").as_bytes());
    write("logs.json", logs.as_bytes());
    // Packed in every way.
    write(
        "framed.json",
        &framed(&[traces.as_bytes(), b"{}", logs.as_bytes()]),
    );
    write(
        "lines.json.gz",
        &gzip(format!("{traces}{traces}").as_bytes()),
    );
    write(
        "lines.json.zst",
        &zstd(format!("{traces}{logs}").as_bytes()),
    );
    write(".hidden", b"x");
    std::fs::create_dir(folder.path().join("deeper")).unwrap();
    let collector = open(folder.path()).await;
    let opened = collector.opened();
    assert_eq!(opened.bad_lines, []);
    assert_eq!((opened.files, opened.requests, opened.skipped), (7, 10, 0));
    assert_eq!(counts(collector.store()), [6, 1, 3]);
    collector.shutdown().await;
}

#[tokio::test]
async fn what_holds_no_json_is_told_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("traces.bin");
    let message = sample::one_span().encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    for bytes in [
        [&length[..], &message, &length, &message].concat(),
        framed(&[&message, &message]),
        gzip(&[&length[..], &message].concat()),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let collector = open(&file).await;
        let opened = collector.opened();
        assert_eq!((opened.requests, opened.skipped), (0, 1));
        let reason = &opened.bad_lines[0].reason;
        assert!(reason.contains("`format: json`"), "{reason}");
        collector.shutdown().await;
    }
}

#[tokio::test]
async fn a_file_that_is_cut_off_is_read_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    let line = one_line(sample::TRACES_JSON);
    let two = [line.as_bytes(), line.as_bytes()];
    let noise: String = (0..9000_u32)
        .map(|n| char::from(b'a' + (n * n % 23) as u8))
        .collect();
    let long = one_line(&sample::LOGS_JSON.replace("hello", &noise));
    for bytes in [
        framed(&two),
        two.concat(),
        gzip(format!("{line}{long}").as_bytes()),
    ] {
        std::fs::write(&file, &bytes[..bytes.len() - 12]).unwrap();
        let collector = open(&file).await;
        let opened = collector.opened();
        assert_eq!(
            (opened.requests, opened.skipped),
            (1, 1),
            "{:?}",
            opened.bad_lines
        );
        collector.shutdown().await;
    }
}

#[tokio::test]
async fn messages_are_read_as_far_as_one_follows_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    let line = one_line(sample::TRACES_JSON);
    let mut bent = framed(&[line.as_bytes()]);
    let last = bent.len() - 6;
    bent[last] ^= 0xff;
    // One that is broken costs itself alone; zeros cost no more than a look.
    let bytes = [
        framed(&[line.as_bytes()]),
        bent,
        framed(&[line.as_bytes()]),
        vec![0; 1 << 20],
    ];
    std::fs::write(&file, bytes.concat()).unwrap();
    let collector = open(&file).await;
    let opened = collector.opened();
    assert_eq!(
        (opened.requests, opened.skipped),
        (2, 2),
        "{:?}",
        opened.bad_lines
    );
    assert!(opened.bad_lines[1].reason.contains("the rest is not read"));
    collector.shutdown().await;
}

#[tokio::test]
async fn a_line_without_an_end_is_skipped_and_what_follows_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    let long = format!("{{\"x\":\"{}\"}}\n", "y".repeat(128 << 20));
    std::fs::write(&file, long + &one_line(sample::LOGS_JSON)).unwrap();
    let collector = open(&file).await;
    let opened = collector.opened();
    assert_eq!((opened.requests, opened.skipped), (1, 1));
    assert_eq!(
        (opened.bad_lines[0].line, &*opened.bad_lines[0].reason),
        (1, "longer than 134217728 bytes")
    );
    collector.shutdown().await;
}

/// A log whose body holds lists of values, so many within each other.
fn nested(depth: usize, pairs: bool) -> ExportLogsServiceRequest {
    let innermost = AnyValue {
        value: Some(Value::IntValue(7)),
    };
    let body = (0..depth).fold(innermost, |inner, _| AnyValue {
        value: Some(if pairs {
            let mut pair = sample::attribute("k", "");
            pair.value = Some(inner);
            Value::KvlistValue(KeyValueList { values: vec![pair] })
        } else {
            Value::ArrayValue(ArrayValue {
                values: vec![inner],
            })
        }),
    });
    let mut log = sample::log(None, 9, "");
    log.attributes = vec![sample::attribute("k", "")];
    log.attributes[0].value = Some(body);
    sample::logs("api", vec![log])
}

#[tokio::test]
async fn whatever_is_taken_can_be_saved_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let second = start().await;
    let collector = Collector::builder()
        .with_save(&file)
        .with_forward(second.http_endpoint())
        .start()
        .await
        .unwrap();
    let headers = [("content-type", PROTOBUF)];
    for pairs in [false, true] {
        for (depth, status) in [(26, 200), (27, 400), (45, 400)] {
            let body = nested(depth, pairs).encode_to_vec();
            let answer = post(collector.http_addr(), "/v1/logs", &headers, body).await;
            assert_eq!(answer.status, status, "{depth} {pairs}: {}", answer.text());
        }
    }
    // The same depth is the limit in JSON.
    for (depth, status) in [(26, 200), (27, 400)] {
        let (open, close) = (r#"{"arrayValue":{"values":["#, "]}}");
        let value = format!("{}{{}}{}", open.repeat(depth), close.repeat(depth));
        let body = sample::LOGS_JSON.replace(r#"{"stringValue":"hello"}"#, &value);
        let headers = [("content-type", JSON)];
        let answer = post(collector.http_addr(), "/v1/logs", &headers, body).await;
        assert_eq!(answer.status, status, "{depth}: {}", answer.text());
    }
    let logs = collector.store().logs();
    assert_eq!(logs.len(), 3);
    collector.shutdown().await;
    let again = open(&file).await;
    assert_eq!(again.opened().bad_lines, []);
    assert_eq!(again.store().logs(), logs);
    assert_eq!(second.store().logs(), logs);
    again.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn a_request_that_takes_all_that_it_may_can_be_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let with = || Collector::builder().with_max_request_bytes(64 << 10);
    let collector = with().with_save(&file).start().await.unwrap();
    let mut taken = 0;
    for json in [false, true] {
        // As many records as are taken.
        for count in (0..6_000).rev().step_by(50) {
            let (content_type, body) = if json {
                let records = vec!["{}"; count].join(",");
                let text = sample::LOGS_JSON.split("{\"timeUnixNano").next().unwrap();
                (JSON, format!("{text}{records}]}}]}}]}}").into_bytes())
            } else {
                let records = vec![Default::default(); count];
                (PROTOBUF, sample::logs("api", records).encode_to_vec())
            };
            let headers = [("content-type", content_type)];
            let answer = post(collector.http_addr(), "/v1/logs", &headers, body).await;
            if answer.status == 200 {
                taken += 1;
                break;
            }
            assert_eq!(answer.status, 413);
        }
    }
    // What becomes six times as long.
    let log = sample::log(None, 9, &"\u{1}".repeat((64 << 10) - 200));
    let headers = [("content-type", PROTOBUF)];
    let body = sample::logs("api", vec![log]).encode_to_vec();
    let answer = post(collector.http_addr(), "/v1/logs", &headers, body).await;
    assert_eq!((answer.status.as_u16(), taken), (200, 2));
    collector.shutdown().await;
    let again = with().with_open(&file).start().await.unwrap();
    assert_eq!(again.opened().bad_lines, []);
    assert_eq!(again.opened().requests, 3);
    again.shutdown().await;
}

#[tokio::test]
async fn a_file_that_is_long_enough_gives_way_and_the_oldest_goes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    // None of its own, though they look like it.
    for name in [
        "run-.jsonl",
        "run-x.jsonl",
        "run-2026-11-30T01-49-21.000.json",
        "other.jsonl",
    ] {
        std::fs::write(folder.path().join(name), "{}\n").unwrap();
    }
    let save = |backups| {
        Collector::builder()
            .with_save(&file)
            .with_save_rotation(Rotation {
                max_bytes: 3 * one_line(sample::LOGS_JSON).len() as u64,
                backups,
            })
    };
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("run") && name.ends_with(".jsonl") && name.len() != 10)
            .collect();
        names.retain(|name| name != "run-x.jsonl");
        names.sort();
        names
    };
    let collector = save(2).start().await.unwrap();
    let headers = [("content-type", JSON)];
    for n in 0..40 {
        let body = sample::LOGS_JSON.replace("hello", &format!("hello {n}"));
        let answer = post(collector.http_addr(), "/v1/logs", &headers, body).await;
        assert_eq!(answer.status, 200);
    }
    collector.shutdown().await;
    let rotated = names();
    assert_eq!(rotated.len(), 3, "{rotated:?}");
    assert_eq!(rotated[2], "run.jsonl");
    let mut last = -1;
    for name in &rotated {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        for line in text.lines() {
            let at = line.find("hello ").unwrap() + 6;
            let digits: String = line[at..]
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            let n: i32 = digits.parse().unwrap();
            assert!(last == -1 || n == last + 1, "{last} {n}");
            last = n;
        }
    }
    assert_eq!(last, 39);
    // Without any older file the one begins anew.
    let collector = save(0).start().await.unwrap();
    for _ in 0..10 {
        post(
            collector.http_addr(),
            "/v1/logs",
            &headers,
            sample::LOGS_JSON,
        )
        .await;
    }
    collector.shutdown().await;
    assert_eq!(names(), rotated);
    let collector = open(folder.path()).await;
    assert_eq!(collector.opened().bad_lines, []);
    collector.shutdown().await;
}
