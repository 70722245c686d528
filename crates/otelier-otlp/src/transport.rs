use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    Asked, Cause, Compression, Error, Feature, Protocol, Settings, answer,
    client::{Client, Outcome},
    delivery::{Delivered, Failure},
    divide, grpc, http as plain,
    parcel::Parcel,
    request::{Batch, Template},
};

/// Stands for timeouts that a clock cannot hold.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How often a server is tried that refuses connections or has no address, took
/// nothing so far, and will not be asked again.
const LAST_TRIES: u32 = 3;
/// The largest buffer that is kept, in bytes.
const LENT: usize = 1 << 20;

/// Delivers encoded batches of one signal to one endpoint.
///
/// It is cheap to clone; clones share the connection.
///
/// See the [example of the crate](crate).
#[derive(Clone)]
pub struct Transport {
    inner: Arc<Inner>,
    handle: Handle,
}

// `uses_other`, `tried` and `known` are written by one attempt and read by later ones:
// an attempt beside it that reads an old value tries the wrong protocol once more, which
// costs a refusal. Hence `Relaxed`.
struct Inner {
    /// A buffer that an encoder may have for one that it lends.
    spare: Mutex<Option<Vec<u8>>>,
    /// The way that was asked for, and the other one where it was a guess.
    first: Way,
    other: Option<Way>,
    /// What a server must not have us show.
    secrets: Vec<String>,
    uses_other: AtomicBool,
    /// The other way is tried once.
    tried: AtomicBool,
    finish_by: watch::Sender<Option<Instant>>,
    /// Whether the server ever took a batch.
    known: AtomicBool,
}

/// The attempts at one batch within the timeout.
pub(crate) struct Round {
    begun: Instant,
    until: Instant,
    attempts: u32,
    /// Why the last one failed.
    last: Option<Cause>,
}

/// One protocol, and what speaks it.
struct Way {
    settings: Settings,
    client: Client,
    template: Template,
}

impl Way {
    fn new(settings: Settings) -> Result<Self, Error> {
        enabled(&settings)?;
        let client = Client::new(&settings)?;
        let template = Template::new(&settings, client.connector().proxy_authorization())?;
        Ok(Self {
            settings,
            client,
            template,
        })
    }
}

impl Transport {
    /// Reads the PEM files and prepares TLS; opens no connection. All I/O
    /// will run on `handle`.
    ///
    /// # Errors
    /// The endpoint, a PEM file or the proxy cannot be used; see [`Error`].
    ///
    /// # Cost
    /// For the first `https` endpoint of a process without an own authority,
    /// reading the system's roots: some milliseconds.
    pub fn new(settings: Settings, handle: Handle) -> Result<Self, Error> {
        let other = settings.otherwise.clone().map(|(protocol, endpoint)| {
            Way::new(Settings {
                protocol,
                endpoint,
                otherwise: None,
                ..settings.clone()
            })
        });
        let values = settings.headers.iter();
        let values = values.filter_map(|(_, value)| value.to_str().ok());
        let secrets = values.flat_map(answer::secrets_in).collect();
        Ok(Self {
            inner: Arc::new(Inner {
                secrets,
                spare: Mutex::new(Some(Vec::new())),
                first: Way::new(settings)?,
                other: other.transpose()?,
                uses_other: AtomicBool::new(false),
                tried: AtomicBool::new(false),
                finish_by: watch::Sender::new(None),
                known: AtomicBool::new(false),
            }),
            handle,
        })
    }

