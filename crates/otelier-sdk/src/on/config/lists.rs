//! Exporters, propagators, the sampler, the log filter and other lists of
//! words.

use opentelemetry_sdk::trace::Sampler;
use otelier_core::ContentCapture;
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{Propagator, Semconv, env::Env, pairs::positions};
use crate::{
    Setup,
    imp::scrape::HAS_PROMETHEUS,
    variables::{
        INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT, LOG_LEVEL, LOG_SPAN_FIELDS,
        METRICS_EXEMPLAR_FILTER, METRICS_EXPORTER, PROPAGATORS, SEMCONV_STABILITY_OPT_IN,
        TRACES_SAMPLER, TRACES_SAMPLER_ARG, Variable,
    },
};

/// The most fields of spans that log records carry.
const SPAN_FIELDS: usize = 64;

/// The exporters that a signal's list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exporters {
    pub(super) otlp: Asked,
    pub(super) console: bool,
    pub(super) prometheus: bool,
}

/// Whether the OTLP exporter is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    No,
    /// Nothing is said: it is used when there is an endpoint.
    Implicitly,
    ByName,
}

/// Whether durations keep the traces that they were measured in.
pub(super) fn exemplars(env: &mut Env<'_>, setup: &Setup) -> bool {
    let filter = &METRICS_EXEMPLAR_FILTER;
    let text = env.text(filter);
    if text.is_some_and(|text| text.eq_ignore_ascii_case("always_on")) {
        env.problem(
            filter.name,
            "always_on: what is in no sampled span leads to no trace; using trace_based",
        );
        return true;
    }
    env.word(filter, &[true, false]).unwrap_or(setup.exemplars)
}

/// The items of a list, trimmed, without empty ones.
fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

pub(super) fn exporters(env: &mut Env<'_>, exporter: &Variable, setup: &Setup) -> Exporters {
    let variable = exporter.name;
    let of_metrics = variable == METRICS_EXPORTER.name;
    let list = env.text(exporter).unwrap_or_default().to_ascii_lowercase();
    let (mut otlp, mut console, mut none, mut unknown) = (false, false, false, false);
    let mut prometheus = of_metrics && HAS_PROMETHEUS && setup.prometheus && list.is_empty();
    for item in items(&list) {
        match item {
            "otlp" => otlp = true,
            "console" => console = true,
            "none" => none = true,
            "prometheus" if of_metrics && HAS_PROMETHEUS => prometheus = true,
            _ => unknown = true,
        }
    }
    let named = otlp || console || (prometheus && !list.is_empty());
    let known = match of_metrics && HAS_PROMETHEUS {
        true => "otlp, prometheus, console",
        false => "otlp, console",
    };
    if of_metrics && !HAS_PROMETHEUS && items(&list).any(|item| item == "prometheus") {
        let what = "prometheus needs the cargo feature `prometheus`";
        let instead = if named { "ignored" } else { "using otlp" };
        env.problem(variable, format!("{what}; {instead}"));
    } else if unknown && named {
        env.problem(
            variable,
            format!("holds more than {known} and none; the rest is ignored"),
        );
    } else if unknown {
        env.problem(variable, format!("not {known} or none; using otlp"));
    }
    if none && (named || unknown) {
        env.problem(variable, "none beside other exporters; none is ignored");
    }
    let otlp = match (otlp, named, none && !unknown) {
        (true, ..) => Asked::ByName,
        (false, true, _) | (_, _, true) => Asked::No,
        (false, false, false) => Asked::Implicitly,
    };
    Exporters {
        otlp,
        console,
        prometheus,
    }
}

pub(super) fn propagators(env: &mut Env<'_>) -> Vec<Propagator> {
    const VARIABLE: &str = PROPAGATORS.name;
    let list = env.text_or_default(&PROPAGATORS).to_ascii_lowercase();
    let (mut found, mut none, mut unknown) = (Vec::new(), false, false);
    for item in items(&list) {
        let propagator = match item {
            "tracecontext" => Propagator::TraceContext,
            "baggage" => Propagator::Baggage,
            "b3" => Propagator::B3,
            "b3multi" => Propagator::B3Multi,
            "none" => {
                none = true;
                continue;
            }
            _ => {
                unknown = true;
                continue;
            }
        };
        if !found.contains(&propagator) {
            found.push(propagator);
        }
    }
    let nothing = found.is_empty();
    if unknown && nothing && !none {
        env.problem(
            VARIABLE,
            format!(
                "not tracecontext, baggage, b3, b3multi or none; using {}",
                PROPAGATORS.default
            ),
        );
    } else if unknown {
        env.problem(
            VARIABLE,
            "holds more than tracecontext, baggage, b3, b3multi and none; the rest is ignored",
        );
    }
    if none && !nothing {
        env.problem(VARIABLE, "none beside other propagators; none is ignored");
    }
    if nothing && !none {
        return vec![Propagator::TraceContext, Propagator::Baggage];
    }
    found
}

#[derive(Clone, Copy)]
enum Root {
    On,
    Off,
    Ratio,
}

