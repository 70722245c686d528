//! Variables in, configuration out.

use opentelemetry_sdk::trace::Sampler;
use otelier_otlp::Signal;

use crate::status::Off;

use super::{
    Batch, Config, Defaults, LogLimits, Propagator, Reader, Semconv, Sending, SignalConfig,
    SpanLimits, endpoint,
    env::Env,
    identity, limits,
    lists::{self, Asked},
    names::{self, ENDPOINT},
};

/// Variables that the specification or an older one knows and that change
/// nothing here.
const UNSUPPORTED: [(&str, &str); 6] = [
    ("OTEL_CONFIG_FILE", "configuration files are not read"),
    (
        "OTEL_EXPERIMENTAL_CONFIG_FILE",
        "configuration files are not read",
    ),
    (
        "OTEL_ENTITIES",
        "entities are not recorded: use OTEL_RESOURCE_ATTRIBUTES",
    ),
    ("OTEL_METRICS_EXEMPLAR_FILTER", "exemplars are not recorded"),
    (
        "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
        "the name is OTEL_EXPORTER_OTLP_TRACES_INSECURE",
    ),
    (
        "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
        "the name is OTEL_EXPORTER_OTLP_METRICS_INSECURE",
    ),
];

impl Config {
    /// Reads the environment through `lookup`. `defaults` come from code and
    /// lose against variables.
    ///
    /// Never fails: a value that cannot be used is replaced by its default, or
    /// turns off the signal it is for, and is listed in `problems`. When no
    /// signal is asked for, nothing is listed and everything else is default.
    pub(crate) fn from_env(lookup: &dyn Fn(&str) -> Option<String>, defaults: &Defaults) -> Self {
        let mut env = Env::new(lookup);
        if env.flag(&["OTEL_SDK_DISABLED"]) == Some(true) {
            return Self::off(&Off::Disabled).passing(env);
        }
        let [traces, metrics, logs] = signals(&mut env);
        let config = Self {
            traces,
            metrics,
            logs,
            ..Self::off(&Off::NoEndpoint)
        };
        if config.is_off() {
            env.retain_problems(|problem| ENDPOINT.contains(problem.variable));
            return config.passing(env);
        }

        for (variable, what) in UNSUPPORTED {
            if env.text(variable).is_some() {
                env.problem(variable, format!("{what}; ignored"));
            }
        }
        Self {
            sampler: lists::sampler(&mut env),
            is_sampler_set: env.text("OTEL_TRACES_SAMPLER").is_some(),
            propagators: lists::propagators(&mut env),
            is_propagating: true,
            span_batch: limits::span_batch(&mut env),
            log_batch: limits::log_batch(&mut env),
            reader: limits::reader(&mut env),
            span_limits: limits::span_limits(&mut env),
            log_limits: limits::log_limits(&mut env),
            log_filter: lists::log_filter(&mut env),
            log_span_fields: lists::log_span_fields(&env),
            semconv: lists::semconv(&mut env),
            known_methods: lists::known_methods(&env),
            excluded_paths: lists::excluded_paths(&env),
            access_log: env.flag(&["OTELIER_ACCESS_LOG"]).unwrap_or(false),
            stall_threshold: limits::stall_threshold(&mut env),
            stock: env
                .word(
                    &["OTELIER_EXPORTER"],
                    &[("own", false), ("stock", true)],
                    "own",
                )
                .unwrap_or(false),
            sending: limits::sending(&mut env, defaults.sending),
            attributes: identity::attributes(&mut env, defaults),
            hostname: identity::hostname(&env),
            problems: env.into_problems(),
            ..config
        }
    }

    /// Adds how context passes through while nothing is recorded: the
    /// specification has disabling change nothing about that. Where the
    /// environment names neither a receiver nor propagators nothing is done.
    fn passing(self, mut env: Env<'_>) -> Self {
        let is_named = |variable: &&str| env.text(variable).is_some();
        let is_propagating = is_named(&lists::PROPAGATORS) || ENDPOINT.all().iter().any(is_named);
        let propagators = if is_propagating {
            lists::propagators(&mut env)
        } else {
            self.propagators
        };
        Self {
            propagators,
            is_propagating,
            problems: env.into_problems(),
            ..self
        }
    }

    /// What is built when nothing is asked for: nothing.
    pub(crate) fn off(why: &Off) -> Self {
        let signal = SignalConfig {
            otlp: None,
            console: false,
            off: Some(why.clone()),
            is_base: false,
            own_files: Vec::new(),
        };
        Self {
            traces: signal.clone(),
            metrics: signal.clone(),
            logs: signal,
            sampler: Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
            is_sampler_set: false,
            propagators: vec![Propagator::TraceContext, Propagator::Baggage],
            is_propagating: false,
            span_batch: Batch::SPANS,
            log_batch: Batch::LOGS,
            reader: Reader::default(),
            span_limits: SpanLimits::default(),
            log_limits: LogLimits::default(),
            log_filter: lists::default_log_filter(),
            log_span_fields: None,
            semconv: Semconv::default(),
            known_methods: None,
            excluded_paths: None,
            access_log: false,
            stall_threshold: None,
            stock: false,
            sending: Sending::default(),
            attributes: Vec::new(),
            hostname: None,
            problems: Vec::new(),
        }
    }
}

fn signals(env: &mut Env<'_>) -> [SignalConfig; 3] {
    let signals = each_signal(env);
    agent(env, &signals);
    signals
}

/// Says what to set where a program knows Datadog's Agent, and exports nothing
/// for want of an endpoint. Its variables are no switch: there is one.
fn agent(env: &mut Env<'_>, signals: &[SignalConfig; 3]) {
    const KNOWN: [(&str, &str); 2] = [
        ("DD_AGENT_HOST", "$DD_AGENT_HOST"),
        // The port of Datadog's own protocol, on this machine.
        ("DD_TRACE_AGENT_PORT", "localhost"),
    ];
    let known = KNOWN.map(|(variable, host)| env.text(variable).map(|_| (variable, host)));
    let is_unnamed = |signal: &SignalConfig| signal.off == Some(Off::NoEndpoint);
    let Some((variable, host)) = known.into_iter().flatten().next() else {
        return;
    };
    if signals.iter().all(is_unnamed) {
        env.problem(
            ENDPOINT.generic,
            format!(
                "not set, though {variable} is; nothing is exported. Where the Agent's OTLP \
                 receiver is on, set it to http://{host}:4317"
            ),
        );
    }
}

fn each_signal(env: &mut Env<'_>) -> [SignalConfig; 3] {
    Signal::ALL.map(|signal| {
        let variable = names::exporter(signal);
        let exporters = lists::exporters(env, variable);
        let settings = match exporters.otlp {
            Asked::No => Err(Off::Exporter { variable }),
            Asked::Implicitly | Asked::ByName => endpoint::settings(env, signal),
        };
        if exporters.otlp == Asked::ByName && settings == Err(Off::NoEndpoint) {
            env.problem(
                variable,
                "otlp, but OTEL_EXPORTER_OTLP_ENDPOINT is not set; not exporting by OTLP",
            );
        }
        let (otlp, off) = match settings {
            Ok(settings) => (Some(settings), None),
            Err(off) => (None, Some(off)),
        };
        let (is_base, own_files) = match &otlp {
            Some(_) => (
                endpoint::is_for_all(env, signal),
                endpoint::own_files(env, signal),
            ),
            None => (false, Vec::new()),
        };
        SignalConfig {
            otlp,
            console: exporters.console,
            off,
            is_base,
            own_files,
        }
    })
}
