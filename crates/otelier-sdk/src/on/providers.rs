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

use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::{
        Aggregation, Instrument, InstrumentKind, PeriodicReader, SdkMeterProvider, Stream,
        Temporality,
    },
    trace::SdkTracerProvider,
};
use otelier_core::edge::Exemplars;
use otelier_otlp::{Outbox, Protocol, Signal, Transport};
use tokio::runtime::Handle;

use super::{
    admission::Admit,
    batch::{Batches, Sink},
    config::{Batch, Config, Histogram},
    export::{self, Export, ExportLogs, ExportMetrics, ExportSpans},
    hooks::{Added, Enrich, Sample, viewed},
    ids::Ids,
    ledger::Ledger,
    scrape::Pages,
};

/// How long the first record of a process waits for its batch.
const FIRST: Duration = Duration::from_secs(1);

/// The connections of one signal and what they are to send.
#[derive(Debug)]
pub(crate) struct Outlets {
    to_receiver: Option<(Transport, Arc<Outbox>, Protocol)>,
    to_console: bool,
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
        let sending = config.sending;
        let is_cumulative = config.reader.temporality == Temporality::Cumulative;
        let newest_wins = signal == Signal::Metrics && is_cumulative;
        let config = config.signal(signal);
        let to_receiver = config.otlp.as_ref().map(|settings| {
            let mut settings = settings.clone();
            settings.timeout = settings.timeout.min(bound);
            let protocol = settings.protocol;
            let transport = Transport::new(settings, runtime.clone())?;
            let outbox = export::outbox(transport.clone(), sending, ledger, newest_wins);
            Ok((transport, outbox, protocol))
        });
        Ok(Self {
            to_receiver: to_receiver.transpose()?,
            to_console: config.console,
            ledger: Arc::clone(ledger),
        })
    }

    /// The connection to the receiver, if there is one.
    pub(crate) fn transport(&self) -> Option<Transport> {
        let (transport, ..) = self.to_receiver.as_ref()?;
        Some(transport.clone())
    }

    /// Where encoded batches wait for the receiver, if there is one.
    pub(crate) fn outbox(&self) -> Option<Arc<Outbox>> {
        let (_, outbox, _) = self.to_receiver.as_ref()?;
        Some(Arc::clone(outbox))
    }

    /// What encodes, for each of them. The receiver comes last: it keeps the books.
    fn export(&self, config: &Config) -> Result<Export, String> {
        let mut export = Export::new(Arc::clone(&self.ledger), config.sending);
        if self.to_console {
            export = export.with_console();
        }
        let Some((_, outbox, protocol)) = &self.to_receiver else {
            return Ok(export);
        };
        let outbox = Arc::clone(outbox);
        if config.stock && export::HAS_STOCK && *protocol != Protocol::HttpJson {
            return export.with_stock(outbox);
        }
        Ok(export.with_receiver(outbox, *protocol))
    }

    fn admit<S: Sink, L>(&self, next: Batches<S>, limits: L, config: &Config) -> Admit<S, L> {
        Admit {
            next,
            limits,
            ledger: Arc::clone(&self.ledger),
            outbox: self.outbox(),
            flush: config.sending.bound,
        }
    }
}

/// Starts the thread that makes batches.
fn batches<S: Sink>(
    thread: &str,
    exporter: S,
    batch: Batch,
    config: &Config,
) -> Result<Batches<S>, String> {
    let Batch { size, delay, .. } = batch;
    let bound = config.sending.bound;
    let started = Batches::start(thread, exporter, size, delay, FIRST, bound);
    started.map_err(|error| no_thread(&error))
}

fn no_thread(error: &io::Error) -> String {
    format!("a thread cannot be started: {error}")
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
        let exporter = ExportSpans(outlets.export(config)?);
        let next = batches("otelier-spans", exporter, config.span_batch, config)?;
        builder = builder.with_span_processor(outlets.admit(next, limits, config));
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
        let exporter = ExportLogs(outlets.export(config)?);
        let next = batches("otelier-logs", exporter, config.log_batch, config)?;
        let next = outlets.admit(next, config.log_limits, config);
        let theirs = added.logs(config.sending.bound);
        builder = if theirs.is_empty() {
            builder.with_log_processor(next)
        } else {
            builder.with_log_processor(Enrich { theirs, next })
        };
    }
    Ok(builder.build())
}

/// What metrics are recorded with.
#[derive(Debug)]
pub(crate) struct Metering {
    pub(crate) provider: SdkMeterProvider,
    /// Tells when the reader has exported for the last time.
    pub(crate) ended: Receiver<()>,
    /// What readers take at each collection, if there is any.
    pub(crate) exemplars: Option<Exemplars>,
    /// Who is asked by scrapes.
    pub(crate) pages: Pages,
}

/// The meter provider, and who tells when its reader has exported for the last
/// time. Without outlets its instruments do nothing.
pub(crate) fn meter(
    config: &Config,
    resource: &Resource,
    outlets: Option<&Outlets>,
    added: &mut Added,
) -> Result<Metering, String> {
    let (sender, ended) = mpsc::channel();
    let builder = SdkMeterProvider::builder()
        .with_resource(resource.clone())
        .with_view(of_the_sdk);
    let export = outlets.map(|outlets| outlets.export(config)).transpose()?;
    let is_scraped = config.metrics.scraped;
    let are_exported = export.as_ref().is_some_and(Export::has_exemplars);
    let exemplars = (config.exemplars && (are_exported || is_scraped)).then(Exemplars::new);
    let pages = Pages::new(is_scraped, exemplars.clone());
    let mut builder = pages.attach(builder);
    if let (Some(outlets), Some(export)) = (outlets, export) {
        let reader = config.reader;
        let kept = exemplars.clone().filter(|_| are_exported);
        let exporter = ExportMetrics {
            export,
            exemplars: kept.map(|kept| pages.share(kept)),
            outbox: outlets.outbox(),
            temporality: reader.temporality,
            bound: config.sending.bound,
            ended: sender,
        };
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
    Ok(Metering {
        provider: builder.build(),
        ended,
        exemplars,
        pages,
    })
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
