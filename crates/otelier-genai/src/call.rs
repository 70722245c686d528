//! What can be told of an operation while it runs.

use futures_core::Stream;

use crate::{CallStream, Message, Usage, record};

/// An operation that runs, as the closure of its `run` gets it.
///
/// It is nothing while telemetry is off. A clone tells the same operation, as a stream
/// does that outlives the closure; what is told when it is over is lost.
///
/// See the [example of the crate](crate).
#[derive(Clone, Debug)]
pub struct Call {
    running: Option<record::Running>,
}

impl Call {
    pub(crate) fn new(running: Option<record::Running>) -> Self {
        Self { running }
    }

    /// How many tokens it took. Said again, the last counts: providers that tell it with
    /// each chunk tell sums.
    pub fn usage(&self, usage: Usage) {
        record::tell(self.running.as_ref(), |answer| answer.usage = usage);
    }

    /// The id of the answer.
    pub fn response_id(&self, id: impl Into<String>) {
        record::tell(self.running.as_ref(), |answer| answer.id = Some(id.into()));
    }

    /// The model that answered, which may be more precise than the one that was asked.
    pub fn response_model(&self, model: impl Into<String>) {
        record::tell(self.running.as_ref(), |answer| {
            answer.model = Some(model.into());
        });
    }

    /// Why the model ended one of its answers: `stop`, `length`, `tool_call`. As often as
    /// there are answers.
    pub fn finish(&self, reason: impl Into<String>) {
        record::tell(self.running.as_ref(), |answer| {
            answer.finished(reason.into());
        });
    }

    /// One of the model's answers, made only if content is asked for.
    pub fn answer(&self, message: impl FnOnce() -> Message) {
        record::answer(self.running.as_ref(), message);
    }

    /// A bit of the model's answer, which is put together, made only if content is asked
    /// for.
    pub fn text<S: AsRef<str>>(&self, text: impl FnOnce() -> S) {
        record::text(self.running.as_ref(), text);
    }

    /// What a tool returned, as text or JSON, made only if content is asked for.
    pub fn result<S: Into<String>>(&self, result: impl FnOnce() -> S) {
        record::result(self.running.as_ref(), result);
    }

    /// A part of the answer arrived. For streams that [`stream`](Self::stream) does not
    /// wrap.
    pub fn chunk(&self) {
        record::chunk(self.running.as_ref());
    }

    /// Has the operation end with a stream instead of the future that made it: at its last
    /// item, at its first error, or when it is dropped, which is no error. The first item
    /// is the first chunk, and the time between two of them is measured.
    pub fn stream<S, T, E>(self, stream: S) -> CallStream<S>
    where
        S: Stream<Item = Result<T, E>>,
    {
        CallStream::new(stream, record::keep_open(self.running))
    }
}
