//! Streams that are open: how many there are, how long they last, and how they
//! end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};

use opentelemetry::{
    KeyValue, StringValue,
    metrics::{Histogram, UpDownCounter},
};
use otelier_core::{Observed, Providers, semconv};

use super::{ending::Ending, meter};
use crate::stream;

pub(super) const ENDING: &str = "otelier.stream.ending";
const KIND: &str = "otelier.stream.kind";
/// From a page that is left at once to a day.
const BOUNDS: [f64; 12] = [
    0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 14_400.0, 43_200.0, 86_400.0,
];

/// One set for each set of providers.
pub(super) struct Streams {
    instruments: Arc<Instruments>,
    open: Observed<Stream>,
}

struct Instruments {
    open: UpDownCounter<i64>,
    duration: Histogram<f64>,
}

impl Streams {
    pub(super) fn of(providers: &Providers) -> Arc<Self> {
        providers.once(|providers| {
            let meter = providers.meter(meter::scope());
            let open = meter
                .i64_up_down_counter("otelier.http.server.streams")
                .with_description("Number of open event streams and upgraded connections.")
                .with_unit("{stream}");
            let duration = meter
                .f64_histogram("otelier.http.server.stream.duration")
                .with_description("Time from the head of a stream to its end.")
                .with_unit("s")
                .with_boundaries(BOUNDS.to_vec());
            let instruments = Instruments {
                open: open.build(),
                duration: duration.build(),
            };
            let streams = Self {
                instruments: Arc::new(instruments),
                open: Observed::new(),
            };
            let open = streams.open.clone();
            // What lives on is never told of otherwise.
            providers.at_end(move || open.each(|stream| stream.end(Ending::Shutdown)));
            streams
        })
    }

    /// A stream begins.
    pub(super) fn open(&self, kind: Kind, route: Option<&StringValue>) -> Arc<Stream> {
        let mut labels = vec![KeyValue::new(KIND, kind.as_str())];
        if let Some(route) = route {
            labels.push(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        self.instruments.open.add(1, &labels);
        let stream = Arc::new(Stream {
            labels,
            since: Instant::now(),
            is_open: AtomicBool::new(true),
            instruments: Arc::clone(&self.instruments),
        });
        self.open.add(&stream);
        stream
    }
}

/// What a stream is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Response(stream::Kind),
    Upgrade,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Response(stream::Kind::Events) => "events",
            Self::Response(stream::Kind::Other) => "other",
            Self::Upgrade => "upgrade",
        }
    }
}

/// A stream that is open.
pub(super) struct Stream {
    labels: Vec<KeyValue>,
    since: Instant,
    is_open: AtomicBool,
    instruments: Arc<Instruments>,
}

impl Stream {
    /// It is over; what is said first counts.
    pub(super) fn end(&self, ending: Ending) {
        if !self.is_open.swap(false, Relaxed) {
            return;
        }
        self.instruments.open.add(-1, &self.labels);
        let mut labels = self.labels.clone();
        labels.push(KeyValue::new(ENDING, ending.as_str()));
        let lasted = self.since.elapsed().as_secs_f64();
        self.instruments.duration.record(lasted, &labels);
    }
}

otelier_core::shown!(Streams: open);

otelier_core::shown!(Stream: labels, since);
