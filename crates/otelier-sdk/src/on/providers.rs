//! From the configuration to the SDK's providers.

use std::{
    io, mem,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, Protocol as Encoding, RetryPolicy,
    SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::{
        Aggregation, Instrument, InstrumentKind, PeriodicReader, SdkMeterProvider, Stream,
        Temporality,
    },
    trace::SdkTracerProvider,
};
use otelier_otlp::{Outbox, Protocol, Signal, Transport};
use tokio::runtime::Handle;

use super::{
    admission::{AdmitLogs, AdmitSpans},
    batch::Batches,
    config::{Config, Histogram, Sending},
    export::{self, Client, ExportLogs, ExportMetrics, ExportSpans, Outlet, Own, Posted},
    hooks::{Added, Enrich, Sample, viewed},
    ids::Ids,
    ledger::Ledger,
    request::{RequestLogs, RequestSpans},
};

/// How long the first record of a process waits for its batch.
const FIRST: Duration = Duration::from_secs(1);
/// Our client never looks at it, but the encoder wants one.
const ENDPOINT: &str = "http://otelier.invalid";

/// The connections of one signal and what they are to send.
#[derive(Debug)]
pub(crate) struct Outlets {
    transport: Option<Transport>,
    clients: Vec<Client>,
    outbox: Option<Arc<Outbox>>,
    ledger: Arc<Ledger>,
}

impl Outlets {
    /// Builds what one signal sends through.
    ///
    /// # Errors
    /// The endpoint or a certificate cannot be used.
    pub(crate) fn open(
        signal: Signal,
        config: &Config,
        ledger: &Arc<Ledger>,
        runtime: &Handle,
    ) -> Result<Self, otelier_otlp::Error> {
        // The SDK's own processors and reader ignore their export timeout.
        let bound = match signal {
            Signal::Traces => config.span_batch.timeout,
            Signal::Metrics => config.reader.timeout,
            Signal::Logs => config.log_batch.timeout,
        };
        let (stock, reader, sending) = (config.stock, config.reader, config.sending);
        let largest = sending.request;
        let config = config.signal(signal);
        let mut clients = Vec::new();
        if config.console {
            clients.push(Client::to_console(signal).with_largest(largest));
        }
        let mut transport = None;
        let mut outbox = None;
        if let Some(settings) = &config.otlp {
            let mut settings = settings.clone();
            settings.timeout = settings.timeout.min(bound);
            let (signal, protocol) = (settings.signal, settings.protocol);
            let opened = Transport::new(settings, runtime.clone())?;
            let kept = match signal {
                Signal::Metrics => reader.temporality != Temporality::Cumulative,
                Signal::Traces | Signal::Logs => !stock && protocol != Protocol::HttpJson,
            };
            if kept {
                outbox = Some(export::outbox(opened.clone(), sending, ledger));
            } else {
                let client = Client::to_receiver(signal, protocol, opened.clone());
                clients.push(client.with_largest(largest));
            }
            transport = Some(opened);
        }
        Ok(Self {
            transport,
            clients,
            outbox,
            ledger: Arc::clone(ledger),
        })
    }

    /// The connection to the receiver, if there is one.
    pub(crate) fn transport(&self) -> Option<Transport> {
        self.transport.clone()
    }

    /// Where encoded batches wait, if they do.
    pub(crate) fn outbox(&self) -> Option<Arc<Outbox>> {
        self.outbox.clone()
    }

    /// Our own encoder, if the receiver is to get what it writes.
    fn own(&self, how: Sending) -> Option<Own> {
        let outbox = Arc::clone(self.outbox.as_ref()?);
        Some(Own::new(outbox, Arc::clone(&self.ledger), how))
    }

    /// An encoder for each client. Only the last one keeps the books, where
    /// our own does not.
    fn encode<E>(
        &self,
        encoder: impl Fn(Client) -> Result<E, ExporterBuildError>,
    ) -> Result<Vec<Outlet<E>>, String> {
        let last = self.clients.len().saturating_sub(1);
        let clients = self.clients.iter().enumerate();
        clients
            .map(|(at, client)| {
                let encoder = encoder(client.clone());
                let encoder = encoder.map_err(|error| error.to_string())?;
                let outlet = Outlet::new(encoder, client.clone(), Arc::clone(&self.ledger));
                Ok(if at == last && self.outbox.is_none() {
                    outlet
                } else {
                    outlet.unbooked()
                })
            })
            .collect()
    }
}

fn no_thread(error: &io::Error) -> String {
    format!("a thread cannot be started: {error}")
}

macro_rules! encoder {
    ($exporter:ident) => {
        |client| {
            $exporter::builder()
                .with_http()
                .with_http_client(client)
                // JSON is made of it where it is wanted.
                .with_protocol(Encoding::HttpBinary)
                .with_endpoint(ENDPOINT)
                .with_retry_policy(RetryPolicy::disabled())
                .build()
        }
    };
}

/// The sampler that code says, unless a variable says one.
pub(crate) fn sampler(config: &Config, added: &Added) -> Option<Sample> {
    let asked = !config.is_sampler_set;
    asked.then(|| added.sampler(&config.sampler))?
}

