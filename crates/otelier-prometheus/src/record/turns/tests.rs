use std::sync::{
    Arc, Barrier,
    atomic::{AtomicUsize, Ordering::SeqCst},
    mpsc,
};

use tokio::task::JoinSet;

use super::{Format, MOST, Page, Turns, Unread};

fn page(number: usize) -> Page {
    Page {
        content_type: Format::Text.content_type(),
        body: number.to_string().into(),
    }
}

/// Turns of which the first is taken, by a reading that ends when it is told.
async fn taken() -> (Arc<Turns>, mpsc::Sender<()>, JoinSet<Result<Page, Unread>>) {
    let turns = Arc::new(Turns::new());
    let (end, ended) = mpsc::channel::<()>();
    let inside = Arc::new(Barrier::new(2));
    let mut asked = JoinSet::new();
    let (its, entered) = (Arc::clone(&turns), Arc::clone(&inside));
    asked.spawn(async move {
        let read = move || {
            entered.wait();
            ended.recv().ok();
            Ok(page(1))
        };
        its.page(Format::Text, read).await
    });
    tokio::task::spawn_blocking(move || inside.wait())
        .await
        .unwrap();
    (turns, end, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_while_one_reads_shares_the_next_reading_and_of_too_many_some_are_refused() {
    let (turns, end, mut asked) = taken().await;
    let readings = Arc::new(AtomicUsize::new(1));
    let ask = |format| {
        let (turns, readings) = (Arc::clone(&turns), Arc::clone(&readings));
        async move {
            let read = move || Ok(page(readings.fetch_add(1, SeqCst) + 1));
            turns.page(format, read).await
        }
    };
    for _ in 1..MOST {
        asked.spawn(ask(Format::Text));
    }
    while turns.seats.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(Format::Text).await, Err(Unread::Busy));
    end.send(()).unwrap();
    let mut pages = asked.join_all().await;
    pages.sort_by_key(|page| format!("{page:?}"));
    let mut expected = vec![Ok(page(2)); MOST - 1];
    expected.insert(0, Ok(page(1)));
    assert_eq!(pages, expected);
    // Nobody waits any more: what is asked now is read now, and in its own form.
    assert_eq!(ask(Format::Text).await, Ok(page(3)));
    assert_eq!(ask(Format::OpenMetrics).await, Ok(page(4)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_whose_asker_is_gone_ends_its_turn_all_the_same() {
    let (turns, end, mut asked) = taken().await;
    asked.abort_all();
    while asked.join_next().await.is_some() {}
    let read = || Ok(page(2));
    asked.spawn(async move { turns.page(Format::Text, read).await });
    end.send(()).unwrap();
    assert_eq!(asked.join_all().await, [Ok(page(2))]);
}

#[tokio::test]
async fn a_reading_that_panics_loses_its_own_answer_alone() {
    let turns = Turns::new();
    let panics = || -> Result<Page, Unread> { panic!("a callback of the program") };
    assert_eq!(turns.page(Format::Text, panics).await, Err(Unread::Failed));
    assert_eq!(turns.page(Format::Text, || Ok(page(1))).await, Ok(page(1)));
    // What could not be read is not kept either.
    let ended = || Err(Unread::Ended);
    assert_eq!(turns.page(Format::Text, ended).await, Err(Unread::Ended));
}

#[tokio::test]
async fn what_is_never_polled_takes_no_seat() {
    let turns = Turns::new();
    let asked: Vec<_> = (0..=MOST)
        .map(|number| turns.page(Format::Text, move || Ok(page(number))))
        .collect();
    drop(asked);
    assert_eq!(turns.seats.available_permits(), MOST);
}
