//! What became of a batch.

use std::{fmt, time::Duration};

use crate::{Cause, Code, Protocol};

/// The server has taken a batch, all of it but `rejected` items.
///
/// ```no_run
/// # async fn example(transport: otelier_otlp::Transport, request: bytes::Bytes) -> Result<(), otelier_otlp::Failure> {
/// use otelier_otlp::Delivered;
///
/// let Delivered { rejected, attempts, .. } = transport.send(request).await?;
/// println!("taken but for {rejected} items, at attempt {attempts}");
/// # Ok(())
/// # }
/// ```
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
    /// From the first attempt to the end of the last.
    pub elapsed: Duration,
    /// The status of HTTP that was answered; none over gRPC.
    pub status: Option<u16>,
    /// The protocol that is spoken in the place of the one that was guessed;
    /// told once, by the first batch that it took.
    pub instead: Option<Protocol>,
}

/// A batch was not delivered.
///
/// ```
/// use otelier_otlp::{Cause, Failure};
///
/// let refused = Failure::from(Cause::Refused { peer: "localhost:4317".into() });
/// assert!(refused.is_passing());
/// let mistaken = Failure::from(Cause::ExpectedGrpc);
/// assert!(!mistaken.is_passing());
/// assert!(mistaken.to_string().contains("OTEL_EXPORTER_OTLP_PROTOCOL"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why the last attempt failed that came to an end of its own, or that
    /// time was up if none did.
    pub cause: Cause,
    /// How often sending was tried; 0 if time was up before.
    pub attempts: u32,
    /// The size of one attempt's body: compressed and framed, without headers.
    pub wire_bytes: usize,
    /// From the first attempt to the end of the last.
    pub elapsed: Duration,
    /// When the server wants the next attempt, if it said so.
    pub retry_after: Option<Duration>,
}

impl From<Cause> for Failure {
    /// Of no attempt.
    fn from(cause: Cause) -> Self {
        Self {
            cause,
            attempts: 0,
            wire_bytes: 0,
            elapsed: Duration::ZERO,
            retry_after: None,
        }
    }
}

impl Failure {
    /// Whether the same batch may be taken later, once the receiver is back, by the
    /// rules of the OTLP specification.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match &self.cause {
            Cause::Timeout { .. } => self.attempts > 0,
            Cause::Stopped => true,
            cause if cause.is_too_large() => false,
            Cause::Grpc { code, .. } if *code == Code::RESOURCE_EXHAUSTED => {
                self.retry_after.is_some()
            }
            cause => cause.is_transient(),
        }
    }
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
