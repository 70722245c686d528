use std::sync::Mutex;
use std::sync::atomic::AtomicU32;

use super::*;

fn silent(_: &str) {}

/// A limit whose second is what the test says.
fn limit(lines: u32) -> (LogLimit, Arc<AtomicU32>) {
    let second = Arc::new(AtomicU32::new(7));
    let clock = Arc::clone(&second);
    let lines = NonZeroU32::new(lines).unwrap();
    let limit = LogLimit::with_clock(lines, silent, move || clock.load(Relaxed));
    // No thread: the test asks.
    limit.0.is_telling.store(true, Relaxed);
    (limit, second)
}

fn passed(limit: &LogLimit, place: Place, target: &str, times: usize) -> usize {
    let admitted = (0..times).filter(|_| limit.counts(place, target, false));
    admitted.count()
}

#[test]
fn so_many_lines_of_a_target_pass_in_each_second() {
    let (limit, second) = limit(3);
    assert_eq!(passed(&limit, Place::Console, "shop", 5), 3);
    assert_eq!(passed(&limit, Place::Console, "shop::db", 5), 3);
    second.store(8, Relaxed);
    assert_eq!(passed(&limit, Place::Console, "shop", 2), 2);
    assert_eq!(passed(&limit, Place::Console, "shop", 2), 1);
    // A clock at its end stands still.
    second.store(u32::MAX, Relaxed);
    assert_eq!(passed(&limit, Place::Console, "shop", 9), 3);
}

#[test]
fn each_place_counts_by_itself_and_errors_are_hidden_by_nothing_else() {
    let (limit, _) = limit(2);
    assert_eq!(passed(&limit, Place::Console, "shop", 9), 2);
    assert_eq!(passed(&limit, Place::Shipped, "shop", 9), 2);
    assert!(limit.counts(Place::Console, "shop", true));
    assert!(limit.counts(Place::Console, "shop", true));
    assert!(!limit.counts(Place::Console, "shop", true));
    assert_eq!(
        limit.message().unwrap(),
        "lines were left out, as one target may have 2 a second (OTELIER_LOG_LIMIT): \
         on the console 8 of shop; among the records shipped 7 of shop"
    );
}

#[test]
fn what_was_left_out_is_told_once_and_the_most_of_it_first() {
    let (limit, _) = limit(1);
    assert_eq!(limit.message(), None);
    for (target, times) in [("a", 2), ("b", 5), ("c", 4), ("d", 3), ("e", 2), ("f", 1)] {
        assert_eq!(passed(&limit, Place::File, target, times), 1);
    }
    assert_eq!(
        limit.message().unwrap(),
        "lines were left out, as one target may have 1 a second (OTELIER_LOG_LIMIT): \
         in the log file 4 of b, 3 of c, 2 of d, 2 of 2 others"
    );
    assert_eq!(limit.message(), None);
}

#[test]
fn targets_that_are_made_up_take_no_more_than_so_much_memory() {
    let (limit, _) = limit(1);
    for number in 0..5000 {
        limit.counts(Place::Console, &format!("made up {number}"), false);
    }
    assert!(!limit.counts(Place::Console, &"long".repeat(1000), false));
    assert_eq!(limit.0.places[0].take_left_out().len(), 1);
    assert_eq!(limit.0.places[0].known(), 1024);
}

#[test]
fn a_limit_is_told_of_by_who_is_named_for_it() {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let lines = NonZeroU32::new(1).unwrap();
    let say = |text: &str| SAID.lock().unwrap().push(text.to_owned());
    let limit = LogLimit::with_clock(lines, say, || 0);
    limit.0.is_telling.store(true, Relaxed);
    limit.tell();
    assert_eq!(passed(&limit, Place::Console, "shop", 2), 1);
    limit.tell();
    limit.tell();
    let said = SAID.lock().unwrap();
    assert_eq!(said.len(), 1);
    assert!(said[0].ends_with("on the console 1 of shop"), "{said:?}");
}
