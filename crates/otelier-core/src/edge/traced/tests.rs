use std::{
    cell::{Cell, RefCell},
    future::{pending, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    task::Waker,
    time::Duration,
};

use super::*;
use crate::{Outcome, Record, Run};

#[derive(Default)]
struct Seen {
    is_inside: Cell<bool>,
    ended: RefCell<Vec<Outcome>>,
}

struct Told(Rc<Seen>);

impl Record for Told {
    fn record(&mut self, outcome: &Outcome, _: Duration) {
        self.0.ended.borrow_mut().push(outcome.clone());
    }
}

struct Inside(Run<Told>);

impl Scope for Inside {
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let seen = Rc::clone(&self.0.record().0);
        seen.is_inside.set(true);
        let done = part();
        seen.is_inside.set(false);
        done
    }
}

/// Tells whether it was dropped inside.
struct Dropped(Rc<Seen>, Rc<Cell<Option<bool>>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.1.set(Some(self.0.is_inside.get()));
    }
}

fn scope() -> (Rc<Seen>, Option<Inside>) {
    let seen = Rc::<Seen>::default();
    let scope = Inside(Run::start(Told(Rc::clone(&seen))));
    (seen, Some(scope))
}

fn poll<F: Future>(traced: Pin<&mut Traced<F, Inside>>) -> Poll<(F::Output, Option<Inside>)> {
    traced.poll_output(&mut TaskContext::from_waker(Waker::noop()))
}

fn last<F: Future>(traced: Pin<&mut Traced<F, Inside>>) -> Poll<(F::Output, Option<Inside>)> {
    traced.poll_last(&mut TaskContext::from_waker(Waker::noop()))
}

#[test]
fn what_is_done_hands_its_scope_over() {
    let (seen, scope) = scope();
    let inside = Rc::clone(&seen);
    let mut traced = pin!(Traced::new(async move { inside.is_inside.get() }, scope));
    let Poll::Ready((true, Some(Inside(run)))) = poll(traced.as_mut()) else {
        panic!("it is ready, and ran inside");
    };
    assert!(seen.ended.borrow().is_empty());
    run.finish(Outcome::Done);
    assert_eq!(*seen.ended.borrow(), [Outcome::Done]);
}

#[test]
fn an_async_wrapper_runs_it_inside_and_names_the_end() {
    let (seen, scope) = scope();
    let inside = Rc::clone(&seen);
    let mut run = pin!(Traced::run(async move { inside.is_inside.get() }, scope));
    let polled = run
        .as_mut()
        .poll(&mut TaskContext::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready((true, Some(_)))));
    assert!(seen.ended.borrow().is_empty());
    drop(polled);
    assert_eq!(*seen.ended.borrow(), [Outcome::Dropped]);
}

#[test]
fn what_is_dropped_is_dropped_inside_polled_or_not() {
    for polls in [0, 1] {
        let (seen, scope) = scope();
        let when = Rc::<Cell<Option<bool>>>::default();
        let held = Dropped(Rc::clone(&seen), Rc::clone(&when));
        {
            let never = async move {
                let _held = held;
                pending::<()>().await;
            };
            let mut traced = pin!(Traced::new(never, scope));
            for _ in 0..polls {
                assert!(poll(traced.as_mut()).is_pending());
            }
        }
        assert_eq!(when.get(), Some(true));
        assert_eq!(*seen.ended.borrow(), [Outcome::Dropped]);
    }
}

#[test]
fn what_is_done_leaves_nothing_that_is_dropped_outside_and_stays_pending() {
    let (seen, scope) = scope();
    let when = Rc::<Cell<Option<bool>>>::default();
    let held = Dropped(seen, Rc::clone(&when));
    let done = poll_fn(move |_| {
        let _held = &held;
        Poll::Ready(7)
    });
    let mut traced = pin!(Traced::new(done, scope));
    assert!(matches!(last(traced.as_mut()), Poll::Ready((7, Some(_)))));
    assert_eq!(when.get(), Some(true));
    assert!(traced.as_mut().scope_mut().is_none());
    assert!(last(traced.as_mut()).is_pending());
}

#[test]
fn a_panic_ends_the_scope_where_it_happens() {
    let (seen, scope) = scope();
    let panics = poll_fn(|_| -> Poll<()> { std::panic::resume_unwind(Box::new(())) });
    let mut traced = pin!(Traced::new(panics, scope));
    let polled = catch_unwind(AssertUnwindSafe(|| poll(traced.as_mut()).is_pending()));
    assert!(polled.is_err());
    assert_eq!(*seen.ended.borrow(), [Outcome::Panicked]);
}

#[test]
fn what_is_made_in_the_scope_is_made_inside_and_a_panic_ends_it() {
    let (seen, scope) = scope();
    let inside = Rc::clone(&seen);
    let mut traced = pin!(Traced::make(scope, || ready(inside.is_inside.get())));
    assert!(matches!(
        poll(traced.as_mut()),
        Poll::Ready((true, Some(_)))
    ));

    let (seen, scope) = self::scope();
    let make = || -> std::future::Ready<()> { std::panic::resume_unwind(Box::new(())) };
    let made = catch_unwind(AssertUnwindSafe(|| drop(Traced::make(scope, make))));
    assert!(made.is_err());
    assert_eq!(*seen.ended.borrow(), [Outcome::Panicked]);
}

#[test]
fn without_a_scope_it_runs_as_it_is() {
    let mut traced = pin!(Traced::<_, Inside>::new(ready(7), None));
    assert!(matches!(poll(traced.as_mut()), Poll::Ready((7, None))));
}
