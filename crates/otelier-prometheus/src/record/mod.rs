//! Reads metrics, and writes them as Prometheus has them.

mod accept;
mod encode;
mod reader;
mod shelf;
mod turns;

pub use self::reader::{Reader, Shared};
use crate::page::{Page, Unread};

pub(crate) async fn page(accept: &str) -> Result<Page, Unread> {
    match reader::installed() {
        Some(reader) => reader.page(accept).await,
        None => Err(Unread::Off),
    }
}
