//! Sends requests and measures how long their answers take.
//!
//! It is hyper's client and hdrhistogram and nothing more: what it spends is
//! taken from the same two cores as what it measures, requests have to carry
//! ids that can be found again, and two services have to be loaded in turns.
//! That is more than a load generator offers, and less than it costs.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Method, Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::ids::Ids;

/// A kind of request.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) status: u16,
    /// Of so many requests, one goes here. The first route whose turn it is
    /// gets the request.
    pub(crate) every: u64,
}

/// Which route the request of this number takes.
pub(crate) fn route(routes: &[Route], number: u64) -> usize {
    let is_its_turn = |route: &Route| number.is_multiple_of(route.every);
    let first = routes.iter().position(is_its_turn);
    first.unwrap_or(routes.len() - 1)
}

/// What is sent, how fast and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) routes: &'static [Route],
    pub(crate) connections: u32,
    /// Requests a second; as many as are answered where it is `None`.
    pub(crate) rate: Option<u32>,
    pub(crate) time: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Measured {
    /// The numbers of the requests that were answered as expected.
    pub(crate) answered: Vec<u64>,
    /// Those that were answered otherwise, or not at all.
    pub(crate) failed: u64,
    /// In microseconds.
    pub(crate) latency: Histogram<u64>,
    pub(crate) elapsed: Duration,
}

impl Measured {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            answered: Vec::new(),
            failed: 0,
            latency: Histogram::new_with_max(60_000_000, 3)?,
            elapsed: Duration::ZERO,
        })
    }

    /// Adds another measurement, which came after this one.
    pub(crate) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.answered.extend(&other.answered);
        self.failed += other.failed;
        self.latency.add(&other.latency)?;
        self.elapsed += other.elapsed;
        Ok(())
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.answered.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// Milliseconds within which this share of the requests was answered.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        self.latency.value_at_quantile(share) as f64 / 1000.0
    }

    pub(crate) fn longest(&self) -> f64 {
        self.latency.max() as f64 / 1000.0
    }
}

/// Sends requests as planned.
///
/// A request that a late answer has kept from being sent is measured from when
/// it was due.
///
/// # Errors
/// The service cannot be reached at the start.
pub(crate) async fn load(
    address: SocketAddr,
    plan: Plan,
    ids: &Arc<Ids>,
) -> anyhow::Result<Measured> {
    let mut senders = Vec::new();
    for _ in 0..plan.connections {
        senders.push(connect(address).await?);
    }
    let start = Instant::now();
    let end = start + plan.time;
    let gap = plan
        .rate
        .map(|rate| Duration::from_secs(1) * plan.connections / rate);
    let mut connections = JoinSet::new();
    for (at, sender) in (0..).zip(senders) {
        let first = start + gap.unwrap_or_default() * at / plan.connections;
        let connection = Connection {
            address,
            sender,
            routes: plan.routes,
            ids: Arc::clone(ids),
            measured: Measured::new()?,
        };
        connections.spawn(connection.run(first, gap, end));
    }
    let mut all = Measured::new()?;
    while let Some(measured) = connections.join_next().await {
        all.add(&measured?)?;
    }
    all.elapsed = start.elapsed();
    Ok(all)
}

async fn connect(address: SocketAddr) -> anyhow::Result<SendRequest<Empty<Bytes>>> {
    let stream = TcpStream::connect(address)
        .await
        .with_context(|| format!("nobody answers at {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

struct Connection {
    address: SocketAddr,
    sender: SendRequest<Empty<Bytes>>,
    routes: &'static [Route],
    ids: Arc<Ids>,
    measured: Measured,
}

impl Connection {
    async fn run(mut self, first: Instant, gap: Option<Duration>, end: Instant) -> Measured {
        let mut due = first;
        loop {
            let now = Instant::now();
            let began = if gap.is_some() && due <= now {
                due
            } else if gap.is_some() {
                sleep_until(due).await;
                Instant::now()
            } else {
                now
            };
            if began >= end {
                return self.measured;
            }
            let number = self.ids.next();
            if self.request(number).await.is_ok() {
                let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.measured.latency.saturating_record(took);
                self.measured.answered.push(number);
            } else {
                self.measured.failed += 1;
                match connect(self.address).await {
                    Ok(sender) => self.sender = sender,
                    Err(_) => return self.measured,
                }
            }
            due += gap.unwrap_or_default();
        }
    }

    async fn request(&mut self, number: u64) -> anyhow::Result<()> {
        let route = &self.routes[route(self.routes, number)];
        let request = Request::builder()
            .method(route.method.clone())
            .uri(route.path)
            .header(header::HOST, "api.test")
            .header(header::USER_AGENT, "load/1")
            .header("traceparent", self.ids.traceparent(number))
            .body(Empty::new())?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        anyhow::ensure!(status == route.status, "{} answered {status}", route.path);
        Ok(())
    }
}
