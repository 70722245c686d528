//! What stands in for `record` where telemetry is compiled out: nothing is
//! watched.

use tokio::runtime::Handle;

use crate::Options;

#[derive(Debug, Default)]
pub(crate) struct Watching;

impl Watching {
    #[inline]
    pub(crate) fn is_watching(&self) -> bool {
        false
    }
}

#[inline]
pub(crate) fn start(_: Options) -> Watching {
    Watching
}

#[inline]
pub(crate) fn watch(_: &str, _: &Handle, _: Option<Options>) -> Watching {
    Watching
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;

    use crate::{Options, Watch, start, watch};

    const _: () = assert!(size_of::<Watch>() == 0);

    #[tokio::test]
    async fn nothing_is_spawned() {
        let runtime = Handle::current();
        let watches = [start(Options::default()), watch("bakery", &runtime)];
        assert!(!watches.iter().any(Watch::is_watching));
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    }
}
