//! What is left of jobs.

use std::{pin::pin, task};

use crate::{Attempts, Context, Job, Panicked, QueueDepth};

const _: () = assert!(size_of::<(Context, Job, Attempts, QueueDepth)>() == 0);

#[test]
fn a_job_is_its_future() {
    let job = Job::new("bake").with_id(7).with_attribute("repo.id", 7);
    let job = job.with_context(&Context::current());
    let future = std::future::ready(Ok::<_, Panicked>(7));
    let size = size_of_val(&future);
    let mut run = pin!(job.run(future));
    assert_eq!(size_of_val(&*run), size);
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert_eq!(run.as_mut().poll(&mut cx), task::Poll::Ready(Ok(7)));
}

#[test]
fn what_runs_in_a_context_is_as_it_was() {
    let future = std::future::ready(7);
    let size = size_of_val(&future);
    let mut run = pin!(Context::current().run(future));
    assert_eq!(size_of_val(&*run), size);
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert_eq!(run.as_mut().poll(&mut cx), task::Poll::Ready(7));
    assert_eq!(Context::default().enter(|| 7), 7);
}

#[test]
fn a_panic_is_caught_without_telemetry_too() {
    async fn burn() -> Result<(), Panicked> {
        panic!("burnt")
    }
    let mut run = pin!(Job::new("bake").run_catching(burn()));
    let mut cx = task::Context::from_waker(task::Waker::noop());
    let ended = run
        .as_mut()
        .poll(&mut cx)
        .map_err(|error| error.to_string());
    let message = "the job panicked: burnt".to_owned();
    assert_eq!(ended, task::Poll::Ready(Err(message)));
}

#[test]
fn any_context_is_read_and_an_empty_one_written() {
    let context = r#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#;
    for text in [context, "{}", "null", "7", "[1]", r#""any""#, r#"{"a":{}}"#] {
        let read: Context = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "{}");
    }
    assert_eq!(Context::current().to_string(), "");
}
