use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::*;
use crate::State;

fn ledger(capacity: usize) -> Ledger {
    Ledger::new(Signal::Traces, capacity, None)
}

#[test]
fn after_the_end_nothing_is_admitted_and_nothing_falls_below_zero() {
    let ledger = ledger(10);
    for _ in 0..7 {
        assert!(ledger.admit());
    }
    let mut taken = ledger.take(3);
    taken.hand_over(3);
    assert_eq!(ledger.abandon(), 7);
    for _ in 0..20 {
        assert!(!ledger.admit());
    }
    // What was under way comes to its end, too late.
    ledger.delivered(3, 0, None);
    ledger.failed(3, "late", "late");
    ledger.oversize(3);
    ledger.displaced(3, 1);
    drop(ledger.take(4));
    drop(ledger.collect(4));
    assert_eq!(ledger.abandon(), 0);
    let counts = ledger.counts();
    assert_eq!((counts.waiting, counts.inflight), (0, 0));
    assert_eq!((counts.abandoned, counts.dropped()), (7, 7));
    assert_eq!((counts.exported, counts.failed), (0, 0));
    assert_eq!(counts.admitted, 7);
}

#[test]
fn more_than_was_taken_takes_nothing_from_others() {
    let ledger = ledger(10);
    assert!(ledger.admit());
    ledger.take(5).hand_over_all();
    ledger.delivered(9, 0, None);
    let counts = ledger.counts();
    assert_eq!((counts.waiting, counts.inflight), (0, 0));
}

#[test]
fn whoever_is_admitted_while_the_end_comes_is_counted_once() {
    for _ in 0..50 {
        let ledger = ledger(1000);
        let go = AtomicBool::new(false);
        let admitted: u64 = thread::scope(|scope| {
            let recording: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        while !go.load(Ordering::Acquire) {
                            std::hint::spin_loop();
                        }
                        let mut admitted = 0;
                        for _ in 0..200 {
                            if ledger.admit() {
                                admitted += 1;
                                let mut taken = ledger.take(1);
                                taken.hand_over(1);
                                ledger.delivered(1, 0, None);
                            }
                        }
                        admitted
                    })
                })
                .collect();
            go.store(true, Ordering::Release);
            thread::yield_now();
            ledger.abandon();
            recording.into_iter().map(|it| it.join().unwrap()).sum()
        });
        let counts = ledger.counts();
        assert_eq!(counts.exported + counts.dropped(), admitted, "{counts:?}");
        assert_eq!((counts.waiting, counts.inflight), (0, 0));
    }
}

#[test]
fn what_an_exporter_has_taken_and_not_accounted_for_is_lost_by_its_panic() {
    let ledger = ledger(10);
    for _ in 0..5 {
        ledger.admit();
    }
    let mut taken = ledger.take(5);
    taken.hand_over(2);
    drop(taken);
    assert_eq!(ledger.failures(), [("panic".to_owned(), 3)]);
    assert_eq!(ledger.cause().unwrap(), "the exporter panicked");
    assert_eq!(ledger.counts().inflight, 2);
}

#[test]
fn each_kind_of_failure_keeps_its_number() {
    let ledger = ledger(100);
    ledger.collect(30).hand_over_all();
    ledger.failed(3, "refused", "connection_refused");
    ledger.failed(4, "503", "503");
    ledger.failed(5, "refused", "connection_refused");
    ledger.delivered(10, 2, Some("too old"));
    let failures = ledger.failures();
    let failures: Vec<_> = failures.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    let expected = [("503", 4), ("connection_refused", 8), ("rejected", 2)];
    assert_eq!(failures, expected);
    assert_eq!(ledger.counts().failed, 14);
}

#[test]
fn the_cause_of_a_loss_outlives_the_recovery() {
    let ledger = ledger(2);
    assert_eq!(ledger.cause(), None);
    ledger.collect(9).hand_over_all();
    ledger.failed(3, "connection refused by x", "connection_refused");
    ledger.delivered(3, 0, None);
    assert!(matches!(ledger.status().state, State::Exporting));
    assert_eq!(ledger.cause().unwrap(), "connection refused by x");
    ledger.delivered(3, 1, Some("too old"));
    assert_eq!(
        ledger.cause().unwrap(),
        "the receiver took all but these: too old"
    );
}

#[test]
fn a_queue_that_was_full_is_a_cause_of_its_own() {
    let ledger = ledger(1);
    assert!(ledger.admit() && !ledger.admit());
    assert_eq!(ledger.cause().unwrap(), "no room in the queue of 1");
}