pub(super) fn sampler(env: &mut Env<'_>) -> Sampler {
    let chosen = env.word(
        &TRACES_SAMPLER,
        &[
            (false, Root::On),
            (false, Root::Off),
            (false, Root::Ratio),
            (true, Root::On),
            (true, Root::Off),
            (true, Root::Ratio),
        ],
    );
    let argument = env.parsed(&TRACES_SAMPLER_ARG, |value| {
        let ratio = value
            .parse::<f64>()
            .ok()
            .filter(|ratio| (0.0..=1.0).contains(ratio));
        match chosen {
            Some((_, Root::Ratio)) => ratio.ok_or_else(|| "not a number from 0 to 1".to_owned()),
            _ => Ok(1.0),
        }
    });
    if argument.is_some() && env.text(&TRACES_SAMPLER).is_none() {
        env.problem(
            TRACES_SAMPLER_ARG.name,
            "OTEL_TRACES_SAMPLER is not set with it; ignored",
        );
    }
    let (has_parent, root) = chosen.unwrap_or((true, Root::On));
    let root = match root {
        Root::On => Sampler::AlwaysOn,
        Root::Off => Sampler::AlwaysOff,
        Root::Ratio => Sampler::TraceIdRatioBased(argument.unwrap_or(1.0)),
    };
    if has_parent {
        Sampler::ParentBased(Box::new(root))
    } else {
        root
    }
}

/// The log records that are shipped: a least level, directives for single
/// targets, or both.
pub(super) fn log_filter(env: &mut Env<'_>) -> Targets {
    env.parsed(&LOG_LEVEL, log_directives)
        .unwrap_or_else(default_log_filter)
}

/// Reads what `OTEL_LOG_LEVEL` may hold.
///
/// # Errors
/// What it is not.
pub fn log_directives(text: &str) -> Result<Targets, String> {
    directives(text).ok_or_else(|| {
        "not all, verbose, trace, debug, info, warn, error, fatal, off, nor target=level directives".to_owned()
    })
}

fn default_log_filter() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}

// The subscriber's own parser takes a mistyped level for the name of a target
// and then ships nothing else.
fn directives(list: &str) -> Option<Targets> {
    let mut targets = default_log_filter();
    for item in items(list) {
        targets = match item.split_once('=') {
            Some((target, level)) => {
                let target = target.trim();
                let is_target = !target.is_empty() && !target.contains(['[', ']', '{', '}']);
                let level = level_of(level.trim())?;
                is_target.then(|| targets.with_target(target, level))?
            }
            None => targets.with_default(level_of(item)?),
        };
    }
    Some(targets)
}

fn level_of(word: &str) -> Option<LevelFilter> {
    Some(match word.to_ascii_lowercase().as_str() {
        "trace" | "verbose" | "all" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "info" => LevelFilter::INFO,
        "warn" | "warning" => LevelFilter::WARN,
        "error" => LevelFilter::ERROR,
        // No event is that: panics are.
        "off" | "none" | "fatal" => LevelFilter::OFF,
        _ => return None,
    })
}

/// What the conventions call stable is recorded in any case. Other items may be
/// meant for other libraries, or be misspelt: that nothing here acts on them is
/// told.
pub(super) fn semconv(env: &mut Env<'_>) -> Semconv {
    let list = env.text(&SEMCONV_STABILITY_OPT_IN).unwrap_or_default();
    let mut semconv = Semconv::default();
    let mut unknown = Vec::new();
    for (at, item) in items(&list).enumerate() {
        match item.to_ascii_lowercase().as_str() {
            "http/dup" => semconv.http_dup = true,
            "database/dup" => semconv.database_dup = true,
            "rpc/dup" => semconv.rpc_dup = true,
            "gen_ai/dup" => semconv.gen_ai_dup = true,
            // New code has the latest names as it is.
            "http" | "database" | "rpc" | "gen_ai_latest_experimental" => {}
            _ => unknown.push(at + 1),
        }
    }
    if !unknown.is_empty() {
        let at = positions(&unknown);
        env.problem(
            SEMCONV_STABILITY_OPT_IN.name,
            format!(
                "nothing here acts on the item at {at}: http, database, rpc and gen_ai are known, each with /dup"
            ),
        );
    }
    semconv
}

/// As Python's instrumentations read it: once it was a flag.
pub(super) fn gen_ai_content(env: &mut Env<'_>) -> ContentCapture {
    use ContentCapture::{Events, EventsAndSpans, Nowhere, Spans};
    let meanings = [Nowhere, Events, Spans, EventsAndSpans, Events, Nowhere];
    let said = env.word(&INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT, &meanings);
    said.unwrap_or_default()
}

pub(super) fn log_span_fields(env: &Env<'_>, setup: &Setup) -> Vec<String> {
    let said = list(env, &LOG_SPAN_FIELDS);
    let mut fields = said.unwrap_or_else(|| setup.log_span_fields.clone());
    fields.truncate(SPAN_FIELDS);
    fields
}

/// A list whose items may be anything.
pub(super) fn list(env: &Env<'_>, variable: &Variable) -> Option<Vec<String>> {
    let list = env.text(variable)?;
    Some(items(&list).map(str::to_owned).collect())
}
