//! What every Unix tells by `getrusage`, threads that have ended included.

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike as _,
};

use super::usage::{Cpu, Usage};

/// Fills in processor time, page faults and context switches.
pub(super) fn add_to(usage: &mut Usage) {
    let Ok(used) = getrusage(UsageWho::RUSAGE_SELF) else {
        return;
    };
    let seconds = |micros: i64| micros as f64 / 1e6;
    usage.cpu = Some(Cpu::ByMode {
        user: seconds(used.user_time().num_microseconds()),
        system: seconds(used.system_time().num_microseconds()),
    });
    usage.faults = counts([used.minor_page_faults(), used.major_page_faults()]);
    usage.switches = counts([
        used.voluntary_context_switches(),
        used.involuntary_context_switches(),
    ]);
}

fn counts([one, other]: [impl TryInto<u64>; 2]) -> Option<[u64; 2]> {
    Some([one.try_into().ok()?, other.try_into().ok()?])
}
