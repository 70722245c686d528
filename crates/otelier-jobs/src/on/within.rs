//! Code that runs in the context of another span, without a record of its own.

use opentelemetry as otel;

use super::{context::Context, future::JobFuture};

impl Context {
    /// Runs a future in this context, without a span or a metric of its own: what
    /// it records is below the span that the context names, what it sends has that
    /// one's trace and baggage. For what is no job: a message that is answered, a
    /// task that goes on for a request that is over.
    ///
    /// ```
    /// # use otelier_jobs::Context;
    /// # async fn answer() {}
    /// # async fn serve(header: &str) {
    /// let context: Context = header.into();
    /// context.run(answer()).await;
    /// # }
    /// # drop(serve(""));
    /// ```
    /// The context is entered whenever the future runs, and takes the place of the
    /// one around it; an empty one changes nothing, nor does any while telemetry is
    /// off and nothing passes through.
    ///
    /// # Cancellation
    /// Dropping the future drops what it holds in the context, too, also if it was
    /// never polled, or panicked.
    pub fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        JobFuture::within(self.around(), future)
    }

    /// Runs a closure in this context, as [`run`](Self::run) does a future.
    pub fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        let _attached = self.around().map(otel::Context::attach);
        run()
    }

    /// What is around what runs in it, `None` where that is what is there already.
    fn around(&self) -> Option<otel::Context> {
        if self.is_empty() {
            return None;
        }
        let mut around = None;
        super::context::with_propagation(|propagation| {
            let cx = self.add_span(&otel::Context::current());
            around = Some(self.add_baggage(propagation, cx));
        });
        around
    }
}
