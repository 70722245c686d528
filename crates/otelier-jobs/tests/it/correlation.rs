//! How jobs are joined to who enqueued them.

use opentelemetry::{
    Context as Current,
    baggage::BaggageExt as _,
    trace::{TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use otelier_jobs::{Context, Correlation, Job, SpanName, unrecorded};

use crate::{Failed, capture, enqueue};

async fn bake() -> Result<(), Failed> {
    Ok(())
}

#[tokio::test]
async fn a_job_is_linked_to_who_enqueued_it() {
    let telemetry = capture();
    let context = enqueue(&telemetry, "POST /loaves");
    Job::new("bake")
        .with_context(&context)
        .run(bake())
        .await
        .unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    POST /loaves [internal]
    job.bake [consumer]
      -> POST /loaves
    ");
    let [request, job] = &telemetry.spans()[..] else {
        panic!("two spans")
    };
    assert_ne!(job.trace_id, request.trace_id);
    insta::assert_snapshot!(job.links[0].attributes, @"otelier.link.reason=enqueued_by");
}

#[tokio::test]
async fn a_job_may_be_a_child_of_who_enqueued_it() {
    let telemetry = capture();
    let context = enqueue(&telemetry, "POST /loaves");
    let job = Job::new("bake").with_context(&context);
    let job = job.with_correlation(Correlation::Parent);
    job.run(bake()).await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    POST /loaves [internal]
      job.bake [consumer]
    ");
}

#[tokio::test]
async fn a_span_that_is_current_stays_the_parent() {
    for correlation in [Correlation::Link, Correlation::Parent] {
        let telemetry = capture();
        let context = enqueue(&telemetry, "POST /loaves");
        let tracer = telemetry.tracer_provider().tracer("test");
        let job = Job::new("bake").with_context(&context);
        let run = tracer.in_span("drain", |_| job.with_correlation(correlation).run(bake()));
        run.await.unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(telemetry.tree(), @r"
            POST /loaves [internal]
            drain [internal]
              job.bake [consumer]
                -> POST /loaves
            ");
        }
    }
}

#[tokio::test]
async fn a_batch_is_linked_to_all_and_is_nobodys_child() {
    let telemetry = capture();
    let a = enqueue(&telemetry, "a");
    let contexts = [a.clone(), enqueue(&telemetry, "b"), Context::default(), a];
    let job = Job::new("bake").with_batch(&contexts);
    let job = job.with_correlation(Correlation::Parent);
    job.run(bake()).await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    a [internal]
    b [internal]
    job.bake [consumer]
      -> a
      -> b
    ");
    let size = telemetry
        .span("job.bake")
        .get("messaging.batch.message_count");
    assert_eq!(size, Some(4.into()));
}

#[tokio::test]
async fn a_huge_batch_has_so_many_links_as_a_span_keeps() {
    let telemetry = capture();
    let contexts: Vec<_> = (0..500).map(|_| enqueue(&telemetry, "a")).collect();
    Job::new("bake")
        .with_batch(&contexts)
        .run(bake())
        .await
        .unwrap();
    let job = telemetry.span("job.bake");
    assert_eq!(job.links.len(), 128);
    assert_eq!(job.get("messaging.batch.message_count"), Some(500.into()));
}

#[tokio::test]
async fn a_batch_of_one_is_linked() {
    let telemetry = capture();
    let context = enqueue(&telemetry, "a");
    let job = Job::new("bake").with_batch([&context]);
    let job = job.with_correlation(Correlation::Parent);
    job.run(bake()).await.unwrap();
    let job = telemetry.span("job.bake");
    assert_eq!((job.links.len(), job.parent_span_id), (1, None));
}

#[tokio::test]
async fn a_job_without_a_context_begins_a_trace() {
    let telemetry = capture();
    for text in ["", "hello", "00-0-0-0", "{}"] {
        let context = text.parse().unwrap();
        let job = Job::new("bake").with_context(&context);
        let job = job.with_correlation(Correlation::Parent);
        job.run(bake()).await.unwrap();
    }
    let spans = telemetry.spans();
    assert_eq!(spans.len(), 4);
    assert!(
        spans
            .iter()
            .all(|job| job.parent_span_id.is_none() && job.links.is_empty())
    );
}

#[tokio::test]
async fn a_job_runs_with_the_baggage_of_who_enqueued_it() {
    let telemetry = capture();
    let context: Context = [("baggage", "account=7, plan=free")].into_iter().collect();
    let seen = Job::new("bake").with_context(&context).run(async {
        let cx = Current::current();
        let account = cx.baggage().get("account").map(ToString::to_string);
        Ok::<_, Failed>((account, Context::current().is_empty()))
    });
    assert_eq!(seen.await, Ok((Some("7".to_owned()), false)));
    assert!(!Current::current().has_active_span());
    drop(telemetry);
}

#[tokio::test]
async fn a_job_that_enqueues_another_passes_its_own_span_on() {
    let telemetry = capture();
    let run = Job::new("bake").run(async { Ok::<_, Failed>(Context::current()) });
    let context = run.await.unwrap();
    let job = Job::new("embed").with_context(&context);
    job.with_correlation(Correlation::Parent)
        .run(bake())
        .await
        .unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer]
      job.embed [consumer]
    ");
}

#[tokio::test]
async fn the_span_may_be_named_as_the_conventions_have_it() {
    let telemetry = capture();
    let job = Job::new("bake")
        .with_queue("ovens")
        .with_span_name(SpanName::Process);
    job.run(bake()).await.unwrap();
    let job = Job::new("bake").with_span_name(SpanName::Process);
    job.with_namespace("bakery.")
        .with_id(1)
        .run(bake())
        .await
        .unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    process ovens [consumer]
    process bake [consumer]
    ");
    let id = telemetry.span("process bake").get("bakery.job.id");
    assert_eq!(id, Some("1".into()));
}

#[tracing::instrument]
async fn knead() {}

#[tokio::test]
async fn spans_of_the_service_are_children_of_the_job() {
    let telemetry = capture();
    let run = Job::new("bake").run(async {
        knead().await;
        bake().await
    });
    run.await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer]
      knead [internal]
    ");
}

#[tokio::test]
async fn polling_leaves_no_trace() {
    let telemetry = capture();
    let tracer = telemetry.tracer_provider().tracer("test");
    let claim = unrecorded(async {
        tokio::task::yield_now().await;
        tracer.start("SELECT");
        Some("bake")
    });
    if let Some(kind) = claim.await {
        Job::new(kind).run(bake()).await.unwrap();
    }
    insta::assert_snapshot!(telemetry.tree(), @"job.bake [consumer]");
}

#[tokio::test]
async fn what_the_service_says_about_a_job_is_on_its_span() {
    let telemetry = capture();
    let run = Job::new("bake").run(async {
        tokio::task::yield_now().await;
        otelier_core::context::set("user.id", 7);
        bake().await
    });
    run.await.unwrap();
    let user = telemetry.span("job.bake").get("user.id");
    assert_eq!(user, Some("7".into()));
}
