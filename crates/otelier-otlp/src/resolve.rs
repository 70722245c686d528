//! Names to addresses, on a thread for each look-up.

use std::{
    future::Future,
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread, vec,
};

use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::{Semaphore, oneshot};
use tower_service::Service;

/// Asks the system.
///
/// Not on the blocking threads of tokio: where the system has no thread to give,
/// those panic, and what sends would be gone with them.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    /// One at a time: a look-up that hangs cannot be ended.
    turn: Arc<Semaphore>,
}

impl Resolver {
    pub(crate) fn new() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let turn = Arc::clone(&self.turn);
        Box::pin(async move {
            let permit = turn.acquire_owned().await.map_err(io::Error::other)?;
            let (sender, found) = oneshot::channel();
            let thread = thread::Builder::new().name("otelier-dns".to_owned());
            thread.spawn(move || {
                sender.send((name.as_str(), 0).to_socket_addrs()).ok();
                drop(permit);
            })?;
            found.await.map_err(io::Error::other)?
        })
    }
}
