//! A server whose connections are watched, so that it is known how streams end.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    io,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, Request},
    http::{Method, header::UPGRADE},
    response::Response,
    routing::future::RouteFuture,
    serve::{IncomingStream, Listener, Serve},
};
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_service::Service;

use crate::record::{self, Fate};

/// Serves a router as [`axum::serve()`] does, with [`ConnectInfo`] of the client's
/// address, and watches the connections: a stream that ends early is known to
/// have been left by its client, broken off by the network, or given up here.
///
/// ```no_run
/// # async fn run(app: axum::Router) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// let app = otelier_axum::instrument(app);
/// otelier_axum::serve(listener, app).await
/// # }
/// ```
///
/// # Cost
/// A branch for each read and write, and two headers for each request.
pub fn serve<L>(listener: L, router: Router) -> Serve<Listening<L>, Connecting, Connected<L::Addr>>
where
    L: Listener,
    L::Addr: Clone + fmt::Debug + Sync + 'static,
{
    let router = router.with_state(());
    axum::serve(Listening(listener), Connecting(router))
}

/// A listener whose connections are watched, made by [`serve`].
///
/// See the example of [`serve`].
#[derive(Debug)]
pub struct Listening<L>(L);

impl<L: Listener> Listener for Listening<L> {
    type Io = Watched<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, address) = self.0.accept().await;
        let fate = Fate::default();
        (Watched { io, fate }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection that is watched.
///
/// See the example of [`serve`].
#[derive(Debug)]
pub struct Watched<Io> {
    io: Io,
    fate: Fate,
}

impl<Io> Watched<Io> {
    #[inline]
    fn seen<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &polled {
            record::failed(&self.fate, error);
        }
        polled
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Watched<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (filled, room) = (buffer.filled().len(), buffer.remaining());
        let polled = Pin::new(&mut self.io).poll_read(cx, buffer);
        if matches!(polled, Poll::Ready(Ok(()))) && buffer.filled().len() == filled && room > 0 {
            record::closed(&self.fate);
        }
        self.seen(polled)
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Watched<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.seen(polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(cx);
        self.seen(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_shutdown(cx);
        self.seen(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bytes);
        self.seen(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// What makes a service for each connection, made by [`serve`].
///
/// See the example of [`serve`].
#[derive(Clone, Debug)]
pub struct Connecting(Router);

impl<L> Service<IncomingStream<'_, Listening<L>>> for Connecting
where
    L: Listener,
    L::Addr: Clone + Sync + 'static,
{
    type Response = Connected<L::Addr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, Listening<L>>) -> Self::Future {
        ready(Ok(Connected {
            router: self.0.clone(),
            address: stream.remote_addr().clone(),
            fate: stream.io().fate.clone(),
        }))
    }
}

/// What serves the requests of a connection, made by [`serve`].
///
/// See the example of [`serve`].
#[derive(Clone, Debug)]
pub struct Connected<A> {
    router: Router,
    address: A,
    fate: Fate,
}

impl<A: Clone + Send + Sync + 'static> Service<Request> for Connected<A> {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Answer {
        let address = ConnectInfo(self.address.clone());
        request.extensions_mut().insert(address);
        let may_upgrade =
            request.headers().contains_key(UPGRADE) || request.method() == Method::CONNECT;
        Answer {
            inner: self.router.call(request),
            fate: self.fate.clone(),
            may_upgrade,
        }
    }
}

pin_project! {
    /// The future of a response on a connection that is watched.
    ///
    /// See the example of [`serve`].
    pub struct Answer {
        #[pin]
        inner: RouteFuture<Infallible>,
        fate: Fate,
        // Only then its handler asks for the connection.
        may_upgrade: bool,
    }
}

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = if *this.may_upgrade {
            record::enter(&*this.fate, || this.inner.poll(cx))
        } else {
            this.inner.poll(cx)
        };
        polled.map_ok(|response| {
            let ends_late: bool = record::ends_late(&response);
            if !ends_late {
                return response;
            }
            let fate = this.fate.clone();
            response.map(|body| {
                let body = Some(body);
                Body::new(Followed { body, fate })
            })
        })
    }
}

otelier_core::shown!(Answer);

/// The body of a stream, which ends knowing its connection.
struct Followed {
    /// Empty while it is dropped.
    body: Option<Body>,
    fate: Fate,
}

impl HttpBody for Followed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { body, fate } = &mut *self;
        match body {
            Some(body) => record::enter(fate, || Pin::new(body).poll_frame(cx)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map(HttpBody::size_hint)
            .unwrap_or_default()
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let body = self.body.take();
        record::enter(&self.fate, || drop(body));
    }
}
