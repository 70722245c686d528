use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    runtime::Handle,
    sync::watch,
    task::AbortHandle,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Cause, Error, Protocol, Settings,
    answer::{self, PartialSuccess},
    client::{Client, Outcome, Refusal},
    code::Code,
    grpc, http as plain,
    request::{Batch, Template},
    retry::BackOff,
};

/// Stands for timeouts that a clock cannot hold.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Delivers encoded batches of one signal to one endpoint.
///
/// It is cheap to clone; clones share the connection.
#[derive(Clone)]
pub struct Transport {
    inner: Arc<Inner>,
    handle: Handle,
}

struct Inner {
    settings: Settings,
    client: Client,
    template: Template,
    finish_by: watch::Sender<Option<Instant>>,
}

/// The server has taken a batch, all of it but `rejected` items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Spans, data points or log records that the server refused.
    pub rejected: u64,
    /// What the server says about them, or a warning though it took all; at
    /// most 200 characters on one line.
    pub message: Option<String>,
    /// How often the batch was sent.
    pub attempts: u32,
    /// The size of one attempt's body: compressed and framed, without headers.
    pub wire_bytes: usize,
}

/// A batch was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why the last attempt failed that came to an end of its own, or that
    /// time was up if none did.
    pub cause: Cause,
    /// How often sending was tried; 0 if time was up before.
    pub attempts: u32,
    /// The size of one attempt's body: compressed and framed, without headers.
    pub wire_bytes: usize,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempts {
            0 | 1 => write!(f, "{}", self.cause),
            many => write!(f, "{} ({many} attempts)", self.cause),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
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
        let client = Client::new(&settings)?;
        let template = Template::new(&settings, client.connector().proxy_authorization())?;
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                client,
                template,
                finish_by: watch::Sender::new(None),
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
        }))
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
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

impl Inner {
    async fn send(&self, body: Bytes) -> Result<Delivered, Failure> {
        let now = Instant::now();
        let until = now.checked_add(self.settings.timeout).unwrap_or(now + FAR);
        let batch = match self.template.batch(body) {
            Ok(batch) => batch,
            Err(cause) => {
                return Err(Failure {
                    cause,
                    attempts: 0,
                    wire_bytes: 0,
                });
            }
        };
        let mut attempts = 0;
        let mut last = None;
        let cause = tokio::select! {
            biased;
            cause = self.time_is_up(until) => last.unwrap_or(cause),
            outcome = self.deliver(&batch, until, &mut attempts, &mut last) => match outcome {
                Ok(partial) => return Ok(self.delivered(&partial, attempts, batch.wire_bytes())),
                Err(cause) => cause,
            },
        };
        Err(Failure {
            cause,
            attempts,
            wire_bytes: batch.wire_bytes(),
        })
    }

    async fn deliver(
        &self,
        batch: &Batch,
        until: Instant,
        attempts: &mut u32,
        last: &mut Option<Cause>,
    ) -> Result<PartialSuccess, Cause> {
        let mut back_off = BackOff::new();
        loop {
            *attempts = attempts.saturating_add(1);
            let Refusal { cause, asked } = match self.attempt(batch).await {
                Ok(partial) => return Ok(partial),
                Err(refusal) => refusal,
            };
            let again = match &cause {
                Cause::Grpc { code, .. } if *code == Code::RESOURCE_EXHAUSTED => asked.is_some(),
                other => other.is_transient(),
            };
            let wait = back_off.next(asked);
            if !again || wait >= self.left(until) {
                return Err(cause);
            }
            *last = Some(cause);
            sleep(wait).await;
        }
    }

    async fn attempt(&self, batch: &Batch) -> Outcome {
        let answer = self.client.exchange(batch.request()).await?;
        let signal = self.settings.signal;
        match self.settings.protocol {
            Protocol::Grpc => grpc::outcome(&answer, signal, self.secrets()),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                plain::outcome(&answer, signal, self.secrets())
            }
        }
    }

    fn delivered(&self, partial: &PartialSuccess, attempts: u32, wire_bytes: usize) -> Delivered {
        Delivered {
            rejected: partial.rejected,
            message: answer::presentable(&partial.message, self.secrets()).map(String::from),
            attempts,
            wire_bytes,
        }
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
                    after: self.settings.timeout,
                },
            };
        }
    }

    /// The values of the headers, whole and in their words, as a server may
    /// repeat only the token of an `authorization`.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.settings
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
