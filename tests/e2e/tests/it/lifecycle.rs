//! How programs end, and what still arrives.

use std::os::unix::process::ExitStatusExt as _;

use otelier_collector::{Running, Store};

use crate::harness::{
    Ended, PROTOCOLS, Process, bodies, collector, contents, get, patient, post, requests_of,
    scenario, span,
};

/// Exactly one of everything that `ends` leaves.
#[track_caller]
fn holds_the_work(store: &Store, ended: &Ended) {
    let what = || format!("{}\n{}", contents(store), ended.output());
    let spans = store.spans_named("work");
    assert_eq!(spans.len(), 1, "{}", what());
    let logs = store.logs();
    let mut logs = logs.iter().filter(|log| log.body() == "working");
    let log = logs.next().unwrap_or_else(|| panic!("{}", what()));
    assert!(logs.next().is_none(), "{}", what());
    // The crate that called `init!`, whose version is known.
    assert_eq!(log.origin().scope().name, "scenario::scenarios::ends");
    assert_eq!(log.origin().scope().version, env!("CARGO_PKG_VERSION"));
    assert_eq!(log.trace_id(), Some(spans[0].trace_id()));
    assert_eq!(log.span_id(), Some(spans[0].id()));
    let done = store.metrics_named("work.done");
    assert_eq!(done.len(), 1, "{}", what());
    assert_eq!(done[0].value(), Some(1.0));
}

async fn delivers(how: &str) -> (Ended, Store) {
    let collector = collector().await;
    let ended = patient(["ends", how]).to(&collector).run().await;
    holds_the_work(collector.store(), &ended);
    (ended, collector.store().clone())
}

#[tokio::test]
async fn shutdown_delivers_everything_on_every_kind_of_runtime_and_without_one() {
    for how in [
        "shutdown",
        "shutdown on one worker",
        "shutdown on a current-thread runtime",
        "flush on a current-thread runtime",
        "no runtime",
    ] {
        let (ended, _) = delivers(how).await;
        assert_eq!(ended.well().told("complete"), "true", "{how}");
    }
}

#[tokio::test]
async fn dropping_the_guard_delivers_everything_wherever_it_is_dropped() {
    for how in [
        "drop on one worker",
        "drop on a current-thread runtime",
        "no runtime, dropped",
        "runtime before the guard",
        "started inside, dropped after the runtime",
    ] {
        let (ended, _) = delivers(how).await;
        let ended = ended.well();
        assert_eq!(ended.stderr, "", "{how}");
        assert_eq!(ended.lines_with("WARN"), [] as [&str; 0], "{how}");
    }
}

#[tokio::test]
async fn a_current_thread_service_flushes_without_deadlock() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let mut api = patient(["api", "current thread"])
            .by(protocol, &collector)
            .start();
        let url = api.url().await;
        assert_eq!(get(&format!("{url}/repos/7")).await.0, 200);
        let ended = api.stop().await.well();
        let spans = collector.store().spans_named("GET /repos/{id}");
        assert_eq!(spans.len(), 1, "{}", ended.output());
    }
}

#[tokio::test]
async fn a_signal_right_after_a_request_loses_nothing_of_it() {
    for (signal, kind) in [("TERM", "api"), ("INT", "api")] {
        for workers in [&["api"][..], &["api", "one worker"]] {
            let collector = collector().await;
            let program = match workers {
                [kind] => patient([kind]),
                _ => patient([kind, "one worker"]),
            };
            let mut api = program.to(&collector).start();
            let url = api.url().await;
            assert_eq!(post(&format!("{url}/repos/7/index")).await.0, 202);
            api.signal(signal).await;
            let ended = api.end().await.well();
            let store = collector.store();
            let spans = store.spans_named("POST /repos/{id}/index");
            assert_eq!(spans.len(), 1, "{signal}: {}", ended.output());
            let logs = store.logs();
            let mut logs = logs.iter().filter(|log| log.body() == "index requested");
            assert_eq!(logs.next().unwrap().trace_id(), Some(spans[0].trace_id()));
            let points = store.metrics_named("http.server.request.duration");
            assert_eq!(points.len(), 1);
            assert_eq!(points[0].count(), Some(1));
        }
    }
}

#[tokio::test]
async fn a_signal_that_comes_before_it_is_waited_for_is_not_lost() {
    let collector = collector().await;
    let ended = patient(["ends", "signal before it is waited for"]).to(&collector);
    let ended = ended.run().await.well();
    holds_the_work(collector.store(), &ended);
}

