//! Functions that give back a future.

use std::{pin::Pin, task::Context};

use async_trait::async_trait;
use futures_util::{FutureExt as _, future::BoxFuture};
use otelier_functions::trace;
use otelier_testing::capture;

use crate::{Failed, drawn};

#[async_trait]
trait Stock: Sync {
    async fn find(&self, id: u64) -> Result<String, Failed>;

    #[trace(record(id))]
    async fn find_twice(&self, id: u64) -> Result<String, Failed> {
        let first = self.find(id).await?;
        Ok(first + &self.find(id).await?)
    }
}

struct Shelf(Vec<&'static str>);

#[async_trait]
impl Stock for Shelf {
    #[trace(record(id), fields(shelf.size = self.0.len()))]
    async fn find(&self, id: u64) -> Result<String, Failed> {
        tokio::task::yield_now().await;
        let at = usize::try_from(id).map_err(|_| Failed)?;
        Ok((*self.0.get(at).ok_or(Failed)?).to_owned())
    }
}

#[tokio::test]
async fn a_method_of_async_trait_is_recorded_to_its_end() {
    let telemetry = capture();
    let shelf = Shelf(vec!["bread"]);
    assert_eq!(shelf.find_twice(0).await.unwrap(), "breadbread");
    let stock: &dyn Stock = &shelf;
    assert!(stock.find_twice(1).await.is_err());
    insta::assert_snapshot!(telemetry.tree(), @r"
    Shelf::find_twice [internal]
      Shelf::find [internal]
      Shelf::find [internal]
    Shelf::find_twice [internal] ERROR: the oven is cold, password=[REDACTED] it::Failed
      Shelf::find [internal] ERROR: the oven is cold, password=[REDACTED] it::Failed
    ");
    insta::assert_snapshot!(drawn(&telemetry), @r"
    Shelf::find_twice: otelier.parameter.id=0 code.function.name=it::futures::Shelf::find_twice
    Shelf::find: otelier.parameter.id=0 shelf.size=1 code.function.name=it::futures::Shelf::find
    Shelf::find: otelier.parameter.id=0 shelf.size=1 code.function.name=it::futures::Shelf::find
    Shelf::find_twice: otelier.parameter.id=1 code.function.name=it::futures::Shelf::find_twice error.type=it::Failed
    Shelf::find: otelier.parameter.id=1 shelf.size=1 code.function.name=it::futures::Shelf::find error.type=it::Failed
    ");
}

#[trace]
fn opaque(n: u8) -> impl Future<Output = Result<u8, Failed>> + Send {
    let more = n + 1;
    async move {
        let n = checked(more).await?;
        Ok(n)
    }
}

#[trace]
fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, Failed>> + Send>> {
    if n == 9 {
        return Box::pin(async { Err(Failed) });
    }
    Box::pin(async move { Ok(checked(n).await? + 1) })
}

#[trace]
fn alias(n: &u8) -> BoxFuture<'_, Result<u8, Failed>> {
    async move { checked(*n).await }.boxed()
}

#[trace]
fn ready(n: u8) -> impl Future<Output = u8> {
    std::future::ready(n)
}

async fn checked(n: u8) -> Result<u8, Failed> {
    tokio::task::yield_now().await;
    (n < 5).then_some(n).ok_or(Failed)
}

#[trace]
async fn coerced(n: u8) -> Box<dyn Fn(u8) -> u8 + Send> {
    if n == 0 {
        return Box::new(|_| 0);
    }
    Box::new(move |m| n + m)
}

#[trace]
async fn borrowed<'a>(text: &'a mut String, more: &str) -> &'a str {
    tokio::task::yield_now().await;
    text.push_str(more);
    text
}

#[trace]
async fn nameless(n: u8) -> impl Iterator<Item = u8> {
    tokio::task::yield_now().await;
    0..n
}

#[tokio::test]
async fn a_function_that_gives_back_a_future_ends_with_it() {
    let telemetry = capture();
    assert_eq!((opaque(1).await, opaque(7).await), (Ok(2), Err(Failed)));
    assert_eq!((boxed(1).await, boxed(9).await), (Ok(2), Err(Failed)));
    assert_eq!((alias(&1).await, ready(3).await), (Ok(1), 3));
    assert_eq!((coerced(1).await(2), coerced(0).await(2)), (3, 0));
    assert_eq!(borrowed(&mut "a".to_owned(), "b").await, "ab");
    assert_eq!(nameless(2).await.count(), 2);
    insta::assert_snapshot!(telemetry.tree(), @r"
    futures::opaque [internal]
    futures::opaque [internal] ERROR: the oven is cold, password=[REDACTED] it::Failed
    futures::boxed [internal]
    futures::boxed [internal] ERROR: the oven is cold, password=[REDACTED] it::Failed
    futures::alias [internal]
    futures::ready [internal]
    futures::coerced [internal]
    futures::coerced [internal]
    futures::borrowed [internal]
    futures::nameless [internal]
    ");
}

#[tokio::test]
async fn a_future_that_is_given_back_is_cancelled_or_was_never() {
    let telemetry = capture();
    drop(opaque(1));
    let mut begun = Box::pin(opaque(1));
    assert!(
        begun
            .as_mut()
            .poll(&mut Context::from_waker(std::task::Waker::noop()))
            .is_pending()
    );
    drop(begun);
    insta::assert_snapshot!(telemetry.tree(), @"futures::opaque [internal] ERROR cancelled");
}

#[tokio::test]
async fn a_future_stays_one_that_can_be_sent() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    let mut text = String::new();
    sent(borrowed(&mut text, "a")).await;
    assert_eq!(sent(opaque(1)).await, Ok(2));
    sent(Shelf(vec![]).find(1)).await.unwrap_err();
}
