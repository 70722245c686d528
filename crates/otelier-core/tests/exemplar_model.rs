//! Every order in which threads may come to the cell of an exemplar, tried by
//! loom: the cell's own source, on loom's atomics.

use loom::{sync::Arc, thread};

mod atomic {
    pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
}

#[path = "../src/exemplars/cell.rs"]
mod cell;

use self::cell::{Cell, PARTS};

/// Parts that belong together.
fn whole(number: u64) -> [u64; PARTS] {
    [number; PARTS]
}

fn is_whole(parts: [u64; PARTS]) -> bool {
    parts.iter().all(|part| *part == parts[0] && *part > 0)
}

#[test]
fn what_is_taken_is_of_one_writer_and_is_taken_once() {
    loom::model(|| {
        let cell = Arc::new(Cell::new());
        let writers = [1, 2].map(|number| {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.put(whole(number)))
        });
        let early = cell.take();
        for writer in writers {
            writer.join().unwrap();
        }
        let late = cell.take();
        for parts in early.into_iter().chain(late) {
            assert!(is_whole(parts), "{parts:?}");
        }
        assert!(early.is_some() || late.is_some(), "one of them came first");
        assert!(early != late, "each is taken once");
        assert_eq!(cell.take(), None);
    });
}

#[test]
fn the_newest_wins_and_whoever_takes_leaves_the_cell_free() {
    loom::model(|| {
        let cell = Arc::new(Cell::new());
        cell.put(whole(1));
        let taker = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.take())
        };
        cell.put(whole(2));
        let taken = taker.join().unwrap();
        assert!(taken.is_none_or(is_whole));
        // It may have been taken just then, or have come while it was.
        let left = cell.take();
        assert!(left.is_none_or(|parts| parts == whole(2)), "{left:?}");
        cell.put(whole(3));
        cell.put(whole(4));
        assert_eq!(cell.take(), Some(whole(4)));
    });
}
