use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    runtime::Handle,
    sync::watch,
    task::AbortHandle,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Asked, Cause, Error, Protocol, Settings, answer,
    client::{Client, Outcome},
    delivery::{self, Delivered, Failure},
    divide, grpc, http as plain,
    parcel::{Packer, Parcel},
    request::{Batch, Template},
    retry::BackOff,
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
#[derive(Clone)]
pub struct Transport {
    inner: Arc<Inner>,
    handle: Handle,
}

struct Inner {
    /// A buffer that an encoder may have for one that it lends.
    spare: Mutex<Option<Vec<u8>>>,
    /// The way that was asked for, and the other one where it was a guess.
    first: Way,
    other: Option<Way>,
    uses_other: AtomicBool,
    /// The other way is tried once.
    tried: AtomicBool,
    finish_by: watch::Sender<Option<Instant>>,
    /// Whether the server ever took a batch.
    known: AtomicBool,
}

/// One protocol, and what speaks it.
struct Way {
    settings: Settings,
    client: Client,
    template: Template,
}

impl Way {
    fn new(settings: Settings) -> Result<Self, Error> {
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
        Ok(Self {
            inner: Arc::new(Inner {
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

    /// Sends one encoded `Export*ServiceRequest`: protobuf, or JSON for
    /// `http/json`.
    ///
    /// Tries again where the OTLP specification says so, with the same bytes,
    /// until the settings' timeout is over or the next wait would reach it.
    /// May be awaited on any executor.
    ///
    /// # Errors
    /// The batch was not delivered, or it is not known to be.
    ///
    /// # Cancellation
    /// Dropping the future stops the attempt; the server may have the batch.
    pub async fn send(&self, body: Bytes) -> Result<Delivered, Failure> {
        let inner = Arc::clone(&self.inner);
        let task = self.handle.spawn(async move { inner.send(body).await });
        let _stop = Stop(task.abort_handle());
        task.await.unwrap_or(Err(Failure {
            cause: Cause::Stopped,
            attempts: 0,
            wire_bytes: 0,
            elapsed: Duration::ZERO,
            retry_after: None,
        }))
    }

    /// Prepares batches to be sent, one after the other.
    #[must_use]
    pub fn packer(&self) -> Packer {
        Packer::new(self.clone())
    }

    /// Sends a batch as [`send`](Self::send) does, any number of times. Must be
    /// awaited on the transport's own runtime.
    pub(crate) async fn deliver(&self, parcel: &Parcel) -> Result<Delivered, Failure> {
        self.inner.deliver(parcel.batch()).await
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

    async fn send(&self, body: Bytes) -> Result<Delivered, Failure> {
        match self.first.template.batch(body) {
            Ok(batch) => self.deliver(&batch).await,
            Err(cause) => Err(Failure {
                cause,
                attempts: 0,
                wire_bytes: 0,
                elapsed: Duration::ZERO,
                retry_after: None,
            }),
        }
    }

    async fn deliver(&self, batch: &Batch) -> Result<Delivered, Failure> {
        let now = Instant::now();
        let until = now
            .checked_add(self.first.settings.timeout)
            .unwrap_or(now + FAR);
        let mut attempts = 0;
        let mut last = None;
        let refusal = tokio::select! {
            biased;
            cause = self.time_is_up(until) => last.unwrap_or(cause).into(),
            outcome = self.attempts(batch, until, &mut attempts, &mut last) => match outcome {
                Ok(partial) => {
                    let is_first = !self.known.swap(true, Relaxed);
                    let way = self.way();
                    let is_other = way.settings.protocol != self.first.settings.protocol;
                    return Ok(Delivered {
                        rejected: partial.rejected,
                        message: answer::presentable(&partial.message, self.secrets())
                            .map(String::from),
                        attempts,
                        wire_bytes: batch.wire_bytes(),
                        elapsed: now.elapsed(),
                        status: partial.status,
                        instead: (is_first && is_other).then_some(way.settings.protocol),
                    });
                }
                Err(refusal) => refusal,
            },
        };
        Err(Failure {
            cause: refusal.cause,
            attempts,
            wire_bytes: batch.wire_bytes(),
            elapsed: now.elapsed(),
            retry_after: refusal.asked,
        })
    }

    async fn attempts(
        &self,
        batch: &Batch,
        until: Instant,
        attempts: &mut u32,
        last: &mut Option<Cause>,
    ) -> Outcome {
        let mut back_off = BackOff::new();
        // Before the first wait, so that what is said before it begins cuts it, too.
        let mut finish_by = self.finish_by.subscribe();
        loop {
            *attempts = attempts.saturating_add(1);
            let mut refusal = match self.attempt(self.way(), batch).await {
                Ok(partial) => return Ok(partial),
                Err(refusal) => refusal,
            };
            if let Some(other) = self.other_for(&refusal.cause) {
                *attempts = attempts.saturating_add(1);
                let outcome = self.attempt(other, batch).await;
                // It speaks that one, whatever it says.
                let speaks = outcome
                    .as_ref()
                    .map_or_else(|it| it.cause.is_an_answer(), |_| true);
                self.uses_other.store(speaks, Relaxed);
                match outcome {
                    Ok(partial) => return Ok(partial),
                    Err(its) if speaks => refusal = its,
                    Err(_) => {}
                }
            }
            let again = delivery::may_pass(&refusal.cause, refusal.asked);
            let wait = back_off.next(refusal.asked);
            if !again || wait >= self.left(until) || self.is_pointless(&refusal.cause, *attempts) {
                return Err(refusal);
            }
            *last = Some(refusal.cause);
            let asked = refusal.asked.is_some();
            tokio::select! {
                () = sleep(wait) => {}
                // When the program is about to end, only what was asked for is waited for.
                Ok(()) = finish_by.changed(), if !asked => {}
            }
        }
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

    fn left(&self, until: Instant) -> Duration {
        let until = self.finish_by.borrow().map_or(until, |by| by.min(until));
        until.saturating_duration_since(Instant::now())
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

    /// The values of the headers, whole and in their words, as a server may
    /// repeat only the token of an `authorization`.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.first
            .settings
            .headers
            .iter()
            .filter_map(|(_, value)| value.to_str().ok())
            .flat_map(|value| [value].into_iter().chain(value.split(' ')))
            .filter(|word| word.len() >= 6)
    }
}

struct Stop(AbortHandle);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