    /// Tries to send a batch, as often as it is called. Must be awaited on the
    /// transport's own runtime.
    pub(crate) async fn attempt(
        &self,
        parcel: &Parcel,
        round: &mut Round,
    ) -> Result<Delivered, Failure> {
        let (inner, batch) = (&*self.inner, parcel.batch());
        let begun = round.begun;
        let tried = tokio::select! {
            biased;
            cause = inner.time_is_up(round.until) => Err(round.last.take().unwrap_or(cause).into()),
            tried = inner.attempts(batch, &mut round.attempts) => tried,
        };
        let (attempts, wire_bytes) = (round.attempts, batch.wire_bytes());
        match tried {
            Ok(partial) => {
                let is_first = !inner.known.swap(true, Relaxed);
                let way = inner.way();
                let is_other = way.settings.protocol != inner.first.settings.protocol;
                let message = answer::presentable(&partial.message, inner.secrets());
                Ok(Delivered {
                    rejected: partial.rejected,
                    message: message.map(String::from),
                    attempts,
                    wire_bytes,
                    elapsed: begun.elapsed(),
                    status: partial.status,
                    instead: (is_first && is_other).then_some(way.settings.protocol),
                })
            }
            Err(failure) => {
                round.last = Some(failure.cause.clone());
                Err(Failure {
                    attempts,
                    wire_bytes,
                    elapsed: begun.elapsed(),
                    ..failure
                })
            }
        }
    }

    /// The attempts at one batch, which begin now.
    pub(crate) fn round(&self) -> Round {
        let begun = Instant::now();
        let until = begun.checked_add(self.inner.first.settings.timeout);
        Round {
            begun,
            until: until.unwrap_or(begun + FAR),
            attempts: 0,
            last: None,
        }
    }

    /// Whether no other attempt of a round comes after `wait`.
    pub(crate) fn is_over(&self, round: &Round, failure: &Failure, wait: Duration) -> bool {
        let finish = *self.inner.finish_by.borrow();
        let end = finish.map_or(round.until, |by| by.min(round.until));
        let left = end.saturating_duration_since(Instant::now());
        wait >= left || self.inner.is_pointless(&failure.cause, round.attempts)
    }

    pub(crate) fn template(&self) -> &Template {
        &self.inner.first.template
    }

    /// A buffer that an encoder may have for one that it lends, if no other
    /// is lent.
    pub(crate) fn take_spare(&self) -> Option<Vec<u8>> {
        self.inner.spare().take()
    }

    /// Takes a buffer back that was lent to a parcel.
    pub(crate) fn recycle(&self, parcel: Parcel) {
        if let Some(lent) = parcel.into_lent() {
            // A request that is still under way has it, too.
            let buffer = Arc::into_inner(lent).filter(|buffer| buffer.len() <= LENT);
            *self.inner.spare() = Some(buffer.unwrap_or_default());
        }
    }

    /// One request of several, `None` where that cannot be.
    pub(crate) fn gather(&self, parcels: &[&Parcel]) -> Option<Parcel> {
        let plain = parcels.iter().map(|parcel| parcel.batch().plain());
        let bodies = plain.collect::<Option<Vec<_>>>()?;
        let settings = &self.inner.first.settings;
        self.pack(divide::gather(&bodies, settings.protocol, settings.signal)?)
    }

    /// Two requests of one, of which the first has `keep` records; `None` where
    /// that cannot be.
    pub(crate) fn divide(&self, parcel: &Parcel, keep: usize) -> Option<(Parcel, Parcel)> {
        let plain = parcel.batch().plain()?;
        let settings = &self.inner.first.settings;
        let (near, far) = divide::divide(&plain, settings.protocol, settings.signal, keep)?;
        Some((self.pack(near)?, self.pack(far)?))
    }

    fn pack(&self, body: Vec<u8>) -> Option<Parcel> {
        let batch = self.inner.first.template.batch(body.into());
        batch.ok().map(Parcel::whole)
    }

    pub(crate) const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Tells of [`finish_by`](Self::finish_by), now and later.
    pub(crate) fn finishing(&self) -> watch::Receiver<Option<Instant>> {
        self.inner.finish_by.subscribe()
    }

    /// From now on no attempt and no wait goes on after `deadline`, those
    /// under way included. The last call counts.
    pub fn finish_by(&self, deadline: std::time::Instant) {
        self.inner.finish_by.send_replace(Some(deadline.into()));
    }
}

