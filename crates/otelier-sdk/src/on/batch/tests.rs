use std::{
    fmt,
    sync::mpsc::{Receiver, Sender, channel},
};

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};

use super::*;

const LONG: Duration = Duration::from_secs(60);

/// Tells the names in each batch, and waits where it is told to.
#[derive(Debug)]
struct Tell(Sender<Vec<String>>, Mutex<Receiver<()>>);

impl Sink for Tell {
    type Item = SpanData;

    fn export(&self, batch: &mut Vec<SpanData>) {
        let names = batch.iter().map(|span| span.name.to_string());
        let names: Vec<_> = names.collect();
        if names == ["panics"] {
            self.0.send(vec!["panicked".to_owned()]).unwrap();
            panic!("on purpose");
        }
        let waits = names == ["waits"];
        self.0.send(names).unwrap();
        if waits {
            self.1.lock().unwrap().recv().ok();
        }
    }

    fn set_resource(&mut self, _: &Resource) {}
}

/// Hands on all that ends.
struct Direct(Batches<Tell>);

impl SpanProcessor for Direct {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.stop(timeout)
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Direct")
    }
}

struct Rig {
    provider: SdkTracerProvider,
    batches: Receiver<Vec<String>>,
    go_on: Sender<()>,
}

fn rig(delay: Duration) -> Rig {
    rig_with_first(delay, delay)
}

fn rig_with_first(delay: Duration, first: Duration) -> Rig {
    let (sender, batches) = channel();
    let (go_on, wait) = channel();
    let tell = Tell(sender, Mutex::new(wait));
    let batches_of_three = Batches::start("rig", tell, 3, delay, first, LONG).unwrap();
    Rig {
        provider: SdkTracerProvider::builder()
            .with_span_processor(Direct(batches_of_three))
            .build(),
        batches,
        go_on,
    }
}

impl Rig {
    fn end(&self, names: &'static [&'static str]) {
        let tracer = self.provider.tracer("rig");
        for name in names {
            drop(tracer.start(*name));
        }
    }

    fn batch(&self) -> Vec<String> {
        self.batches.recv_timeout(LONG).unwrap()
    }

    fn rest(self) -> Vec<Vec<String>> {
        self.provider.shutdown_with_timeout(LONG).unwrap();
        drop(self.provider);
        self.batches.iter().collect()
    }
}

#[test]
fn a_full_batch_leaves_at_once_and_alone() {
    let rig = rig(LONG);
    rig.end(&["a", "b", "c", "d"]);
    assert_eq!(rig.batch(), ["a", "b", "c"]);
    rig.end(&["e", "f"]);
    assert_eq!(rig.batch(), ["d", "e", "f"]);
    assert_eq!(rig.rest(), Vec::<Vec<String>>::new());
}

#[test]
fn what_ends_during_an_export_leaves_in_full_batches() {
    let rig = rig(LONG);
    let provider = rig.provider.clone();
    rig.end(&["waits"]);
    let flush = thread::spawn(move || provider.force_flush());
    assert_eq!(rig.batch(), ["waits"]);
    rig.end(&["a", "b", "c", "d", "e", "f", "g"]);
    rig.go_on.send(()).unwrap();
    flush.join().unwrap().unwrap();
    assert_eq!(rig.batch(), ["a", "b", "c"]);
    assert_eq!(rig.batch(), ["d", "e", "f"]);
    assert_eq!(rig.rest(), [["g"]]);
}

#[test]
fn what_has_waited_long_enough_leaves_in_a_batch_that_is_not_full() {
    let rig = rig(Duration::from_millis(10));
    rig.end(&["a"]);
    assert_eq!(rig.batch(), ["a"]);
}

#[test]
fn the_first_item_does_not_wait_for_the_delay_and_those_after_it_do() {
    let rig = rig_with_first(LONG, Duration::from_millis(1));
    // Who asks for nothing has had no first item.
    rig.provider.force_flush().unwrap();
    rig.end(&["a"]);
    assert_eq!(rig.batch(), ["a"]);
    rig.end(&["b"]);
    rig.end(&["c", "d"]);
    assert_eq!(rig.batch(), ["b", "c", "d"]);
}

#[test]
fn a_flush_returns_when_all_that_ended_before_is_exported() {
    let rig = rig(LONG);
    rig.end(&["a", "b", "c", "d", "e"]);
    rig.provider.force_flush().unwrap();
    let batches: Vec<_> = rig.batches.try_iter().flatten().collect();
    assert_eq!(batches, ["a", "b", "c", "d", "e"]);
}

#[test]
fn a_shutdown_exports_the_rest_in_batches_of_the_size() {
    let rig = rig(LONG);
    rig.end(&["a", "b", "c", "d"]);
    let batches = rig.rest();
    assert_eq!(batches.concat(), ["a", "b", "c", "d"]);
    assert!(batches.iter().all(|batch| batch.len() <= 3), "{batches:?}");
}

#[test]
fn what_ends_after_the_shutdown_is_not_taken() {
    let rig = rig(LONG);
    rig.provider.shutdown().unwrap();
    rig.end(&["late"]);
    assert!(rig.provider.force_flush().is_err());
    drop(rig.provider);
    assert_eq!(rig.batches.iter().count(), 0);
}

#[test]
fn an_exporter_that_hangs_holds_a_shutdown_no_longer_than_its_bound() {
    let rig = rig(Duration::ZERO);
    rig.end(&["waits"]);
    assert_eq!(rig.batch(), ["waits"]);
    let bound = Duration::from_millis(50);
    assert!(rig.provider.shutdown_with_timeout(bound).is_err());
    rig.go_on.send(()).unwrap();
}

#[test]
fn an_exporter_that_panics_loses_its_batch_and_goes_on() {
    let rig = rig(LONG);
    rig.end(&["panics"]);
    rig.provider.force_flush().unwrap();
    assert_eq!(rig.batch(), ["panicked"]);
    rig.end(&["a", "b", "c", "d"]);
    rig.provider.force_flush().unwrap();
    assert_eq!(rig.batch(), ["a", "b", "c"]);
    assert_eq!(rig.batch(), ["d"]);
    assert_eq!(rig.rest(), Vec::<Vec<String>>::new());
}

/// Tells the size of each batch.
struct Sizes(Sender<usize>);

impl Sink for Sizes {
    /// As large as a span.
    type Item = [u8; 400];

    fn export(&self, batch: &mut Vec<[u8; 400]>) {
        self.0.send(batch.len()).unwrap();
    }

    fn set_resource(&mut self, _: &Resource) {}
}

#[test]
fn a_backlog_of_600_000_spans_leaves_in_batches_of_the_size() {
    const SPANS: usize = 600_000;
    let (sender, batches) = channel();
    let shared = Shared {
        sink: Mutex::new(Sizes(sender)),
        size: 512,
        delay: LONG,
        first: LONG,
        flush: LONG,
        queue: Mutex::new(Queue {
            items: Vec::new(),
            begun: true,
            asked: 0,
            answered: 0,
            closed: false,
            gone: false,
        }),
        work: Condvar::new(),
        done: Condvar::new(),
    };
    let mut items = vec![[0; 400]; SPANS];
    shared.export(&mut items);
    drop(shared);
    let batches: Vec<_> = batches.iter().collect();
    assert_eq!(batches.iter().sum::<usize>(), SPANS);
    assert_eq!(batches.len(), SPANS.div_ceil(512));
    assert!(items.is_empty());
}
