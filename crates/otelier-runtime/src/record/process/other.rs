//! Every other system, by `sysinfo`.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::usage::Usage;

pub(super) struct Reader {
    system: System,
    process: Option<Pid>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            system: System::new(),
            process: sysinfo::get_current_pid().ok(),
        }
    }

    pub(super) fn read(&mut self) -> Usage {
        let mut usage = Usage::default();
        if let Some(process) = self.process {
            let wanted = ProcessRefreshKind::nothing()
                .with_cpu()
                .with_disk_usage()
                .with_memory();
            let this = ProcessesToUpdate::Some(&[process]);
            self.system.refresh_processes_specifics(this, true, wanted);
        }
        let process = self.process.and_then(|id| self.system.process(id));
        if let Some(process) = process {
            #[cfg(not(unix))]
            {
                let seconds = process.accumulated_cpu_time() as f64 / 1e3;
                usage.cpu = Some(super::usage::Cpu::Total(seconds));
            }
            usage.memory = Some(process.memory());
            usage.virtual_memory = Some(process.virtual_memory());
            usage.threads = process.tasks().map(|tasks| tasks.len() as u64);
            #[cfg(unix)]
            {
                usage.descriptors = process.open_files().map(|count| count as u64);
            }
            let disk = process.disk_usage();
            usage.disk = Some([disk.total_read_bytes, disk.total_written_bytes]);
            usage.uptime = Some(process.run_time() as f64);
        }
        #[cfg(unix)]
        super::rusage::add_to(&mut usage);
        usage
    }
}
