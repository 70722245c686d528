//! How a job's span is joined to others, and what it is called.

/// How a job is joined to the span that enqueued it.
///
/// Where a span is current when the job is claimed, that one is the parent in
/// any case, and the enqueuing span is linked.
///
/// ```
/// use otelier_jobs::{Correlation, Job};
///
/// let job = Job::new("send_receipt").with_correlation(Correlation::Parent);
/// # drop(job);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correlation {
    /// The job begins a trace of its own, with a link to the enqueuing span.
    /// Traces stay short, whatever enqueues how many jobs.
    #[default]
    Link,
    /// The job continues the trace of the enqueuing span, as its child. Reads
    /// best where a request enqueues one job; a batch is linked all the same.
    Parent,
}

/// How a job's span is named.
///
/// ```
/// use otelier_jobs::{Job, SpanName};
///
/// let job = Job::new("send_receipt").with_span_name(SpanName::Process);
/// # drop(job);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanName {
    /// `job.clone_index`.
    #[default]
    Kind,
    /// As the messaging conventions have it: `process default`, with the name
    /// of the queue.
    Process,
}
