//! Telemetry compiled in: from the environment to running providers.

mod admission;
mod batch;
mod bounded;
mod config;
mod destinations;
mod export;
mod farewell;
mod flushes;
pub mod fuzz;
mod hooked;
mod hooks;
mod ids;
mod ledger;
mod notice;
mod propagators;
mod providers;
mod record;
mod request;
mod resource;
mod runtime;
#[cfg_attr(not(feature = "prometheus"), path = "no_scrape.rs")]
mod scrape;
mod self_metrics;
mod telemetry;
mod truncate;

use std::{
    env,
    panic::Location,
    sync::{Arc, Mutex, OnceLock},
    time::Instant,
};

use opentelemetry_sdk::{logs::SdkLoggerProvider, trace::Sampler};
use otelier_core::{Conventions, Providers, TextMap};
use otelier_otlp::Signal;
use tokio::runtime::Handle;

pub use self::config::lists::log_directives;
pub use self::hooks::Hooks;
pub use self::telemetry::Telemetry;
use self::{
    config::Config,
    destinations::{by_its_name, destinations},
    flushes::Flushes,
    ledger::Ledger,
    notice::Announcement,
    providers::Outlets,
    runtime::ExportRuntime,
    telemetry::Running,
};
use crate::{
    Off, Setup, State, doctor,
    variables::{ENDPOINT, SDK_DISABLED},
};

/// The telemetry of this process, and who started it.
static STARTED: OnceLock<(Arc<Running>, &'static Location<'static>)> = OnceLock::new();

/// Reads the environment and starts what it asks for. Never fails: what cannot
/// be used is said by [`Telemetry::announce`] and told by
/// [`Telemetry::status`].
///
/// While no receiver is named, nothing is started: no thread, no socket, no
/// provider. A second start changes nothing, and warns naming the first
/// `caller`.
///
/// # Cost
/// Opens no connection; reads the certificates that the environment names.
pub fn start(setup: &Setup, caller: &'static Location<'static>) -> Telemetry {
    if let Some((running, first)) = STARTED.get() {
        notice::warn(format_args!(
            "started already at {first}; the second start at {caller} changes nothing"
        ));
        return Telemetry::follower(Arc::clone(running));
    }
    // What is not UTF-8 is read all the same, so that it can be reported.
    let lookup = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let config = Arc::new(Config::from_env(&lookup, setup));
    let telemetry = begin(&config, setup, caller);
    if doctor::is_asked() {
        let problems = problems(&config, setup, &lookup);
        doctor::tell(setup, &telemetry.status(), &problems);
    }
    telemetry
}

