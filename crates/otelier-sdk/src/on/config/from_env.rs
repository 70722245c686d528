//! Variables in, configuration out.

use otelier_otlp::Signal;

use crate::{
    Setup,
    status::Off,
    variables::{
        ACCESS_LOG, DD_AGENT_HOST, DD_TRACE_AGENT_PORT, ENDPOINT, EXPORTER, Form,
        HTTP_EXCLUDED_URLS, HTTP_INCLUDED_URLS, INSTRUMENTATION_HTTP_KNOWN_METHODS, LOGS_EXPORTER,
        METRICS_EXPORTER, PROPAGATORS, PROTOCOL, SDK_DISABLED, TRACES_EXPORTER, TRACES_SAMPLER,
        VARIABLES,
    },
};

use super::{
    Config, SignalConfig, endpoint,
    env::Env,
    identity, limits,
    lists::{self, Asked},
};

impl Config {
    /// Reads the environment through `lookup`. What code says in `setup` loses
    /// against variables.
    ///
    /// Never fails: a value that cannot be used is replaced by its default, or
    /// turns off the signal it is for, and is listed in `problems`. When no
    /// signal is asked for, nothing is listed and everything else is default.
    pub(crate) fn from_env(lookup: &dyn Fn(&str) -> Option<String>, setup: &Setup) -> Self {
        let mut env = Env::new(lookup);
        if env.flag(&SDK_DISABLED) {
            return Self::off(setup, &Off::Disabled).passing(env);
        }
        let signals = signals(&mut env, setup);
        if !signals.iter().any(SignalConfig::is_on) {
            let config = Self::off(setup, &Off::NoEndpoint);
            // A protocol that was not built in costs the signal as well.
            let lacks = |signal: &SignalConfig| matches!(signal.off, Some(Off::Failed { .. }));
            let protocols = signals.iter().any(lacks).then_some(&PROTOCOL);
            let told = || [Some(&ENDPOINT), protocols].into_iter().flatten();
            let is_told = |name: &str| told().any(|known| known.names().any(|it| it == name));
            env.retain_problems(|problem| is_told(problem.variable));
            return config.with_signals(signals).passing(env);
        }
        for variable in VARIABLES {
            if let Form::Ignored(why) = variable.form
                && env.text(variable).is_some()
            {
                env.problem(variable.name, format!("{why}; ignored"));
            }
        }
        let config = Self::read(&mut env, setup).with_signals(signals);
        Self {
            is_propagating: true,
            problems: env.into_problems(),
            ..config
        }
    }

    /// What says how, not where to.
    fn read(env: &mut Env<'_>, setup: &Setup) -> Self {
        Self {
            traces: SignalConfig::default(),
            metrics: SignalConfig::default(),
            logs: SignalConfig::default(),
            sampler: lists::sampler(env),
            is_sampler_set: env.text(&TRACES_SAMPLER).is_some(),
            propagators: lists::propagators(env),
            is_propagating: false,
            span_batch: limits::span_batch(env),
            log_batch: limits::log_batch(env),
            reader: limits::reader(env),
            exemplars: lists::exemplars(env, setup),
            span_limits: limits::span_limits(env),
            log_limits: limits::log_limits(env),
            log_filter: lists::log_filter(env),
            log_span_fields: lists::log_span_fields(env, setup),
            own_crate: setup.own_crate.clone(),
            semconv: lists::semconv(env),
            known_methods: lists::list(env, &INSTRUMENTATION_HTTP_KNOWN_METHODS)
                .filter(|methods| !methods.is_empty()),
            excluded_paths: lists::list(env, &HTTP_EXCLUDED_URLS),
            included_paths: lists::list(env, &HTTP_INCLUDED_URLS),
            access_log: env.flag(&ACCESS_LOG),
            gen_ai_content: lists::gen_ai_content(env),
            stall_threshold: limits::stall_threshold(env),
            stock: env.word(&EXPORTER, &[false, true]).unwrap_or(false),
            sending: limits::sending(env, setup),
            attributes: identity::attributes(env, setup),
            hostname: identity::hostname(env),
            problems: Vec::new(),
        }
    }

    fn with_signals(self, [traces, metrics, logs]: [SignalConfig; 3]) -> Self {
        Self {
            traces,
            metrics,
            logs,
            ..self
        }
    }

    /// Adds how context passes through while nothing is recorded: the
    /// specification has disabling change nothing about that. Where the
    /// environment names neither a receiver nor propagators nothing is done.
    fn passing(self, mut env: Env<'_>) -> Self {
        let is_named = env.text(&PROPAGATORS).is_some() || env.is_any_set(&ENDPOINT);
        Self {
            propagators: match is_named {
                true => lists::propagators(&mut env),
                false => self.propagators,
            },
            is_propagating: is_named,
            problems: env.into_problems(),
            ..self
        }
    }

    /// What is built when nothing is asked for: nothing.
    pub(crate) fn off(setup: &Setup, why: &Off) -> Self {
        let signal = SignalConfig {
            off: Some(why.clone()),
            ..SignalConfig::default()
        };
        let signals = [signal.clone(), signal.clone(), signal];
        Self::read(&mut Env::new(&|_| None), setup).with_signals(signals)
    }
}

fn signals(env: &mut Env<'_>, setup: &Setup) -> [SignalConfig; 3] {
    let signals = each_signal(env, setup);
    agent(env, &signals);
    signals
}

/// Says what to set where a program knows Datadog's Agent, and exports nothing
/// for want of an endpoint. Its variables are no switch: there is one.
fn agent(env: &mut Env<'_>, signals: &[SignalConfig; 3]) {
    let known = [
        (DD_AGENT_HOST, "$DD_AGENT_HOST"),
        // The port of Datadog's own protocol, on this machine.
        (DD_TRACE_AGENT_PORT, "localhost"),
    ];
    let known = known.map(|(variable, host)| Some((env.text(&variable)?, variable.name, host)));
    let is_unnamed = |signal: &SignalConfig| signal.off == Some(Off::NoEndpoint);
    let Some((_, variable, host)) = known.into_iter().flatten().next() else {
        return;
    };
    if signals.iter().all(is_unnamed) {
        env.problem(
            ENDPOINT.name,
            format!(
                "not set, though {variable} is; nothing is exported. Where the Agent's OTLP \
                 receiver is on, set it to http://{host}:4317"
            ),
        );
    }
}

fn each_signal(env: &mut Env<'_>, setup: &Setup) -> [SignalConfig; 3] {
    Signal::ALL.map(|signal| {
        let exporter = match signal {
            Signal::Traces => TRACES_EXPORTER,
            Signal::Metrics => METRICS_EXPORTER,
            Signal::Logs => LOGS_EXPORTER,
        };
        let variable = exporter.name;
        let exporters = lists::exporters(env, &exporter, setup);
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
            scraped: exporters.prometheus,
            off,
            is_base,
            own_files,
        }
    })
}
