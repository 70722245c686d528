use std::hint::black_box;

use super::*;

/// Everything that Linux tells.
#[cfg(target_os = "linux")]
fn is_plausible(usage: &Usage) {
    let Some(Cpu::ByMode { user, system }) = usage.cpu else {
        panic!("{usage:?}");
    };
    assert!(user + system > 0.0, "{usage:?}");
    let memory = usage.memory.unwrap();
    assert!(memory > 100_000, "{usage:?}");
    assert!(usage.virtual_memory.unwrap() >= memory, "{usage:?}");
    // Standard input, output and error.
    assert!(usage.descriptors.unwrap() >= 3, "{usage:?}");
    assert!(usage.faults.unwrap()[0] > 0, "{usage:?}");
    assert!(usage.switches.is_some(), "{usage:?}");
    let uptime = usage.uptime.unwrap();
    assert!((0.0..86_400.0).contains(&uptime), "{usage:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn both_ways_to_read_tell_the_same_of_this_process() {
    let [mine, others] = [Reader::new().read(), other::Reader::new().read()];
    is_plausible(&mine);
    is_plausible(&others);
    assert!(mine.threads.unwrap() >= 1);
    let [mine, others] = [mine, others].map(|usage| usage.memory.unwrap() as f64);
    assert!((0.5..2.0).contains(&(mine / others)), "{mine} {others}");
}

#[test]
fn processor_time_grows_with_work() {
    let mut reader = Reader::new();
    let total = |usage: Usage| {
        let mut total = 0.0;
        usage.cpu.unwrap().each(|time, _| total += time);
        total
    };
    let before = total(reader.read());
    while total(reader.read()) < before + 0.01 {
        black_box((0..10_000).sum::<u64>());
    }
}

#[test]
fn utilization_is_a_share_of_all_processors() {
    let before = Cpu::ByMode {
        user: 1.0,
        system: 0.5,
    };
    let now = Cpu::ByMode {
        user: 2.0,
        system: 0.5,
    };
    let mut shares = Vec::new();
    now.utilization(before, 4.0)
        .each(|share, _| shares.push(share));
    assert_eq!(shares, [0.25, 0.0]);
}
