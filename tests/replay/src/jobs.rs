//! The context that a job carries.

use std::{
    convert::Infallible,
    task::{Context as Task, Waker},
};

use otelier_jobs::{Context, Job};
use otelier_testing::capture;

/// The text of a column, and the JSON of a message.
pub fn job_context(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    keeps(&Context::from(&*text));
    if let Ok(context) = serde_json::from_slice::<Context>(data) {
        keeps(&context);
    }
}

/// What was read is written and read again, and a job can run in it.
fn keeps(context: &Context) {
    let text = context.to_string();
    assert!(text.len() <= 128 + 512 + 8192 + 2, "{}", text.len());
    assert_eq!(&Context::from(text.as_str()), context);
    let json = serde_json::to_string(context).unwrap();
    assert_eq!(&serde_json::from_str::<Context>(&json).unwrap(), context);

    let telemetry = capture();
    let job = Job::new("check").enqueued_by(context);
    let run = std::pin::pin!(job.run(async { Ok::<_, Infallible>(()) }));
    assert!(run.poll(&mut Task::from_waker(Waker::noop())).is_ready());
    assert_eq!(telemetry.spans().len(), 1);
}
