use super::{Detail, Style};
use crate::{
    decode::Export,
    signal::Signal,
    store::{Completed, Store, Trace},
};
use insta::assert_snapshot;
use std::time::Duration;

fn trace(spans: &str, logs: &str) -> Trace {
    let store = Store::new(1 << 24, Duration::ZERO);
    for (signal, text) in [(Signal::Traces, spans), (Signal::Logs, logs)] {
        store.insert(
            Export::from_json_text(signal, text.as_bytes()).unwrap(),
            None,
            0,
        );
    }
    store
        .trace("0102030405060708090a0b0c0d0e0f10".parse().unwrap())
        .unwrap()
}

/// The spans of one service: id, parent, name, start and end in µs, then more fields.
fn service(name: &str, spans: &[(u64, u64, &str, u64, u64, &str)]) -> String {
    let spans: Vec<_> = spans
        .iter()
        .map(|(id, parent, name, start, end, more)| {
            let name = serde_json::to_string(name).unwrap();
            let parent = if *parent == 0 {
                String::new()
            } else {
                format!("{parent:016x}")
            };
            format!(
                r#"{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{id:016x}",
                "parentSpanId":"{parent}","name":{name},"startTimeUnixNano":"{start}000",
                "endTimeUnixNano":"{end}000"{more}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"resource":{{"attributes":[{{"key":"service.name",
        "value":{{"stringValue":"{name}"}}}}]}},"scopeSpans":[{{"spans":[{}]}}]}}"#,
        spans.join(",")
    )
}

fn spans(services: &[String]) -> String {
    format!(r#"{{"resourceSpans":[{}]}}"#, services.join(","))
}

fn log(span: u64, time: u64, severity: u32, body: &str) -> String {
    format!(
        r#"{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{span:016x}",
        "timeUnixNano":"{time}000","severityNumber":{severity},
        "body":{{"stringValue":"{body}"}},"attributes":[
        {{"key":"sku","value":{{"intValue":42}}}},
        {{"key":"code.line.number","value":{{"intValue":1}}}}]}}"#
    )
}

fn logs(logs: &[String]) -> String {
    let logs = logs.join(",");
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{logs}]}}]}}]}}"#)
}

fn order() -> Trace {
    let text = |key, value| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let int = |key, value| format!(r#"{{"key":"{key}","value":{{"intValue":{value}}}}}"#);
    let with = |attributes: &[String]| format!(r#","attributes":[{}]"#, attributes.join(","));
    let code = |code| int("http.response.status_code", code);
    let root = with(&[code(201)]);
    let insert = with(&[text("db.system.name", "postgresql")]);
    let post = with(&[
        code(502),
        int("http.request.resend_count", 1),
        text("error.type", "502"),
    ]) + r#","status":{"code":2,"message":"bad\ngateway"}"#;
    let charge = with(&[code(404)]);
    let send = r#","kind":4,"links":[{"traceId":"ffffffffffffffffffffffffffffffff",
        "spanId":"eeeeeeeeeeeeeeee"}],"events":[{"timeUnixNano":"35000000","name":"exception",
        "attributes":[{"key":"exception.type","value":{"stringValue":"Io"}},
        {"key":"exception.message","value":{"stringValue":"gone"}}]}]"#;
    let api = [
        // The root comes last, as exporters send it.
        (3, 1, "POST", 6_000, 27_700, &*post),
        (2, 1, "INSERT orders", 1_000, 5_100, &*insert),
        (5, 1, "send emails", 30_000, 36_000, send),
        (1, 0, "POST /orders/{id}", 0, 38_200, &*root),
    ];
    let pay = [(4, 3, "POST /charge", 7_000, 25_900, &*charge)];
    trace(
        &spans(&[service("pay", &pay), service("api", &api)]),
        &logs(&[
            log(1, 29_000, 13, "stock low"),
            log(4, 8_000, 9, "charging"),
            log(9, 0, 17, "?"),
        ]),
    )
}

