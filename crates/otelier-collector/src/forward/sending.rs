//! The far end of the queue: sends what comes until the queue is closed and empty.

use super::{
    counts::{ForwardCounts, Lost},
    post::{Failure, Post},
    queue::Parcel,
};
use crate::Notice;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout_at},
};

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a request is tried again, as the exporters of the real Collector do.
const PERSISTENCE: Duration = Duration::from_secs(300);
/// The first wait, doubled each time up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// No line is said more often.
const REMINDER: Duration = Duration::from_secs(60);
/// How long sending goes on when the collector ends.
const FAREWELL: Duration = Duration::from_secs(4);

#[derive(Debug)]
pub(crate) struct Sending<P> {
    queue: mpsc::Receiver<Parcel>,
    counts: Arc<ForwardCounts>,
    post: P,
    name: String,
    notice: Notice,
    /// When a line said last that it fails, and that it works again.
    failure_said: Option<Instant>,
    recovery_said: Option<Instant>,
    failing: bool,
    /// What was lost when a line told of it last.
    told: Lost,
    /// What was lost when something arrived last.
    sound: Lost,
    /// When to give up, once the collector ends.
    end: Option<Instant>,
}

impl<P> Sending<P> {
    pub(super) const fn new(
        queue: mpsc::Receiver<Parcel>,
        counts: Arc<ForwardCounts>,
        post: P,
        name: String,
        notice: Notice,
    ) -> Self {
        Self {
            queue,
            counts,
            post,
            name,
            notice,
            failure_said: None,
            recovery_said: None,
            failing: false,
            told: Lost::NOTHING,
            sound: Lost::NOTHING,
            end: None,
        }
    }
}

impl<P: Post> Sending<P> {
    pub(crate) async fn run(mut self, mut closing: watch::Receiver<bool>) {
        let mut dropped = 0;
        while let Some(parcel) = self.queue.recv().await {
            match self.deliver(&parcel, &mut closing).await {
                Ok(()) => {
                    self.counts.sent.fetch_add(1, Relaxed);
                    self.recovered();
                }
                Err(reason) => {
                    self.counts.failed.fetch_add(1, Relaxed);
                    self.counts.lose(parcel.signal, parcel.items);
                    self.fails(&reason);
                }
            }
            let length = parcel.message.len();
            self.counts.queued_bytes.fetch_sub(length, Relaxed);
            let before = std::mem::replace(&mut dropped, self.counts.dropped.load(Relaxed));
            if dropped > before {
                self.fails("it takes requests more slowly than they come");
            }
        }
        let lost = self.counts.get().lost();
        if lost != Lost::NOTHING {
            self.say(&format!("has lost {lost} in all"));
        }
    }

    /// Tries until it arrives, cannot arrive, or has been tried for long enough.
    async fn deliver(
        &mut self,
        parcel: &Parcel,
        closing: &mut watch::Receiver<bool>,
    ) -> Result<(), String> {
        let give_up = Instant::now() + PERSISTENCE;
        let mut wait = FIRST_WAIT;
        loop {
            if self.end.is_none() && *closing.borrow() {
                self.end = Some(Instant::now() + FAREWELL);
            }
            let now = Instant::now();
            let deadline = self
                .end
                .map_or(now + PATIENCE, |end| end.min(now + PATIENCE));
            if deadline <= now {
                return Err("the collector has ended".into());
            }
            let sent = self
                .post
                .post(parcel.signal, parcel.message.clone(), &parcel.via);
            let failure = match timeout_at(deadline, sent).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(failure)) => failure,
                Err(_) => Failure::passing(format!("no answer within {} s", PATIENCE.as_secs())),
            };
            let pause = failure.pause.unwrap_or(wait);
            let over = self.end.is_some() || Instant::now() + pause > give_up;
            if !failure.passes || over {
                return Err(failure.reason);
            }
            self.fails(&format!("{}; trying again", failure.reason));
            tokio::select! {
                () = sleep(pause) => {}
                // An error means that the collector's handle is gone, which closes as well.
                _ = closing.wait_for(|closing| *closing) => {
                    self.end = Some(Instant::now() + FAREWELL);
                }
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    fn say(&self, what: &str) {
        self.notice
            .say(&format!("forwarding to {} {what}", self.name));
    }

    /// Says that forwarding fails: at once the first time, then once a minute at most.
    fn fails(&mut self, reason: &str) {
        self.failing = true;
        if !is_due(&mut self.failure_said) {
            return;
        }
        let lost = self.since_told();
        self.say(&format!("fails: {reason}{lost}"));
    }

    /// Says that it works again, if a line said that it does not.
    fn recovered(&mut self) {
        let lost = self.counts.get().lost();
        let meanwhile = lost.since(&std::mem::replace(&mut self.sound, lost));
        if !std::mem::take(&mut self.failing) || !is_due(&mut self.recovery_said) {
            return;
        }
        self.told = lost;
        self.say(&match meanwhile {
            Lost::NOTHING => "works again; nothing was lost".to_owned(),
            lost => format!("works again; lost {lost} meanwhile"),
        });
    }

    /// What was lost since a line told of it.
    fn since_told(&mut self) -> String {
        let lost = self.counts.get().lost();
        match lost.since(&std::mem::replace(&mut self.told, lost)) {
            Lost::NOTHING => String::new(),
            since => format!("; lost {since}"),
        }
    }
}

/// Whether a minute has passed, which begins again then.
fn is_due(said: &mut Option<Instant>) -> bool {
    let due = said.is_none_or(|at| at.elapsed() >= REMINDER);
    if due {
        *said = Some(Instant::now());
    }
    due
}

#[cfg(test)]
mod tests;
