//! Decodes large requests one after the other, on a thread of their own: so they hold up no other
//! request, and what an allocator keeps for each thread is kept once.

use crate::{
    decode::{Export, Format},
    refusal::Refusal,
    room::{Held, Room},
    signal::Signal,
};
use bytes::Bytes;
use std::{
    sync::{
        OnceLock,
        mpsc::{Sender, channel},
    },
    thread,
};
use tokio::sync::oneshot;

/// Requests up to this are decoded where they are.
const SMALL: usize = 256 << 10;

type Job = Box<dyn FnOnce() + Send>;

/// The way to the thread, which starts with the first large request.
#[derive(Debug, Default)]
pub(crate) struct Decoder(OnceLock<Option<Sender<Job>>>);

impl Decoder {
    /// Does what [`Export::decode`] does.
    pub(super) async fn decode(
        &self,
        signal: Signal,
        format: Format,
        message: Bytes,
        memory: usize,
        room: &Room,
    ) -> Result<(Export, Held), Refusal> {
        let large = message.len() > SMALL;
        let Some(jobs) = large.then(|| self.0.get_or_init(start).as_ref()).flatten() else {
            return Export::decode(signal, format, message, memory, room);
        };
        let (back, decoded) = oneshot::channel();
        let room = room.clone();
        let job = Box::new(move || {
            // Who has gone away needs it no more.
            let _ = back.send(Export::decode(signal, format, message, memory, &room));
        });
        match jobs.send(job) {
            Ok(()) => decoded.await.unwrap_or_else(|_| Err(Refusal::closing())),
            Err(_) => Err(Refusal::closing()),
        }
    }
}

/// Without a thread, everything is decoded where it is.
fn start() -> Option<Sender<Job>> {
    let (jobs, queue) = channel::<Job>();
    let work = move || queue.into_iter().for_each(|job| job());
    let thread = thread::Builder::new().name("decoder".into()).spawn(work);
    thread.is_ok().then_some(jobs)
}
