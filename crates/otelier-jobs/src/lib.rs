//! Spans and metrics for background jobs: one span per claimed job, joined to
//! the trace that enqueued it.
//!
//! ```
//! use otelier_jobs::{Context, Job};
//!
//! struct CloneIndex { id: i64, repo_id: i64, ctx: Context }
//!
//! // Who enqueues stores the context in the job's row or message.
//! let job = CloneIndex { id: 7, repo_id: 12, ctx: Context::current() };
//!
//! // The worker runs what it claimed.
//! # async fn clone_index(_: CloneIndex) -> std::io::Result<()> { Ok(()) }
//! # async fn work(job: CloneIndex) -> std::io::Result<()> {
//! Job::new("clone_index")
//!     .with_id(job.id)
//!     .with_attribute("repo.id", job.repo_id)
//!     .with_context(&job.ctx)
//!     .run(clone_index(job))
//!     .await?;
//! # Ok(())
//! # }
//! # let _ = work(job);
//! ```
//!
//! A message that somebody else processes is recorded where it is sent:
//!
//! ```
//! use std::collections::HashMap;
//!
//! # async fn publish(_: &str, _: HashMap<String, String>) -> std::io::Result<()> { Ok(()) }
//! # async fn order() -> std::io::Result<()> {
//! otelier_jobs::send("orders")
//!     .with_system("nats")
//!     .run(|context| async move {
//!         let mut headers = HashMap::new();
//!         context.write_to(&mut headers);
//!         publish("orders", headers).await
//!     })
//!     .await
//! # }
//! ```
//!
//! # What is recorded
//! One span of kind `CONSUMER` per job, `job.clone_index`, from the call of
//! [`Job::run`] to the end of its future; [`SpanName`] has the other name. It
//! is linked to the span that enqueued the job, or is its child if
//! [`Job::with_correlation`] says so; a span that is current when the job is run is
//! the parent in any case.
//!
//! | attribute | when |
//! |---|---|
//! | `messaging.system` | always; `jobs` unless [`Job::with_system`] says something else |
//! | `messaging.operation.name`, `messaging.operation.type` | always: `process` |
//! | `messaging.destination.name` | always; the kind unless [`Job::with_queue`] names the queue |
//! | `messaging.message.id`, `<namespace>.job.id` | with [`Job::with_id`] |
//! | `messaging.batch.message_count` | with [`Job::with_batch`] |
//! | `<namespace>.job.kind` | always |
//! | `<namespace>.job.attempt` | with [`Job::with_attempt`] or [`Job::attempts`] |
//! | `<namespace>.job.wait` | with [`Job::with_enqueued_at`]; seconds |
//! | `<namespace>.` and your key | with [`Job::with_attribute`] |
//! | `error.type` | see below |
//!
//! The namespace is that of the service, or [`Job::with_namespace`]. Links have an
//! attribute `otelier.link.reason`: `enqueued_by` or `first_attempt`.
//!
//! | ending | status | `error.type` | `otelier.job.outcome` |
//! |---|---|---|---|
//! | `Ok` | unset | | `ok` |
//! | `Err`, or what [`Job::run_with`] takes for a failure | error | the type's name, or what the caller says | `error` |
//! | panic | error | `panic` | `panic` |
//! | dropped, timed out, never polled | error | `cancelled` | `cancelled` |
//!
//! What an error (as `{:#}`) or a panic says, without what can be told to be a
//! secret, cut at 2 KiB, describes the status. An error is a `tracing` event at
//! ERROR, too, with the name `exception`, `exception.type`, `exception.message` and
//! the kind; of a panic the process's own hook makes one. With the feature `anyhow`,
//! an `anyhow::Error` adds its stack as `exception.stacktrace`, 64 KiB of it, where
//! `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` had one captured; it takes some
//! milliseconds to be written. An `eyre::Report` gives its own to nobody but its handler,
//! so there is none.
//!
//! The type's name is the path that people write, `shop::StoreError`; that of an error
//! in a box is what is inside where that is known, as those of the standard library
//! are, else `Box<dyn Error>`. A job that is
//! polled for long has events called `heartbeat`, one a minute at most and a
//! hundred altogether.
//!
//! | metric | unit | labels |
//! |---|---|---|
//! | `messaging.process.duration`, histogram | s | kind, queue, operation, system, `error.type` |
//! | `otelier.jobs.active`, up-down counter | `{job}` | kind, queue |
//! | `otelier.jobs.ended`, counter | `{job}` | kind, queue, outcome |
//! | `otelier.jobs.wait`, histogram | s | kind, queue |
//! | `otelier.jobs.queue.depth`, gauge: [`queue_depth`], [`watch_queue_depth`] | `{job}` | queue |
//! | `<namespace>.` and your name: [`count`], [`measure`] | yours, where it comes with one | kind, queue |
//!
//! The kind is `otelier.job.kind`, the queue `messaging.destination.name`. The
//! buckets of the duration are the conventions', up to 10 s; those of the wait
//! go up to a day.
//!
//! # Both ends of a queue
//! [`send`] makes a span of kind `PRODUCER`, and gives the context that belongs into
//! the message; [`Job::from_headers`] makes a job of what came. [`Headers`] are those of
//! any queue.
//!
//! # Retries
//! Each attempt is a job of its own, linked to the first:
//!
//! ```
//! # use otelier_jobs::Job;
//! # async fn embed() -> std::io::Result<()> { Ok(()) }
//! # async fn work() {
//! for attempt in Job::new("embed").with_id(7).attempts().take(3) {
//!     if attempt.run(embed()).await.is_ok() {
//!         break;
//!     }
//! }
//! # }
//! ```
//!
//! # Workers that die
//! A span is sent when it ends. Of a job whose worker is killed remains what
//! its children recorded, such as a log line, and, with [`Job::with_announcement`], a
//! span and a `tracing` event at INFO that say that it began.
//!
//! # What is not
//! What the job is made from, and what it returns. Polling an empty queue makes
//! no job; its queries leave no trace either within [`unrecorded`].
//!
//! # Features
//! - `otel` (default): Records spans and metrics. Without it every call
//!   compiles to nothing.
//! - `tokio`: Tasks of tokio that run in the context of whoever spawns them.
//! - `apalis`: A layer for workers of apalis 1.x.
//! - `async-nats`: [`Headers`] of NATS.
//! - `anyhow`: The name of what is in an `anyhow::Error` that a job ends with, and its
//!   stack, where one was captured.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "apalis")]
pub mod apalis;
mod carrier;
mod catch;
mod context;
mod correlation;
mod current;
mod depth;
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "what records reads them")
)]
mod facts;
#[cfg_attr(
    not(feature = "otel"),
    expect(dead_code, reason = "what records reads them")
)]
mod failure;
mod future;
mod headers;
mod job;
mod loose;
#[cfg(feature = "apalis")]
mod metadata;
mod quantity;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod send;
#[cfg(feature = "tokio")]
mod tasks;
mod value;
mod wire;

#[cfg(feature = "tokio")]
pub use self::tasks::{JoinSetExt, spawn, spawn_blocking};
pub use self::{
    context::Context,
    correlation::{Correlation, SpanName},
    current::{count, measure, unrecorded},
    depth::{QueueDepth, queue_depth, watch_queue_depth},
    failure::{Failure, Panicked},
    headers::Headers,
    job::{Attempts, Job},
    quantity::Quantity,
    send::{Message, send},
    value::{Attribute, AttributeValue},
};
