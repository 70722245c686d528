//! What comes after an upgrade, such as a WebSocket.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::record::{Talk, Upgrade, over, talk};

/// Gives the task that follows an upgrade a span of its own, below that of the
/// request, and the request's context.
///
/// Called in the handler, which the upgrade outlives:
///
/// ```
/// use otelier_axum::upgraded;
///
/// # struct WebSocketUpgrade;
/// # impl WebSocketUpgrade {
/// #     fn on_upgrade<F: Future<Output = ()>>(self, _: impl FnOnce(u8) -> F) {}
/// # }
/// async fn chat(upgrade: WebSocketUpgrade) {
///     upgrade.on_upgrade(upgraded("chat", async |socket| { /* talk */ }))
/// }
/// ```
///
/// The span ends with the task: with the `error.type` `panic` where it panics,
/// without an error where it is dropped. As long as it runs it is one of the open
/// streams.
pub fn upgraded<S, F, Fut>(
    name: impl Into<Cow<'static, str>>,
    task: F,
) -> impl FnOnce(S) -> Upgraded<Fut>
where
    F: FnOnce(S) -> Fut,
    Fut: Future,
{
    let upgrade = Upgrade::new(name.into());
    move |socket| Upgraded {
        inner: Traced::make(talk(upgrade), || task(socket)),
    }
}

pin_project! {
    /// The future of a task that follows an upgrade, made by [`upgraded`].
    ///
    /// See the example of [`upgraded`].
    ///
    /// # Cancellation
    /// Dropping it drops the task in its context and ends its span.
    #[derive(Debug)]
    pub struct Upgraded<F> {
        #[pin]
        inner: Traced<F, Talk>,
    }
}

impl<F: Future> Future for Upgraded<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let polled = self.project().inner.poll_output(cx);
        polled.map(|(output, talk)| {
            over(talk);
            output
        })
    }
}