/// The tracer provider. Without outlets it makes spans that are not exported,
/// so that logs still carry their ids.
pub(crate) fn tracer(
    config: &Config,
    resource: &Resource,
    outlets: Option<&Outlets>,
    added: &mut Added,
) -> Result<SdkTracerProvider, String> {
    let limits = config.span_limits;
    let mut builder = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_id_generator(Ids::default())
        .with_max_attributes_per_span(limits.attributes)
        .with_max_events_per_span(limits.events)
        .with_max_links_per_span(limits.links)
        .with_max_attributes_per_event(limits.event_attributes)
        .with_max_attributes_per_link(limits.link_attributes);
    builder = match sampler(config, added) {
        Some(theirs) => builder.with_sampler(theirs),
        None => builder.with_sampler(config.sampler.clone()),
    };
    if let Some(outlets) = outlets {
        let (how, stock) = (config.sending, outlets.encode(encoder!(SpanExporter))?);
        let exporter = ExportSpans::new(stock, outlets.own(how));
        let batch = config.span_batch;
        builder = builder.with_span_processor(RequestSpans(AdmitSpans {
            next: Batches::start(
                "otelier-spans",
                exporter,
                batch.size,
                batch.delay,
                FIRST,
                how.bound,
            )
            .map_err(|error| no_thread(&error))?,
            limits,
            ledger: Arc::clone(&outlets.ledger),
            outbox: outlets.outbox.clone(),
            flush: how.bound,
        }));
    }
    // Behind ours, which takes its part of a shutdown first.
    for theirs in added.spans(config.sending.bound) {
        builder = builder.with_span_processor(theirs);
    }
    Ok(builder.build())
}

/// The logger provider. Without outlets it drops what it gets.
pub(crate) fn logger(
    config: &Config,
    resource: &Resource,
    outlets: Option<&Outlets>,
    added: &mut Added,
) -> Result<SdkLoggerProvider, String> {
    let mut builder = SdkLoggerProvider::builder().with_resource(resource.clone());
    if let Some(outlets) = outlets {
        let (how, stock) = (config.sending, outlets.encode(encoder!(LogExporter))?);
        let exporter = ExportLogs::new(stock, outlets.own(how));
        let batch = config.log_batch;
        let next = RequestLogs(AdmitLogs {
            next: Batches::start(
                "otelier-logs",
                exporter,
                batch.size,
                batch.delay,
                FIRST,
                how.bound,
            )
            .map_err(|error| no_thread(&error))?,
            limits: config.log_limits,
            ledger: Arc::clone(&outlets.ledger),
            outbox: outlets.outbox.clone(),
            flush: how.bound,
        });
        let theirs = added.logs(how.bound);
        builder = if theirs.is_empty() {
            builder.with_log_processor(next)
        } else {
            builder.with_log_processor(Enrich { theirs, next })
        };
    }
    Ok(builder.build())
}

/// The meter provider, and who tells when its reader has exported for the last
/// time. Without outlets its instruments do nothing.
pub(crate) fn meter(
    config: &Config,
    resource: &Resource,
    outlets: Option<&Outlets>,
    added: &mut Added,
) -> Result<(SdkMeterProvider, Receiver<()>), String> {
    let (sender, ended) = mpsc::channel();
    let mut builder = SdkMeterProvider::builder()
        .with_resource(resource.clone())
        .with_view(of_the_sdk);
    if let Some(outlets) = outlets {
        let reader = config.reader;
        let encoder = |client| {
            MetricExporter::builder()
                .with_http()
                .with_http_client(client)
                // JSON is made of it where it is wanted.
                .with_protocol(Encoding::HttpBinary)
                .with_endpoint(ENDPOINT)
                .with_retry_policy(RetryPolicy::disabled())
                .with_temporality(reader.temporality)
                .build()
        };
        let posted = match (outlets.outbox(), &config.metrics.otlp) {
            (Some(outbox), Some(settings)) => {
                let client = Client::keeper(Signal::Metrics, settings.protocol)
                    .with_largest(config.sending.request);
                let encoder = encoder(client.clone()).map_err(|error| error.to_string())?;
                let ledger = Arc::clone(&outlets.ledger);
                Some(Posted::new(encoder, client, outbox, ledger))
            }
            _ => None,
        };
        let exporter = ExportMetrics::new(
            outlets.encode(encoder)?,
            posted,
            reader.temporality,
            config.sending.bound,
            sender,
        );
        // The reader does not say that it got no thread.
        let probe = thread::Builder::new().spawn(|| ());
        probe.map_err(|error| no_thread(&error))?.join().ok();
        builder = builder.with_reader(
            PeriodicReader::builder(exporter)
                .with_interval(reader.interval)
                .build(),
        );
        if reader.histogram == Histogram::Exponential {
            let theirs = added.views.clone();
            builder = builder.with_view(move |instrument: &Instrument| {
                let is_theirs = theirs.iter().any(|view| viewed(view, instrument).is_some());
                (!is_theirs).then(|| exponential(instrument))?
            });
        }
    }
    for view in mem::take(&mut added.views) {
        builder = builder.with_view(move |instrument: &Instrument| viewed(&view, instrument));
    }
    for theirs in added.readers(config.sending.bound) {
        builder = builder.with_reader(theirs);
    }
    Ok((builder.build(), ended))
}

/// Drops what the SDK records about itself where a cargo feature makes it: ours
/// are read from the ledgers, and the same with and without that feature.
fn of_the_sdk(instrument: &Instrument) -> Option<Stream> {
    if instrument.scope().name() != "otel.sdk" {
        return None;
    }
    let nothing = Stream::builder().with_aggregation(Aggregation::Drop);
    nothing.build().ok()
}

/// Base-2 exponential histograms with the specification's defaults.
fn exponential(instrument: &Instrument) -> Option<Stream> {
    if instrument.kind() != InstrumentKind::Histogram {
        return None;
    }
    let aggregation = Aggregation::Base2ExponentialHistogram {
        max_size: 160,
        max_scale: 20,
        record_min_max: true,
    };
    Stream::builder().with_aggregation(aggregation).build().ok()
}
