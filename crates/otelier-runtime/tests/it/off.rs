//! While telemetry is off nothing is started.

use otelier_core::Source;
use otelier_runtime::{Options, start, watch};
use tokio::runtime::Handle;

#[tokio::test]
async fn no_task_is_spawned_and_nothing_is_watched() {
    assert!(Source::current().providers().is_none());
    let runtime = Handle::current();
    let watches = [start(Options::default()), watch("bakery", &runtime)];
    assert!(watches.iter().all(|watch| !watch.is_watching()));
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}
