//! Writes to a stream that may not take anything: a pipe whose reader has stopped, say.

use std::{
    io::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// What may wait to be written; beyond, it is left out.
const MOST_BYTES: usize = 4 << 20;

/// A stream with a thread of its own that writes to it, so that nothing else ever waits for it.
#[derive(Debug, Clone)]
pub(crate) struct Lines(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Nothing once the stream is closed for good.
    queue: Mutex<Option<Sender<String>>>,
    waiting: Arc<AtomicUsize>,
    /// Ends when everything is written.
    written: Mutex<Receiver<()>>,
}

impl Lines {
    /// # Cost
    /// A thread.
    pub(crate) fn to(mut stream: impl Write + Send + 'static) -> Self {
        let (queue, lines) = channel::<String>();
        let (alive, written) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let writing = Arc::clone(&waiting);
        let write = move || {
            let _alive: Sender<()> = alive;
            for line in lines {
                writing.fetch_sub(line.len(), Relaxed);
                // Closed streams stay closed, which is their reader's choice.
                if stream.write_all(line.as_bytes()).is_err() || stream.flush().is_err() {
                    return;
                }
            }
        };
        // Without a thread nothing is written.
        let started = thread::Builder::new().name("lines".into()).spawn(write);
        Self(Arc::new(Inner {
            queue: Mutex::new(started.is_ok().then_some(queue)),
            waiting,
            written: Mutex::new(written),
        }))
    }

    /// Has text written, or leaves it out if too much waits; tells which.
    pub(crate) fn write(&self, text: String) -> bool {
        let length = text.len();
        let waiting = self.0.waiting.fetch_add(length, Relaxed);
        let queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let room = waiting == 0 || waiting + length <= MOST_BYTES;
        let taken = room && queue.as_ref().is_some_and(|queue| queue.send(text).is_ok());
        if !taken {
            self.0.waiting.fetch_sub(length, Relaxed);
        }
        taken
    }

    /// Takes no more, and waits until everything is written, but no longer than this.
    pub(crate) fn finish(&self, within: Duration) {
        let queue = self.0.queue.lock();
        drop(queue.unwrap_or_else(PoisonError::into_inner).take());
        let written = self.0.written.lock();
        let written = written.unwrap_or_else(PoisonError::into_inner);
        let end: Result<(), RecvTimeoutError> = written.recv_timeout(within);
        // Either it was written, or there was no more time.
        let _ = end;
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, MOST_BYTES};
    use std::{
        io::{self, Write},
        sync::mpsc::{Receiver, Sender, channel},
        time::Duration,
    };

    /// Takes a write when it is let.
    struct Gate(Receiver<()>, Sender<String>);

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_takes_nothing_holds_nobody_and_no_more_than_the_bound() {
        let (open, gate) = channel();
        let (write, written) = channel();
        let lines = Lines::to(Gate(gate, write));
        let long = "x".repeat(MOST_BYTES / 4);
        let taken = (0..20).filter(|_| lines.write(long.clone())).count();
        assert!((4..=6).contains(&taken), "{taken}");
        lines.finish(Duration::from_millis(1));
        assert!(!lines.write("late".into()));
        drop(open);
        assert_eq!(written.iter().count(), taken);
    }
}
