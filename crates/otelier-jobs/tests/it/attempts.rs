//! Jobs that are tried again.

use std::time::{Duration, SystemTime};

use otelier_jobs::{Context, Job};

use crate::{Failed, capture, enqueue};

async fn fail(attempt: &mut u32) -> Result<(), Failed> {
    *attempt += 1;
    match attempt {
        3 => Ok(()),
        _ => Err(Failed::Disk),
    }
}

#[tokio::test]
async fn each_attempt_is_a_span_linked_to_the_first() {
    let telemetry = capture();
    let context = enqueue(&telemetry, "POST /loaves");
    let since = SystemTime::now() - Duration::from_secs(5);
    let job = Job::new("bake").id(7).enqueued_by(&context);
    let mut tried = 0;
    for attempt in job.enqueued_at(since).attempts().take(5) {
        if attempt.run(fail(&mut tried)).await.is_ok() {
            break;
        }
    }
    let tree = telemetry.tree().with_attributes(&["lettuce.job.attempt"]);
    insta::assert_snapshot!(tree, @r"
    POST /loaves [internal]
    job.bake [consumer] ERROR: disk is full it::Failed lettuce.job.attempt=1
      -> POST /loaves
      ERROR job failed exception.type=it::Failed exception.message=disk is full otelier.job.kind=bake
    job.bake [consumer] ERROR: disk is full it::Failed lettuce.job.attempt=2
      -> POST /loaves
      -> job.bake
      ERROR job failed exception.type=it::Failed exception.message=disk is full otelier.job.kind=bake
    job.bake [consumer] lettuce.job.attempt=3
      -> POST /loaves
      -> job.bake
    ");
    let spans = telemetry.spans();
    for later in &spans[2..] {
        let first = &later.links[1];
        assert_eq!(first.span_id, spans[1].span_id);
        insta::allow_duplicates! {
            insta::assert_snapshot!(first.attributes, @"otelier.link.reason=first_attempt");
        }
    }
    assert_eq!(telemetry.metric("otelier.jobs.wait").count(), 1);
    let waited = spans[1].get("lettuce.job.wait");
    assert!(matches!(waited, Some(opentelemetry::Value::F64(5.0..6.0))));
}

#[tokio::test]
async fn a_worker_that_takes_over_links_to_the_first_attempt() {
    let telemetry = capture();
    let run = Job::new("bake").attempt(1).run(async {
        let here = Context::current();
        Err::<(), _>(here)
    });
    let first: Context = run.await.unwrap_err().to_string().parse().unwrap();
    let job = Job::new("bake").attempt(2).first_attempt(&first);
    job.run(async { Ok::<_, Failed>(()) }).await.unwrap();
    let spans = telemetry.spans();
    assert_eq!(spans[1].links[0].span_id, spans[0].span_id);
    assert_eq!(spans[1].get("lettuce.job.attempt"), Some(2.into()));
}

#[test]
fn attempts_go_on_where_they_stopped() {
    let telemetry = capture();
    for attempt in Job::new("bake").attempt(4).attempts().take(2) {
        drop(attempt.run(async { Ok::<_, Failed>(()) }));
    }
    let numbers = telemetry.spans().into_iter();
    let numbers: Vec<_> = numbers
        .filter_map(|span| span.get("lettuce.job.attempt"))
        .collect();
    assert_eq!(numbers, [4.into(), 5.into()]);
}
