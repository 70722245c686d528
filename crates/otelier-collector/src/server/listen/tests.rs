use super::{FIRST_WORDS, HEAD_TIME, IDLE, LOOK, STALLED, converse};
use axum::{Router, body::Body, routing::get};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::watch,
    time::{Instant, sleep},
};

const LONG: usize = 1 << 20;

fn router() -> Router {
    Router::new()
        .route("/", get(async || "here"))
        .route("/slow", get(async || sleep(IDLE * 3).await))
        .route("/long", get(async || Body::from(vec![b'x'; LONG])))
}

/// Serves a connection on which somebody behaves so, and tells how long that lasted.
async fn lasts(behave: impl AsyncFnOnce(DuplexStream)) -> Duration {
    let (near, far) = duplex(4 << 10);
    let (_stop, closing) = watch::channel(false);
    let start = Instant::now();
    let serving = async {
        // How it ends is told by how long it lasted.
        let _ = converse(far, router(), closing).await;
        start.elapsed()
    };
    let (lasted, ()) = tokio::join!(serving, behave(near));
    lasted
}

/// Reads until the other end closes.
async fn drain(mut stream: DuplexStream) {
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

fn is_about(lasted: Duration, expected: Duration) -> bool {
    (expected..=expected + LOOK).contains(&lasted)
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_or_too_little_is_shown_out() {
    for words in ["", "GET", "PRI * HTTP/2.0"] {
        let lasted = lasts(async |mut stream| {
            stream.write_all(words.as_bytes()).await.unwrap();
            drain(stream).await;
        })
        .await;
        assert!(is_about(lasted, FIRST_WORDS), "{words:?} {lasted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_has_to_come_within_its_time() {
    let lasted = lasts(async |mut stream| {
        let head = b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ";
        stream.write_all(head).await.unwrap();
        // A byte now and then is no progress.
        while stream.write_all(b"y").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    assert!(lasted <= HEAD_TIME + Duration::from_secs(1), "{lasted:?}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_ends_and_a_request_under_way_does_not() {
    let idle = lasts(async |mut stream| {
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        stream.write_all(preface).await.unwrap();
        drain(stream).await;
    })
    .await;
    assert!(idle <= IDLE + 4 * LOOK, "{idle:?}");
    let slow = lasts(async |mut stream| {
        let request = b"GET /slow HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    })
    .await;
    assert_eq!(slow, IDLE * 3);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_an_answer_loses_it() {
    let lasted = lasts(async |mut stream| {
        let request = b"GET /long HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(request).await.unwrap();
        sleep(STALLED * 3).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.len() < LONG, "{}", answer.len());
    })
    .await;
    assert!(is_about(lasted, STALLED), "{lasted:?}");
}
