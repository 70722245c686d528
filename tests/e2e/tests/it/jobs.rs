//! Jobs, and workers that are asked to end in the middle of them.

use otelier_collector::{Log, Running, proto::trace::v1::status::StatusCode};

use crate::harness::{Process, collector, contents, patient, post};

/// A service and a worker on one database, sending when the defaults say so.
async fn pair(collector: &Running, database: &tempfile::TempDir) -> (Process, Process, String) {
    let file = database.path().join("jobs.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let start = |role, name| {
        let program = patient([role]).to(collector);
        let program = program.with("DATABASE_URL", &url);
        program.with("OTEL_SERVICE_NAME", name).start()
    };
    let mut api = start("api", "shop-api");
    let url = api.url().await;
    let mut worker = start("worker", "shop-worker");
    worker.says("waiting for jobs").await;
    (api, worker, url)
}

#[tokio::test]
async fn a_worker_that_is_asked_to_end_delivers_the_jobs_it_claimed() {
    let collector = collector().await;
    let database = tempfile::tempdir().unwrap();
    let (api, mut worker, url) = pair(&collector, &database).await;
    for _ in 0..5 {
        assert_eq!(post(&format!("{url}/repos/7/index")).await.0, 202);
    }
    // It is in the middle of a job when it says so.
    worker.says("cloned").await;
    worker.signal("TERM").await;
    let worker = worker.end().await.well();
    api.stop().await.well();

    let store = collector.store();
    let jobs = store.spans_named("job.clone_index");
    let printed = worker.lines_with("cloned").len();
    assert_eq!(jobs.len(), printed, "{}", contents(store));
    let requests = store.spans_named("POST /repos/{id}/index");
    assert_eq!(requests.len(), 5);
    for job in jobs {
        assert_eq!(job.service(), "shop-worker");
        assert_eq!(job.status(), StatusCode::Unset);
        let trace = store.trace(job.trace_id()).unwrap();
        let root = trace.root().unwrap();
        assert_eq!(root.name(), "POST /repos/{id}/index");
        assert_eq!(root.service(), "shop-api");
        let insert = trace.spans_named("INSERT jobs").next();
        assert!(insert.is_some(), "{}", contents(store));
        let embed = trace.spans_named("embed").next().unwrap();
        assert_eq!(embed.parent_id(), Some(job.id()));
        let update = trace.spans_named("UPDATE jobs").next().unwrap();
        assert_eq!(update.parent_id(), Some(job.id()));
        let logs = trace.logs().iter();
        let mut logs: Vec<_> = logs
            .map(|log| (log.body().into_owned(), log.span_id()))
            .collect();
        logs.retain(|(body, _)| body != "index requested");
        assert_eq!(
            logs,
            [
                ("cloned".to_owned(), Some(job.id())),
                ("embedded".to_owned(), Some(embed.id())),
            ]
        );
    }
    // Looking for jobs is not recorded.
    assert_eq!(store.spans_named("UPDATE jobs").len(), printed);
    // Nor do tables that are made at start stand beside the story.
    for trace in store.traces() {
        let root = trace.root().unwrap();
        assert_eq!(root.name(), "POST /repos/{id}/index", "{}", contents(store));
    }
}

#[tokio::test]
async fn jobs_that_are_dropped_at_the_end_are_delivered_as_cancelled() {
    for signal in ["TERM", "INT"] {
        let collector = collector().await;
        let mut program = patient(["endless jobs"]).to(&collector).start();
        program.says("all are under way").await;
        program.signal(signal).await;
        let ended = program.end().await.well();

        let store = collector.store();
        let jobs = store.spans_named("job.endless");
        assert_eq!(jobs.len(), 3, "{}", ended.output());
        for job in jobs {
            assert_eq!(job.status(), StatusCode::Error);
            assert_eq!(job.attribute_text("error.type").unwrap(), "cancelled");
            let trace = store.trace(job.trace_id()).unwrap();
            let announced = trace.spans_named("started job.endless").next().unwrap();
            assert_eq!(announced.parent_id(), Some(job.id()));
            let bodies: Vec<_> = trace.logs().iter().map(|log| log.body()).collect();
            assert_eq!(bodies, ["job started", "working"]);
        }
        let active = store.metrics_named("otelier.jobs.active");
        assert_eq!(active.last().unwrap().value(), Some(0.0));
    }
}

#[tokio::test]
async fn the_error_of_a_job_is_a_log_record_named_exception() {
    for backtrace in ["0", "1"] {
        let collector = collector().await;
        let program = patient(["failing job"]).to(&collector);
        let program = program.with("RUST_BACKTRACE", backtrace);
        program.run().await.well();

        let store = collector.store();
        let jobs = store.spans_named("job.failing");
        let job = &jobs[0];
        assert_eq!(job.proto().events, []);
        assert_eq!(job.attribute_text("error.type").unwrap(), "std::io::Error");
        let logs = store.logs();
        let text = |name, log: &Log| log.attribute_text(name).map(|text| text.to_string());
        let names: Vec<_> = logs.iter().map(|log| text("exception.type", log)).collect();
        assert_eq!(
            names,
            [const { Some("std::io::Error") }; 2].map(|name| name.map(str::to_owned))
        );
        let log = logs.iter().find(|log| log.body() == "job failed").unwrap();
        assert_eq!(log.proto().event_name, "exception");
        assert_eq!((log.level(), log.span_id()), ("ERROR", Some(job.id())));
        assert_eq!(text("otelier.job.kind", log).unwrap(), "failing");
        let message = text("exception.message", log).unwrap();
        assert!(message.contains("password=[REDACTED]"), "{message}");
        let stack = text("exception.stacktrace", log);
        assert_eq!(stack.is_some(), backtrace == "1");
        if let Some(stack) = stack {
            assert!(
                stack.contains("scenario::scenarios::jobs::failing"),
                "{stack}"
            );
        }
    }
}