/// An error where the settings ask for what was not built in. TLS looks for itself
/// where it is set up.
fn enabled(settings: &Settings) -> Result<(), Error> {
    let is_grpc = settings.protocol == Protocol::Grpc;
    let is_zstd = settings.compression == Compression::Zstd;
    for (asks, variable, feature) in [
        (is_grpc, "PROTOCOL", Feature::Grpc),
        (is_zstd, "COMPRESSION", Feature::Zstd),
    ] {
        if asks && !feature.is_enabled() {
            return Err(Error::NotEnabled { variable, feature });
        }
    }
    Ok(())
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("settings", &self.inner.first.settings)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn spare(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One attempt, and one more by the other protocol where that is to be tried.
    async fn attempts(&self, batch: &Batch, attempts: &mut u32) -> Outcome {
        *attempts = attempts.saturating_add(1);
        let refusal = match self.attempt(self.way(), batch).await {
            Ok(partial) => return Ok(partial),
            Err(refusal) => refusal,
        };
        let Some(other) = self.other_for(&refusal.cause) else {
            return Err(refusal);
        };
        *attempts = attempts.saturating_add(1);
        let outcome = self.attempt(other, batch).await;
        // It speaks that one, whatever it says.
        let speaks = outcome
            .as_ref()
            .map_or_else(|it| it.cause.is_an_answer(), |_| true);
        self.uses_other.store(speaks, Relaxed);
        if speaks { outcome } else { Err(refusal) }
    }

    /// A program that ends need not wait for a server that was never there.
    fn is_pointless(&self, cause: &Cause, attempts: u32) -> bool {
        attempts >= LAST_TRIES
            && matches!(
                cause,
                Cause::Refused { .. } | Cause::NoSocket { .. } | Cause::Unresolved { .. }
            )
            && !self.known.load(Relaxed)
            && self.finish_by.borrow().is_some()
    }

    fn way(&self) -> &Way {
        match &self.other {
            Some(other) if self.uses_other.load(Relaxed) => other,
            _ => &self.first,
        }
    }

    /// The other protocol, if it is to be tried: once, and as long as nothing was
    /// ever taken.
    fn other_for(&self, cause: &Cause) -> Option<&Way> {
        let may_be = cause.is_of_the_protocol() && !self.known.load(Relaxed);
        let other = self.other.as_ref().filter(|_| may_be);
        other.filter(|_| !self.tried.swap(true, Relaxed))
    }

    async fn attempt(&self, way: &Way, batch: &Batch) -> Outcome {
        let request = if batch.is_of(&way.template) {
            batch.request()
        } else {
            way.template.reframe(batch)?.request()
        };
        let answer = way.client.exchange(request).await?;
        let asked = Asked {
            signal: way.settings.signal,
            path: self.path(way),
            compression: batch.compression(),
        };
        match way.settings.protocol {
            Protocol::Grpc => grpc::outcome(&answer, asked, self.secrets()),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                plain::outcome(&answer, asked, self.secrets())
            }
        }
    }

    /// The path that is sent to, as it may be shown.
    fn path(&self, way: &Way) -> Arc<str> {
        let path = way.template.path();
        answer::presentable(path, self.secrets()).map_or_else(|| "/".into(), Arc::from)
    }

    async fn time_is_up(&self, until: Instant) -> Cause {
        let mut finish_by = self.finish_by.subscribe();
        loop {
            let stop = finish_by.borrow_and_update().filter(|by| *by < until);
            let end = stop.unwrap_or(until);
            // The timer would only tell a millisecond later.
            if end > Instant::now() {
                tokio::select! {
                    () = sleep_until(end) => {}
                    Ok(()) = finish_by.changed() => continue,
                }
            }
            return match stop {
                Some(_) => Cause::Stopped,
                None => Cause::Timeout {
                    after: self.first.settings.timeout,
                },
            };
        }
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }
}