/// What is wrong with the variables, also with those that nobody reads while
/// nothing is exported.
fn problems(
    config: &Config,
    setup: &Setup,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Vec<(&'static str, String)> {
    let on = |name: &str| match name {
        _ if name == SDK_DISABLED.name => None,
        _ if name == ENDPOINT.name => lookup(name).or_else(|| Some("http://localhost".to_owned())),
        _ => lookup(name),
    };
    let mut problems = config.problems.clone();
    if config.is_off() {
        problems.extend(Config::from_env(&on, setup).problems);
    }
    let pairs = problems.into_iter();
    pairs
        .map(|problem| (problem.variable, problem.what))
        .collect()
}

fn begin(config: &Arc<Config>, setup: &Setup, caller: &'static Location<'static>) -> Telemetry {
    let tell_problems = || {
        for problem in &config.problems {
            notice::warn(format_args!("{problem}"));
        }
    };
    if config.is_off() {
        tell_problems();
        let_pass(config);
        let name = service_name_of(config);
        return Telemetry::off(Signal::ALL.map(|signal| off(config, signal, setup)), name);
    }
    match run(config, setup) {
        Ok(running) => {
            let running = Arc::new(running);
            if STARTED.set((Arc::clone(&running), caller)).is_err() {
                // Another thread was faster; ours has recorded nothing yet.
                drop(running);
                return start(setup, caller);
            }
            install(&running);
            Telemetry::owner(running)
        }
        Err(cause) => {
            tell_problems();
            notice::warn(format_args!("nothing is exported: {cause}"));
            let_pass(config);
            let off = Off::Failed { cause };
            let name = service_name_of(config);
            Telemetry::off([off.clone(), off.clone(), off], name)
        }
    }
}

/// Warns of something, at once: where the subscriber shows it, else on standard
/// error.
pub fn warn(message: &str) {
    notice::warn(format_args!("{message}"));
}

/// Sends what has been recorded so far, without waiting for it: the process is
/// about to end, and may be ended before that.
pub(crate) fn flush_at_signal() {
    if let Some((running, _)) = STARTED.get() {
        drop(running.flush_soon());
    }
}

/// Builds everything, installs nothing.
fn run(config: &Arc<Config>, setup: &Setup) -> Result<Running, String> {
    let runtime = ExportRuntime::start()
        .map_err(|error| format!("the export thread cannot be started: {error}"))?;
    let mut added = setup.hooks.take();
    let resource = resource::detect_with(config, &resource::read, added.detect());
    let mut announcements: Vec<_> = config
        .problems
        .iter()
        .map(|problem| Announcement::Warning(problem.to_string()))
        .collect();

    if config.stock && !export::HAS_STOCK {
        let text = "OTELIER_EXPORTER: the cargo feature `stock` is not enabled; using own";
        announcements.push(Announcement::Warning(text.to_owned()));
    }
    let lines = Signal::ALL.map(|signal| {
        open(signal, config, setup, runtime.handle()).unwrap_or_else(|cause| {
            let text = format!("{signal} are not exported: {cause}");
            announcements.push(Announcement::Warning(text));
            Line::off(signal, Off::Failed { cause })
        })
    });
    let [traces, metrics, logs] = &lines;
    let tracer = providers::tracer(config, &resource, traces.outlets.as_ref(), &mut added)?;
    let logger = providers::logger(config, &resource, logs.outlets.as_ref(), &mut added)?;
    let metering = providers::meter(config, &resource, metrics.outlets.as_ref(), &mut added)?;
    let on: Vec<_> = lines
        .iter()
        .filter(|line| line.outlets.is_some())
        .map(|line| line.ledger.signal)
        .collect();
    if !on.is_empty() || config.metrics.scraped {
        announcements.push(Announcement::Info(destinations(config, &on, &resource)));
    }
    let outlets = lines.iter().flat_map(|line| &line.outlets);
    Ok(Running {
        transports: outlets.filter_map(Outlets::transport).collect(),
        metrics_outbox: metrics.outlets.as_ref().and_then(Outlets::outbox),
        ledgers: lines.map(|line| line.ledger),
        tracer,
        meter: metering.provider,
        exemplars: metering.exemplars,
        pages: metering.pages,
        logger,
        metrics_ended: Mutex::new(Some(metering.ended)),
        runtime: Mutex::new(Some(runtime)),
        resource,
        is_sampled_by_code: providers::sampler(config, &added).is_some(),
        config: Arc::clone(config),
        started: Instant::now(),
        announcements: Mutex::new(announcements),
        flushes: Flushes::default(),
        stopped: OnceLock::new(),
    })
}

/// The books of one signal, and what it is sent through.
struct Line {
    ledger: Arc<Ledger>,
    outlets: Option<Outlets>,
}

impl Line {
    fn off(signal: Signal, why: Off) -> Self {
        Self {
            ledger: Arc::new(Ledger::new(signal, 0, Some(why))),
            outlets: None,
        }
    }
}

fn open(signal: Signal, config: &Config, setup: &Setup, runtime: &Handle) -> Result<Line, String> {
    let wanted = signal != Signal::Logs || setup.bridged;
    if !wanted || !config.signal(signal).is_on() {
        return Ok(Line::off(signal, off(config, signal, setup)));
    }
    let capacity = match signal {
        Signal::Traces => config.span_batch.queue,
        Signal::Logs => config.log_batch.queue,
        // They are read when they are sent, so none wait.
        Signal::Metrics => 0,
    };
    let ledger = Arc::new(Ledger::new(signal, capacity, None));
    if !config.signal(signal).is_sent() {
        let outlets = None;
        return Ok(Line { ledger, outlets });
    }
    let outlets = Outlets::open(signal, config, &ledger, runtime);
    let own_files = &config.signal(signal).own_files;
    let outlets = outlets.map_err(|error| by_its_name(&error, own_files))?;
    Ok(Line {
        outlets: Some(outlets),
        ledger,
    })
}

/// Has context of others pass through a process that records nothing, where the
/// environment says that it is one of a traced system.
#[expect(
    clippy::disallowed_methods,
    reason = "beside `install`, which is for a process that records"
)]
fn let_pass(config: &Config) {
    let propagation = propagators::propagation(&config.propagators);
    if !config.is_propagating || propagation.is_none() {
        otelier_core::stay_off();
        return;
    }
    // A second start changes nothing, and a program's own stays.
    if otelier_core::install(Providers::passing(propagation.clone())).is_ok() {
        opentelemetry::global::set_text_map_propagator(TextMap::from(propagation));
    }
}

