//! What a process uses.

use opentelemetry::KeyValue;
use otelier_core::semconv;

/// What the process has used so far. What the system does not tell is `None`.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    pub(super) cpu: Option<Cpu>,
    /// Soft and hard: served without and with I/O.
    pub(super) faults: Option<[u64; 2]>,
    /// Voluntary and not.
    pub(super) switches: Option<[u64; 2]>,
    /// Bytes in physical memory.
    pub(super) memory: Option<u64>,
    /// Bytes of address space.
    pub(super) virtual_memory: Option<u64>,
    pub(super) threads: Option<u64>,
    pub(super) descriptors: Option<u64>,
    /// Bytes read from and written to disks.
    pub(super) disk: Option<[u64; 2]>,
    /// Seconds since the process began.
    pub(super) uptime: Option<f64>,
}

/// Seconds of processor time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cpu {
    ByMode { user: f64, system: f64 },
    Total(f64),
}

impl Cpu {
    /// The times and what tells them apart.
    pub(super) fn each(self, mut tell: impl FnMut(f64, &[KeyValue])) {
        match self {
            Self::ByMode { user, system } => {
                tell(user, &[KeyValue::new(semconv::CPU_MODE, "user")]);
                tell(system, &[KeyValue::new(semconv::CPU_MODE, "system")]);
            }
            Self::Total(total) => tell(total, &[]),
        }
    }

    /// What was used since then, as a share of what the processors have.
    pub(super) fn utilization(self, before: Self, capacity: f64) -> Self {
        let share = |now: f64, before: f64| ((now - before) / capacity).clamp(0.0, 1.0);
        match (self, before) {
            (
                Self::ByMode { user, system },
                Self::ByMode {
                    user: user_before,
                    system: system_before,
                },
            ) => Self::ByMode {
                user: share(user, user_before),
                system: share(system, system_before),
            },
            (Self::Total(now), Self::Total(before)) => Self::Total(share(now, before)),
            (now, _) => now,
        }
    }
}
