//! The ways that data goes: encoded, then posted or printed.

use std::{
    borrow::Cow,
    fmt,
    io::{self, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Instant,
};

use opentelemetry_sdk::Resource;
use otelier_core::{REDACTED, Treatment, is_secret, redact_text, shorten_chars, treatment};
use otelier_otlp::{Encoder, Outbox, Packer, Policy, Protocol, Request, Tally};

use super::{
    super::{
        config::Sending,
        ledger::{Ledger, Taken},
    },
    books,
    data::Data,
    stock::Stock,
};

/// Requests are made no smaller than this for a receiver that takes less, in
/// bytes: records would be cut for it. Those are halved when they are refused.
const LEAST: usize = 64 << 10;

/// What is exported of one signal, and where it goes.
#[derive(Debug)]
pub(crate) struct Export {
    pub(super) ledger: Arc<Ledger>,
    /// Bytes of a request.
    largest: usize,
    /// The last one keeps the books.
    ways: Mutex<Vec<Way>>,
}

/// One place that data goes to.
struct Way {
    encode: Encode,
    to: To,
}

enum To {
    Receiver(Packer, Arc<Outbox>),
    /// Standard output, one line for a request.
    Console,
}

#[expect(clippy::large_enum_variant, reason = "there are three at most")]
enum Encode {
    Own(Encoder<Rules>),
    Stock(Stock),
}

impl Export {
    pub(crate) fn new(ledger: Arc<Ledger>, how: Sending) -> Self {
        Self {
            ledger,
            largest: how.request,
            ways: Mutex::default(),
        }
    }

    /// Prints it, too.
    pub(crate) fn with_console(self) -> Self {
        let encoder = Encoder::new(Rules).with_json().with_limit(self.largest);
        self.with(Encode::Own(encoder), To::Console)
    }

    /// Sends it from an outbox.
    pub(crate) fn with_receiver(self, outbox: Arc<Outbox>, protocol: Protocol) -> Self {
        let encoder = Encoder::new(Rules);
        let encoder = match protocol {
            Protocol::HttpJson => encoder.with_json(),
            Protocol::Grpc | Protocol::HttpProtobuf => encoder,
        };
        self.with(Encode::Own(encoder), To::Receiver(outbox.packer(), outbox))
    }

    /// The same by opentelemetry-otlp's encoder.
    ///
    /// # Errors
    /// There is none, or it cannot be built.
    pub(crate) fn with_stock(self, outbox: Arc<Outbox>) -> Result<Self, String> {
        let encode = Encode::Stock(Stock::new(self.ledger.signal)?);
        Ok(self.with(encode, To::Receiver(outbox.packer(), outbox)))
    }

    fn with(mut self, encode: Encode, to: To) -> Self {
        let ways = self.ways.get_mut().unwrap_or_else(PoisonError::into_inner);
        ways.push(Way { encode, to });
        self
    }

    /// Whether exemplars leave anywhere: opentelemetry-otlp has none.
    pub(crate) fn has_exemplars(&self) -> bool {
        let is_own = |way: &Way| matches!(way.encode, Encode::Own(_));
        self.ways().iter().any(is_own)
    }

    pub(super) fn set_resource(&self, resource: &Resource) {
        for way in self.ways().iter_mut() {
            match &mut way.encode {
                Encode::Own(encoder) => encoder.set_resource(resource),
                Encode::Stock(stock) => stock.set_resource(resource),
            }
        }
    }

    /// Encodes, and hands over what was taken, or books that it could not be.
    pub(super) fn export(&self, data: Data<'_>, mut taken: Taken<'_>) {
        let mut ways = self.ways();
        let Some((last, copies)) = ways.split_last_mut() else {
            return;
        };
        for way in copies {
            way.each(self.largest, data, |_, request| {
                if let Err(error) = print(request.as_slice()) {
                    let cause = unprinted(&error);
                    self.ledger.unprinted_copies(request.items(), &cause);
                }
            });
        }
        let tally = last.each(self.largest, data, |to, request| {
            taken.hand_over(request.items());
            match to {
                To::Receiver(packer, outbox) => self.post(packer, outbox, request),
                To::Console => self.print(&request),
            }
        });
        let Tally {
            oversized,
            redacted,
        } = tally;
        if oversized > 0 {
            taken.hand_over(oversized);
            self.ledger.oversize(oversized);
        }
        self.ledger.redacted.fetch_add(redacted, Relaxed);
        taken.hand_over_all();
    }

    fn post(&self, packer: &mut Packer, outbox: &Outbox, request: Request<'_>) {
        let items = request.items();
        match packer.pack(request) {
            Ok(parcel) => outbox.post(parcel, items),
            Err(cause) => {
                let (cause, kind) = (cause.to_string(), cause.error_type());
                self.ledger.failed(items, &cause, &kind);
            }
        }
    }

    fn print(&self, request: &Request<'_>) {
        let started = Instant::now();
        let (items, bytes) = (request.items(), request.as_slice().len());
        let printed = print(request.as_slice());
        let cause = printed.as_ref().err().map(unprinted);
        let answer = cause.as_deref().unwrap_or("ok");
        books::report(&self.ledger, items, 1, bytes, started.elapsed(), answer);
        self.ledger
            .took(started.elapsed(), None, cause.as_ref().map(|_| "network"));
        match &cause {
            None => self.ledger.delivered(items, 0, None),
            Some(cause) => self.ledger.unprinted(items, cause, "network"),
        }
    }

    fn ways(&self) -> MutexGuard<'_, Vec<Way>> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    /// Hands out each request of what is encoded.
    fn each(
        &mut self,
        largest: usize,
        data: Data<'_>,
        mut handle: impl FnMut(&mut To, Request<'_>),
    ) -> Tally {
        let limit = match &self.to {
            // What is set, or what the receiver is known to take.
            To::Receiver(_, outbox) => largest.min(outbox.limit().unwrap_or(usize::MAX).max(LEAST)),
            To::Console => largest,
        };
        let to = &mut self.to;
        match (&mut self.encode, data) {
            (Encode::Own(encoder), data) => {
                encoder.set_limit(limit);
                let emit = |request: Request<'_>| handle(to, request);
                match data {
                    Data::Spans(batch) => encoder.spans(batch, emit),
                    Data::Logs(batch) => encoder.logs(batch, emit),
                    Data::Metrics(metrics, exemplars) => {
                        encoder.metrics_with(metrics, exemplars, emit)
                    }
                }
            }
            (Encode::Stock(stock), data) => {
                stock.each(limit, data, &mut |request| handle(to, request))
            }
        }
    }
}

/// Prints one request. A disk that is full, or a pipe that is closed, loses it as a
/// receiver would that is not there.
fn print(request: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(request)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn unprinted(error: &io::Error) -> String {
    format!("connection to standard output failed: {error}")
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.to {
            To::Receiver(..) => "Receiver",
            To::Console => "Console",
        })
    }
}

/// What leaves only redacted, or cut.
#[derive(Debug)]
struct Rules;

impl Policy for Rules {
    fn is_secret(&self, key: &str) -> bool {
        is_secret(key)
    }

    fn is_closed(&self, key: &str) -> bool {
        treatment(key) == Treatment::Keep
    }

    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        redact_text(text)
    }

    fn replacement(&self) -> &str {
        REDACTED
    }

    fn shorten<'a>(&self, text: &'a str, most: usize) -> Cow<'a, str> {
        shorten_chars(text, most)
    }
}
