//! What stands in for `record` where telemetry is compiled out: nothing is
//! watched.

pub(crate) use otelier_core::edge::silent::{
    nothing_of as is_watching, nothing_of as start, nothing_of_three as watch,
};

pub(crate) type Watching = otelier_core::edge::silent::Silent<()>;

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
