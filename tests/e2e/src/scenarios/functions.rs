//! Calls functions whose calls are spans, with all that can be told.

use std::{future::pending, io, time::Duration};

use tokio::time::timeout;

struct Parcels;

impl Parcels {
    #[otelier::trace(record(id, password))]
    async fn ship(&self, id: u64, label: &str, password: &str) -> io::Result<()> {
        weigh(label, password);
        Err(io::Error::other("no such parcel"))
    }
}

#[otelier::trace]
fn weigh(label: &str, token: &str) -> usize {
    label.len() + token.len()
}

#[otelier::trace]
async fn wait() {
    pending().await
}

pub(crate) async fn all() {
    let _ = Parcels.ship(7, "to Riga, s3cr3t", "hunter2").await;
    let _ = timeout(Duration::ZERO, wait()).await;
}