#[tokio::test]
async fn a_request_under_way_is_finished_and_recorded() {
    let collector = collector().await;
    let mut api = patient(["api"]).to(&collector).start();
    let url = api.url().await;
    // It is served, so that the request below finds handlers for the signal.
    get(&format!("{url}/repos/7")).await;
    let response = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = response.get(format!("{url}/stream?chunks=10&ms=30"));
    let mut response = response.send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "chunk 0\n");
    api.signal("TERM").await;
    let rest = response.text().await.unwrap();
    assert!(rest.ends_with("chunk 9\n"), "{rest:?}");
    let ended = api.end().await.well();
    let spans = collector.store().spans_named("GET /stream");
    assert_eq!(spans.len(), 1, "{}", ended.output());
}

/// A service with a stream open that does not end, and a request that has.
async fn with_an_open_stream(bound: &str, collector: &Running) -> (Process, reqwest::Response) {
    let mut process = patient(["drained", bound])
        .to(collector)
        // Nothing is sent for another reason.
        .with("OTEL_BSP_SCHEDULE_DELAY", "600000")
        .start();
    let url = process.url().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let stream = client
        .get(format!("{url}/stream?chunks=2&ms=60000"))
        .send()
        .await
        .unwrap();
    assert_eq!(get(&format!("{url}/repos/7")).await.0, 200);
    (process, stream)
}

#[tokio::test]
async fn an_open_stream_does_not_keep_a_service_from_its_flush_and_a_second_signal_ends_it() {
    for second in ["TERM", "INT"] {
        let collector = collector().await;
        let (process, stream) = with_an_open_stream("600000", &collector).await;
        process.signal("TERM").await;
        span(collector.store(), "GET /repos/{id}").await;
        process.signal(second).await;
        let ended = process.end().await;
        let number = if second == "TERM" { 15 } else { 2 };
        assert_eq!(ended.status.signal(), Some(number), "{}", ended.output());
        drop(stream);
    }
}

#[tokio::test]
async fn a_server_is_drained_no_longer_than_its_bound() {
    let collector = collector().await;
    let (process, stream) = with_an_open_stream("50", &collector).await;
    let ended = process.stop().await.well();
    assert_eq!(ended.told("drained"), "false");
    drop(stream);

    let (process, stream) = with_an_open_stream("600000", &collector).await;
    drop(stream);
    let ended = process.stop().await.well();
    assert_eq!(ended.told("drained"), "true");
    assert_eq!(collector.store().spans_named("GET /repos/{id}").len(), 2);
}

#[tokio::test]
async fn a_bound_that_no_clock_can_hold_is_no_panic() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let program = patient(["eternal"]).by(protocol, &collector);
        let ended = program.run().await.well();
        assert_eq!(ended.told("complete"), "true", "{}", ended.output());
        for name in ["flushed", "stopped"] {
            assert_eq!(collector.store().spans_named(name).len(), 1);
        }
        assert_eq!(ended.lines_with("panicked"), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn main_may_return_an_error() {
    let (ended, _) = delivers("error").await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.contains("main ends with an error"));
}

#[tokio::test]
async fn a_panic_in_main_delivers_what_was_recorded_and_the_panic_itself() {
    let (ended, store) = delivers("panic").await;
    assert_eq!(ended.status.code(), Some(101));
    assert!(ended.stderr.contains("on purpose"), "{}", ended.stderr);
    panic_is_recorded(&store);
    let end = "the process ends by a panic";
    assert_eq!(bodies(&store), ["working", "panicked: on purpose", end]);
}

#[tokio::test]
async fn a_panic_in_a_task_is_recorded_and_the_service_goes_on() {
    let (ended, store) = delivers("panic in a task").await;
    let ended = ended.well();
    assert_eq!(ended.told("task panicked"), "true");
    assert_eq!(ended.told("complete"), "true");
    panic_is_recorded(&store);
}

#[track_caller]
fn panic_is_recorded(store: &Store) {
    let logs = store.logs();
    let panics: Vec<_> = logs
        .iter()
        .filter(|log| log.body().starts_with("panicked"))
        .collect();
    assert_eq!(panics.len(), 1, "{}", contents(store));
    assert_eq!(panics[0].severity(), 17);
    assert_eq!(panics[0].body(), "panicked: on purpose");
    assert_eq!(
        panics[0].attribute_text("exception.message").unwrap(),
        "on purpose"
    );
    let spans = store.spans_named("panics");
    assert_eq!(spans.len(), 1, "{}", contents(store));
    assert_eq!(panics[0].span_id(), Some(spans[0].id()));
}

#[tokio::test]
async fn a_second_init_changes_nothing_and_names_the_first() {
    let collector = collector().await;
    let ended = scenario(["init twice"]).to(&collector).run().await.well();
    let store = collector.store();
    for name in ["once", "later"] {
        assert_eq!(store.spans_named(name).len(), 1, "{}", contents(store));
    }
    assert_eq!(bodies(store), ["said once", "said later"]);
    let line = ended.one_line_with("started already at");
    assert!(
        line.contains("WARN") && line.contains("src/scenarios/twice.rs:7"),
        "{line}"
    );
    assert_eq!(ended.lines_with("exporting ").len(), 1);
    assert_eq!(ended.lines_with("said once").len(), 1);
}