#[test]
fn a_trace_is_drawn_across_services_with_logs_links_and_errors() {
    assert_snapshot!(order().tree(Style::Plain), @r#"
    POST /orders/{id}   201  38.2ms  [api]  trace 0102030405060708
    ├─ INSERT orders     ok  4.10ms  postgresql
    ├─ POST             502  21.7ms  resend 1  bad gateway
    │  └─ POST /charge  404  18.9ms  [pay]
    │     └─ INFO charging sku=42
    ├─ WARN stock low sku=42
    └─ send emails       ok  6.00ms
       ├─ ⤷ link: trace ffffffffffffffff span eeeeeeeeeeeeeeee
       └─ ✗ Io: gone
    ERROR ? sku=42
    "#);
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = order().tree(Style::Colour);
    assert!(coloured.contains("\x1b[31m  502\x1b[0m") || coloured.contains("\x1b[31m502\x1b[0m"));
    let mut plain = coloured;
    for code in ["1", "2", "31", "32", "33", "36", "0"] {
        plain = plain.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(plain, order().tree(Style::Plain));
}

#[test]
fn a_line_tells_the_root_and_the_counts() {
    let mut completed = Completed {
        trace: order(),
        announced: 0,
    };
    assert_snapshot!(completed.line(Style::Plain), @"00:00:00.000  api             POST /orders/{id}                   201    38.2ms  5 spans, 1 error  0102030405060708");
    completed.announced = 3;
    assert_snapshot!(completed.line(Style::Plain), @"00:00:00.000  api             POST /orders/{id}                   201    38.2ms  5 spans (2 more), 1 error  0102030405060708");
}

#[test]
fn the_terminal_is_told_when_a_trace_began_and_that_it_was_drawn_before() {
    let first = |announced| {
        let completed = Completed {
            trace: order(),
            announced,
        };
        let tree = completed.tree(Style::Plain, Detail::Lines);
        tree.lines().next().unwrap().to_owned()
    };
    let line = "POST /orders/{id}   201  38.2ms  [api]  trace 0102030405060708  00:00:00.000";
    assert_eq!(first(0), line);
    assert_eq!(first(4), format!("{line}  (drawn before, 1 more span)"));
    assert_eq!(first(2), format!("{line}  (drawn before, 3 more spans)"));
}

#[test]
fn all_attributes_are_drawn_where_they_are_wanted() {
    let completed = Completed {
        trace: order(),
        announced: 0,
    };
    assert_snapshot!(completed.tree(Style::Plain, Detail::Attributes), @r#"
    POST /orders/{id}   201  38.2ms  [api]  trace 0102030405060708  00:00:00.000
       · http.response.status_code=201
    ├─ INSERT orders     ok  4.10ms  postgresql
    │     · db.system.name=postgresql
    ├─ POST             502  21.7ms  resend 1  bad gateway
    │     · http.response.status_code=502
    │     · http.request.resend_count=1
    │     · error.type=502
    │  └─ POST /charge  404  18.9ms  [pay]
    │        · http.response.status_code=404
    │     └─ INFO charging sku=42
    ├─ WARN stock low sku=42
    └─ send emails       ok  6.00ms
       ├─ ⤷ link: trace ffffffffffffffff span eeeeeeeeeeeeeeee
       └─ ✗ Io: gone
    ERROR ? sku=42
    "#);
}

#[test]
fn a_request_without_a_route_shows_its_path_and_no_address_of_this_machine() {
    let with = |kind: u8, attributes: &[(&str, &str)]| {
        let attributes: Vec<_> = attributes
            .iter()
            .map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#))
            .collect();
        format!(r#","kind":{kind},"attributes":[{}]"#, attributes.join(","))
    };
    let path = ("url.path", "/wp-login.php");
    let no_route = with(2, &[path, ("server.address", "127.0.0.1")]);
    let old = with(
        2,
        &[("http.target", "/old"), ("server.address", "localhost")],
    );
    let route = with(
        2,
        &[path, ("http.route", "/{x}"), ("server.address", "::1")],
    );
    let client = with(3, &[path, ("server.address", "pay.example")]);
    let odd = [
        (1, 0, "GET", 0, 1, &*no_route),
        (2, 1, "GET", 1, 2, &*old),
        (3, 1, "GET /{x}", 2, 3, &*route),
        (4, 1, "GET", 3, 4, &*client),
    ];
    let trace = trace(&spans(&[service("api", &odd)]), &logs(&[]));
    assert_snapshot!(trace.tree(Style::Plain), @r#"
    GET          ok  0.00ms  [api]  /wp-login.php  trace 0102030405060708
    ├─ GET       ok  0.00ms  /old
    ├─ GET /{x}  ok  0.00ms
    └─ GET       ok  0.00ms  pay.example
    "#);
}

#[test]
fn a_record_without_a_body_says_its_event_or_nothing() {
    let record = |fields: &str| {
        format!(r#"{{"traceId":"0102030405060708090a0b0c0d0e0f10","severityNumber":9,{fields}}}"#)
    };
    let trace = trace(
        &spans(&[]),
        &logs(&[
            record(r#""timeUnixNano":"1""#),
            record(r#""timeUnixNano":"2","body":{}"#),
            record(r#""timeUnixNano":"3","eventName":"user.login""#),
            record(r#""timeUnixNano":"4","eventName":"user.login","body":{"stringValue":"ann"}"#),
        ]),
    );
    assert_snapshot!(trace.tree(Style::Plain), @r#"
    trace 0102030405060708 (no spans)
    INFO
    INFO
    INFO user.login
    INFO user.login ann
    "#);
    assert!(!trace.picture().contains("null"));
}

#[test]
fn orphans_circles_and_copies_are_drawn_once_each() {
    let odd = [
        (1, 0, "root", 0, 9, ""),
        (2, 7, "orphan", 1, 2, ""),
        (3, 2, "of orphan", 1, 2, ""),
        (4, 5, "circle a", 3, 4, ""),
        (5, 4, "circle b", 3, 4, ""),
        (6, 6, "its own parent", 5, 6, ""),
        (8, 1, "sent twice", 5, 6, ""),
        (8, 1, "sent twice", 5, 6, ""),
        (9, 8, "of twice", 5, 6, ""),
    ];
    let trace = trace(&spans(&[service("api", &odd)]), &logs(&[]));
    assert_snapshot!(trace.tree(Style::Plain), @r#"
    root            ok  0.01ms  [api]  trace 0102030405060708
    ├─ sent twice   ok  0.00ms
    │  └─ of twice  ok  0.00ms
    └─ sent twice   ok  0.00ms
    orphan          ok  0.00ms  [api]  (parent not here)
    └─ of orphan    ok  0.00ms
    circle a        ok  0.00ms  [api]  (its own ancestor)
    └─ circle b     ok  0.00ms
    its own parent  ok  0.00ms  [api]  (its own ancestor)
    "#);
}

#[test]
fn a_trace_of_logs_alone_is_drawn() {
    let trace = trace(
        &spans(&[]),
        &logs(&[log(1, 2, 9, "later"), log(1, 1, 0, "first")]),
    );
    assert_snapshot!(trace.tree(Style::Plain), @r#"
    trace 0102030405060708 (no spans)
    LOG first sku=42
    INFO later sku=42
    "#);
}

#[test]
fn a_deep_chain_and_a_wide_trace_stay_within_bounds() {
    let chain: Vec<_> = (1..=20_000)
        .map(|id| (id, id - 1, "deep", id, id, ""))
        .collect();
    let drawn = trace(&spans(&[service("api", &chain)]), &logs(&[])).tree(Style::Plain);
    assert_eq!(drawn.lines().count(), 2001);
    assert!(drawn.ends_with("… 18000 more lines\n"));
    assert!(drawn.lines().all(|line| line.chars().count() < 200));
}

#[test]
fn nothing_received_can_forge_a_terminal() {
    let name = "a\u{1b}[31m\nb\r\u{9b}2J\u{202e}c\u{7}\u{0}";
    let spans = spans(&[service("s\\u001b[0m\\n", &[(1, 0, name, 0, 1, "")])]);
    let trace = trace(&spans, &logs(&[log(1, 0, 9, "x\\u001b]0;t\\u0007\\ny")]));
    let completed = Completed {
        trace: trace.clone(),
        announced: 0,
    };
    let drawn = trace.tree(Style::Plain) + &completed.line(Style::Plain);
    assert!(!drawn.contains(|c: char| c != '\n' && c.is_control()));
    assert_eq!(drawn.lines().count(), 3);
}

#[test]
fn a_picture_has_a_bar_for_each_span_and_a_dot_for_each_log_line() {
    let picture = order().picture();
    let spans = order().spans().len();
    assert_eq!(picture.matches("height=\"14\"").count(), spans, "{picture}");
    for words in ["POST /orders/{id}", "38.2ms", "[", "api"] {
        let words = words.trim_matches('[');
        assert!(picture.contains(words), "{words}: {picture}");
    }
    assert_eq!(
        picture.matches("<circle").count(),
        order().logs().len()
            + order()
                .spans()
                .iter()
                .map(|span| span.proto().events.len())
                .sum::<usize>(),
    );
}

#[test]
fn nothing_received_can_leave_a_picture_or_make_it_endless() {
    let name = "</text><script>alert(1)</script>&\u{0}\u{1b}";
    let chain: Vec<_> = (1..=2_000)
        .map(|id| (id, id - 1, name, 9_000_000_000_000_000 - id, id, ""))
        .collect();
    let picture = trace(&spans(&[service("<s>", &chain)]), &logs(&[])).picture();
    assert!(!picture.contains("<script"), "{picture}");
    assert!(!picture.contains(|c: char| c != '\n' && c.is_control()));
    assert_eq!(picture.matches("height=\"14\"").count(), 500);
    assert!(picture.len() < 400_000, "{}", picture.len());
}
