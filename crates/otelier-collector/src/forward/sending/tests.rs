use crate::{
    Notice,
    forward::{
        ForwardStats, Via, forward,
        post::{Failure, Post},
    },
    room::Room,
    signal::Signal,
};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// Answers as it was told to, then with success.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Result<(), Failure>>>>,
    tries: Arc<Mutex<Vec<Duration>>>,
    start: Option<Instant>,
}

impl Post for Script {
    async fn post(&self, _: Signal, _: Bytes, _: &Via) -> Result<(), Failure> {
        let at = self.start.unwrap().elapsed();
        self.tries.lock().unwrap().push(at);
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or(Ok(()))
    }
}

fn refused(passes: bool, pause: Option<u64>) -> Result<(), Failure> {
    Err(Failure {
        reason: "answered 503".into(),
        passes,
        pause: pause.map(Duration::from_secs),
    })
}

/// Sends requests of 130 spans each: what was said, when each was tried, what was counted.
async fn run(
    answers: Vec<Result<(), Failure>>,
    requests: usize,
    close: bool,
) -> (Vec<String>, Vec<u64>, ForwardStats) {
    let script = Script {
        answers: Arc::new(Mutex::new(answers.into())),
        start: Some(Instant::now()),
        ..Script::default()
    };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&lines);
    let notice = Notice::to(move |line| hear.lock().unwrap().push(line.to_owned()));
    let room = Room::unbounded();
    let (near, far) = forward(script.clone(), "x".into(), 1 << 20, notice);
    let counts = near.counts();
    let (stop, closing) = watch::channel(close);
    for _ in 0..requests {
        let message = Bytes::from_static(b"spans");
        near.pass(Signal::Traces, message, 130, Via::default(), room.hold());
    }
    drop(near);
    far.run(closing).await;
    drop(stop);
    let tries = script.tries.lock().unwrap();
    let tries = tries.iter().map(Duration::as_secs).collect();
    let lines = lines.lock().unwrap().clone();
    (lines, tries, counts.get())
}

#[tokio::test(start_paused = true)]
async fn what_fails_in_passing_is_tried_again_with_longer_waits() {
    let answers = vec![
        refused(true, None),
        refused(true, Some(7)),
        refused(true, None),
    ];
    let (lines, tries, counts) = run(answers, 2, false).await;
    assert_eq!(tries, [0, 1, 8, 12, 12]);
    assert_eq!(
        lines,
        [
            "forwarding to x fails: answered 503; trying again",
            "forwarding to x works again; nothing was lost"
        ]
    );
    assert_eq!((counts.sent, counts.failed), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_lost_is_told_on_recovery_and_at_the_end() {
    let answers = vec![
        refused(false, None),
        refused(false, None),
        refused(false, None),
    ];
    let (lines, tries, counts) = run(answers, 4, false).await;
    assert_eq!(tries.len(), 4);
    assert_eq!(
        lines,
        [
            "forwarding to x fails: answered 503; lost 1 request with 130 spans",
            "forwarding to x works again; lost 3 requests with 390 spans meanwhile",
            "forwarding to x has lost 3 requests with 390 spans in all",
        ]
    );
    assert_eq!((counts.sent, counts.failed, counts.lost_spans), (1, 3, 390));
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_stays_away_is_given_up_on() {
    let (lines, tries, counts) = run(vec![refused(true, None); 100], 1, false).await;
    assert!(*tries.last().unwrap() <= 300, "{tries:?}");
    assert_eq!(counts.failed, 1);
    assert!(lines.len() <= 6, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn at_the_end_each_is_tried_once_more_and_no_longer() {
    let (lines, tries, counts) = run(vec![refused(true, None); 100], 3, true).await;
    assert_eq!(tries, [0, 0, 0]);
    assert_eq!(counts.failed, 3);
    assert_eq!(
        lines.last().unwrap(),
        "forwarding to x has lost 3 requests with 390 spans in all"
    );
}
