//! Linux: `/proc/self`.

use procfs::{Current as _, Uptime, process::Process};

use super::{rusage, usage::Usage};

pub(super) struct Reader(());

impl Reader {
    pub(super) fn new() -> Self {
        Self(())
    }

    #[expect(clippy::unused_self, reason = "other systems keep something")]
    pub(super) fn read(&mut self) -> Usage {
        let mut usage = Usage::default();
        rusage::add_to(&mut usage);
        let Ok(process) = Process::myself() else {
            return usage;
        };
        if let Ok(stat) = process.stat() {
            usage.memory = Some(stat.rss * procfs::page_size());
            usage.virtual_memory = Some(stat.vsize);
            usage.threads = stat.num_threads.try_into().ok();
            let began = stat.starttime as f64 / procfs::ticks_per_second() as f64;
            usage.uptime = Uptime::current()
                .ok()
                .map(|system| (system.uptime - began).max(0.0));
        }
        usage.descriptors = process.fd_count().ok().map(|count| count as u64);
        usage.disk = process.io().ok().map(|io| [io.read_bytes, io.write_bytes]);
        usage
    }
}
