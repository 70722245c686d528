//! The context that a job carries.

use std::{
    convert::Infallible,
    task::{Context as Task, Waker},
};

use otelier_core::Conventions;
use otelier_jobs::{Context, Job};
use otelier_sdk::fuzz::propagations;
use otelier_testing::{capture, capture_with};

/// The text of a column, and the JSON of a message.
pub fn job_context(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    keeps(&Context::from(&*text));
    if let Ok(context) = serde_json::from_slice::<Context>(data) {
        keeps(&context);
    }
}

/// The carriers of other languages, with all propagators set: JSON as it is and
/// within a text, and the headers of a message, one a line.
pub fn carriers(data: &[u8]) {
    let [_, _, _, all] = propagations();
    let _telemetry = capture_with(all, Conventions::default());
    let text = String::from_utf8_lossy(data);
    let context = Context::from(&*text);
    keeps(&context);
    if let Ok(whole) = serde_json::from_slice::<serde_json::Value>(data) {
        // What follows from the same JSON is the same.
        let json: Context = serde_json::from_slice(data).unwrap();
        keeps(&json);
        let quoted = serde_json::to_string(&*text).unwrap();
        if whole.is_object() || whole.is_array() {
            assert_eq!(json, context);
            assert_eq!(Context::from(&*quoted), context);
        }
    }
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let message: Context = lines.collect();
    keeps(&message);
    // What goes over the environment to another process arrives there.
    assert_eq!(message.env().collect::<Context>(), message);
}

/// What was read is written and read again, and a job can run in it.
fn keeps(context: &Context) {
    let text = context.to_string();
    assert!(text.len() <= 128 + 512 + 8192 + 2, "{}", text.len());
    assert_eq!(&Context::from(text.as_str()), context);
    let json = serde_json::to_string(context).unwrap();
    assert_eq!(&serde_json::from_str::<Context>(&json).unwrap(), context);

    let telemetry = capture();
    let job = Job::new("check").with_context(context);
    let run = std::pin::pin!(job.run(async { Ok::<_, Infallible>(()) }));
    assert!(run.poll(&mut Task::from_waker(Waker::noop())).is_ready());
    assert_eq!(telemetry.spans().len(), 1);
}
