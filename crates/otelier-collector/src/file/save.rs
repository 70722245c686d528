//! Writes every accepted request to a file.

use super::{Rotation, rotate::Rotating};
use crate::{Notice, decode::Export, json::Writer, refusal::Refusal, room::Held};
use std::{
    io::{self, BufWriter, Write as _},
    path::Path,
};
use tokio::sync::{mpsc, oneshot};

/// What may wait for the disk; then the receive path does, so that nothing is lost.
const QUEUE: usize = 64;

/// A request on its way to the disk and back.
#[derive(Debug)]
struct Job {
    export: Export,
    held: Held,
    back: oneshot::Sender<(Export, Held)>,
}

/// The near end of the queue to a file.
#[derive(Debug)]
pub(crate) struct Saver(mpsc::Sender<Job>);

impl Saver {
    /// Has a request written, and hands it back: it is in memory once, wherever it is.
    pub(crate) async fn pass(&self, export: Export, held: Held) -> Result<(Export, Held), Refusal> {
        let (back, saved) = oneshot::channel();
        let job = Job { export, held, back };
        match self.0.send(job).await {
            Ok(()) => saved.await.map_err(|_| Refusal::closing()),
            // The thread is gone, which it tells when it goes.
            Err(mpsc::error::SendError(job)) => Ok((job.export, job.held)),
        }
    }
}

/// The far end: writes what comes until the queue is closed and empty.
#[derive(Debug)]
pub(crate) struct Saving {
    queue: mpsc::Receiver<Job>,
    file: BufWriter<Rotating>,
    notice: Notice,
}

/// Opens a file to append to, and makes both ends.
pub(crate) fn save(path: &Path, rotation: Rotation, notice: Notice) -> io::Result<(Saver, Saving)> {
    let file = Rotating::open(path, rotation)?;
    let (sender, receiver) = mpsc::channel(QUEUE);
    let saving = Saving {
        queue: receiver,
        file: BufWriter::with_capacity(64 << 10, file),
        notice,
    };
    Ok((Saver(sender), saving))
}

impl Saving {
    /// Writes on the thread it is called on, and blocks it.
    pub(crate) fn run(mut self) {
        let mut stopped = false;
        while let Some(Job { export, held, back }) = self.queue.blocking_recv() {
            if !stopped && let Err(error) = self.write(&export) {
                stopped = true;
                self.notice
                    .say(&format!("saving fails and has stopped: {error}"));
            }
            // Who has gone away needs it no more.
            let _ = back.send((export, held));
        }
    }

    fn write(&mut self, export: &Export) -> io::Result<()> {
        let mut writer = Writer::to(&mut self.file);
        export.write_json(&mut writer);
        writer.raw("\n");
        writer.finish()?;
        // A line is whole on the disk when its request is answered.
        self.file.flush()?;
        self.file.get_mut().turn()
    }
}
