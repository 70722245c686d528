//! A stream that is the answer of a model.

use std::{
    fmt::{Debug, Display},
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use futures_core::Stream;
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::record::{self, Streaming};

pin_project! {
    /// The answer of a model, part by part; made by [`Call::stream`](crate::Call::stream).
    ///
    /// ```
    /// use futures_core::Stream;
    /// use otelier_genai::{CallStream, Inference, Provider};
    ///
    /// async fn ask<S: Stream<Item = std::io::Result<String>>>(
    ///     send: impl Future<Output = std::io::Result<S>>,
    /// ) -> std::io::Result<CallStream<S>> {
    ///     let inference = Inference::new(Provider::OPENAI, "chat", "gpt-6");
    ///     // The span ends with the stream.
    ///     inference.run(async |call| Ok(call.stream(send.await?))).await
    /// }
    /// ```
    ///
    /// # Cancellation
    /// Dropping it before its end ends the operation, without an error.
    #[derive(Debug)]
    pub struct CallStream<S> {
        #[pin]
        inner: Traced<S, Streaming>,
    }
}

impl<S> CallStream<S> {
    pub(crate) fn new(stream: S, streaming: Option<Streaming>) -> Self {
        Self {
            inner: Traced::new(stream, streaming),
        }
    }
}

impl<S, T, E> Stream for CallStream<S>
where
    S: Stream<Item = Result<T, E>>,
    E: Display + Debug + 'static,
{
    type Item = Result<T, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let mut inner = self.project().inner;
        let polled = inner
            .as_mut()
            .poll_or(|| Poll::Ready(None), |stream| stream.poll_next(cx));
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(_))) => record::received(inner.scope_mut()),
            Poll::Ready(Some(Err(error))) => record::broke(inner.take_scope(), error),
            Poll::Ready(None) => record::ended(inner.take_scope()),
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.inner().map_or((0, Some(0)), Stream::size_hint)
    }
}