#[tokio::test]
async fn a_second_init_says_nothing_more_while_telemetry_is_off() {
    let ended = scenario(["init twice"]).run().await.well();
    let line = ended.one_line_with("otelier");
    assert!(line.contains("not exported"), "{line}");
    assert_eq!(ended.lines_with("said once").len(), 1);
}

#[tokio::test]
async fn a_subscriber_of_the_program_s_own_is_left_alone_and_told_what_to_do() {
    let collector = collector().await;
    let ended = scenario(["own subscriber"]).to(&collector).run().await;
    let ended = ended.well();
    let line = ended.one_line_with("has a `tracing` subscriber already");
    assert!(line.contains("without_subscriber") && line.contains("telemetry.layer()"));
    assert_eq!(ended.lines_with("own line").len(), 1, "{}", ended.output());
    assert_eq!(collector.store().spans_named("theirs"), []);
    assert_eq!(collector.store().logs(), []);

    let off = scenario(["own subscriber"]).run().await.well();
    assert_eq!(off.lines_with("otelier"), [] as [&str; 0]);
    assert_eq!(off.lines_with("own line").len(), 1);
}

#[tokio::test]
async fn the_layer_exports_through_a_subscriber_of_the_program_s_own() {
    let collector = collector().await;
    let ended = scenario(["own subscriber with layer"]).to(&collector);
    let ended = ended.run().await.well();
    let store = collector.store();
    assert_eq!(store.spans_named("theirs").len(), 1, "{}", ended.output());
    assert_eq!(bodies(store), ["own line"]);
    assert_eq!(ended.lines_with("own line").len(), 1);
    assert_eq!(ended.lines_with("WARN"), [] as [&str; 0]);

    let off = scenario(["own subscriber with layer"]).run().await.well();
    assert_eq!(off.output().lines().count(), 1, "{}", off.output());
}

#[tokio::test]
async fn a_warning_that_the_program_s_filter_swallows_is_on_standard_error_once() {
    let collector = collector().await;
    let ended = scenario(["deaf subscriber"]).to(&collector).run().await;
    let ended = ended.well();
    let line = ended.one_line_with("started already at");
    assert!(ended.stderr.contains(&line), "{}", ended.output());
}

#[tokio::test]
async fn a_filter_on_what_is_printed_leaves_what_is_shipped_alone() {
    let collector = collector().await;
    let ended = scenario(["filtered layer"]).to(&collector).run().await;
    let ended = ended.well();
    let bodies = bodies(collector.store());
    assert_eq!(bodies, ["shipped alone", "shipped and printed"]);
    ended.one_line_with("shipped and printed");
    assert_eq!(ended.lines_with("shipped alone"), [] as [&str; 0]);
}

#[tokio::test]
async fn a_guard_that_is_dropped_at_once_is_told_of_with_the_cure() {
    let collector = collector().await;
    let ended = scenario(["unkept guard"]).to(&collector).run().await;
    let line = ended.well().one_line_with("its guard was dropped");
    assert!(line.contains("let _guard = otelier::init!();"), "{line}");

    let kept = scenario(["ends", "shutdown"]).to(&collector).run().await;
    let kept = kept.well().lines_with("its guard was dropped");
    assert_eq!(kept, [] as [&str; 0]);
}

#[tokio::test]
async fn a_killed_process_takes_with_it_only_what_was_not_sent_yet() {
    let collector = collector().await;
    let mut obey = patient(["obey"]).to(&collector).start();
    obey.ask("span sent").await;
    assert_eq!(obey.ask("flush").await, "complete");
    obey.ask("span lost").await;
    obey.signal("KILL").await;
    let ended = obey.end().await;
    assert_eq!(ended.status.signal(), Some(9));
    let store = collector.store();
    assert_eq!(store.spans_named("sent").len(), 1);
    assert_eq!(store.spans_named("lost"), []);
}

#[tokio::test]
async fn nothing_is_sent_twice_at_the_end() {
    let collector = collector().await;
    let mut obey = scenario(["obey"]).to(&collector).start();
    for _ in 0..3 {
        obey.ask("span repeated").await;
        obey.ask("flush").await;
    }
    obey.end().await.well();
    let store = collector.store();
    assert_eq!(store.spans_named("repeated").len(), 3);
    let traces = requests_of(store, otelier_collector::Signal::Traces);
    assert!(traces.len() <= 4, "{traces:#?}");
}
