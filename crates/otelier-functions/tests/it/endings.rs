//! Every way in which a call can end.

use std::{
    fmt,
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use futures_util::FutureExt as _;
use otelier_functions::trace;
use otelier_testing::capture;

use crate::Failed;

#[trace(skip_all)]
fn bake(hot: bool) -> Result<u8, Failed> {
    if !hot {
        return Err(Failed);
    }
    Ok(7)
}

#[trace(skip_all)]
async fn bake_later(hot: bool) -> Result<u8, Failed> {
    tokio::task::yield_now().await;
    Ok(bake(hot)? + 1)
}

#[trace]
fn burn() -> u8 {
    panic!("burnt")
}

#[trace]
async fn burn_later() -> u8 {
    tokio::task::yield_now().await;
    burn()
}

#[trace]
async fn rise() {
    pending().await
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_call_that_ends_well_is_a_span_below_its_caller() {
    let telemetry = capture();
    assert_eq!(bake_later(true).await, Ok(8));
    insta::assert_snapshot!(telemetry.tree(), @r"
    endings::bake_later [internal]
      endings::bake [internal]
    ");
}

#[tokio::test]
async fn an_error_fails_the_span_and_goes_on_with_no_event() {
    let telemetry = capture();
    assert_eq!(bake_later(false).await, Err(Failed));
    insta::assert_snapshot!(telemetry.tree(), @r"
    endings::bake_later [internal] ERROR: the oven is cold, password=[REDACTED] it::Failed
      endings::bake [internal] ERROR: the oven is cold, password=[REDACTED] it::Failed
    ");
    assert!(telemetry.logs().is_empty());
}

#[tokio::test]
async fn a_panic_ends_the_span_and_goes_on() {
    let telemetry = capture();
    assert!(catch_unwind(burn).is_err());
    assert!(AssertUnwindSafe(burn_later()).catch_unwind().await.is_err());
    insta::assert_snapshot!(telemetry.tree(), @r"
    endings::burn [internal] ERROR panic
    endings::burn_later [internal] ERROR panic
      endings::burn [internal] ERROR panic
    ");
}

#[test]
fn a_call_that_is_dropped_is_cancelled() {
    let telemetry = capture();
    assert!(poll_once(rise()).is_pending());
    insta::assert_snapshot!(telemetry.tree(), @"endings::rise [internal] ERROR cancelled");
}

#[test]
fn a_call_that_is_never_polled_leaves_nothing() {
    let telemetry = capture();
    drop(rise());
    assert!(telemetry.spans().is_empty());
}

#[test]
fn an_error_that_panics_as_it_is_written_is_told_by_its_type() {
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("cannot be written")
        }
    }
    #[trace]
    fn breaks() -> Result<(), Broken> {
        Err(Broken)
    }
    let telemetry = capture();
    assert!(breaks().is_err());
    let kind = "it::endings::an_error_that_panics_as_it_is_written_is_told_by_its_type::Broken";
    let span = telemetry.span("endings::breaks");
    assert_eq!(span.get("error.type"), Some(kind.into()));
}

#[test]
fn a_call_while_a_panic_unwinds_ends_as_it_does() {
    struct Tidy;
    impl Drop for Tidy {
        fn drop(&mut self) {
            bake(true).ok();
        }
    }
    let telemetry = capture();
    let unwound = catch_unwind(|| {
        let _tidy = Tidy;
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(unwound.is_err());
    insta::assert_snapshot!(telemetry.tree(), @"endings::bake [internal]");
}

#[test]
fn a_function_does_the_same_while_nothing_is_recorded() {
    assert_eq!(bake(true), Ok(7));
    assert_eq!(bake_later(false).now_or_never(), None);
    assert!(catch_unwind(burn).is_err());
}