/// Makes the providers the process's: for our instrumentations, and for others
/// that ask OpenTelemetry's globals.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that installs providers"
)]
fn install(running: &Running) {
    let config = &*running.config;
    opentelemetry::global::set_tracer_provider(running.tracer.clone());
    opentelemetry::global::set_meter_provider(running.meter.clone());
    let propagation = propagators::propagation(&config.propagators);
    opentelemetry::global::set_text_map_propagator(TextMap::from(propagation.clone()));
    let mut conventions = Conventions::default();
    conventions.old_http_names = config.semconv.http_dup;
    conventions.old_database_names = config.semconv.database_dup;
    conventions.old_rpc_names = config.semconv.rpc_dup;
    conventions.old_gen_ai_names = config.semconv.gen_ai_dup;
    conventions.known_methods.clone_from(&config.known_methods);
    conventions
        .excluded_paths
        .clone_from(&config.excluded_paths);
    conventions
        .included_paths
        .clone_from(&config.included_paths);
    conventions.access_log = config.access_log;
    conventions.gen_ai_content = config.gen_ai_content;
    conventions.exemplars.clone_from(&running.exemplars);
    conventions.namespace = Some(resource::namespace(&running.resource));
    let providers = Providers::new(
        running.tracer.clone(),
        running.meter.clone(),
        propagation,
        conventions,
    );
    let providers = match running.log_records() {
        Some(loggers) => providers.with_loggers(loggers.clone()),
        None => providers,
    };
    let providers = match config.sampler {
        Sampler::ParentBased(_) if !running.is_sampled_by_code => {
            providers.with_parent_based_sampling()
        }
        _ => providers,
    };
    // A test may have installed its own; then that one is meant.
    otelier_core::install(providers).ok();
    running.pages.install();
    self_metrics::register(&running.meter, &running.ledgers, config);
}

impl Running {
    /// What log records are given to, `None` while logs are off.
    pub(super) fn log_records(&self) -> Option<&SdkLoggerProvider> {
        let [_, _, logs] = &self.ledgers;
        (!matches!(logs.status().state, State::Off(_))).then_some(&self.logger)
    }
}

/// What a resource would call the service, where there is none. No file is read:
/// none of them tells it.
fn service_name_of(config: &Config) -> String {
    resource::service_name(&resource::detect(config, &|_| None))
}

/// Why a signal goes nowhere.
fn off(config: &Config, signal: Signal, setup: &Setup) -> Off {
    if signal == Signal::Logs && !setup.bridged {
        let cause = "the cargo feature `logs` is not enabled".to_owned();
        return Off::Failed { cause };
    }
    config.signal(signal).off.clone().unwrap_or(Off::NoEndpoint)
}
