#![expect(missing_docs, reason = "documented once, in `on`")]

use tokio::runtime::Handle;

use crate::Options;

#[derive(Debug, Default)]
#[must_use = "watching ends when this is dropped"]
pub struct Watch(());

impl Watch {
    #[inline]
    #[must_use]
    pub fn is_watching(&self) -> bool {
        false
    }
}

#[inline]
pub fn start(_options: Options) -> Watch {
    Watch(())
}

#[inline]
pub fn watch(_name: &str, _runtime: &Handle) -> Watch {
    Watch(())
}

#[inline]
pub fn watch_with(_name: &str, _runtime: &Handle, _options: Options) -> Watch {
    Watch(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const _: () = assert!(size_of::<Watch>() == 0);

    #[tokio::test]
    async fn nothing_is_spawned() {
        let runtime = Handle::current();
        let watches = [start(Options::default()), watch("bakery", &runtime)];
        assert!(!watches.iter().any(Watch::is_watching));
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    }
}
