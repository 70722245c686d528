//! Batches, the metric reader and the limits of spans and log records.

use std::time::Duration;

use opentelemetry_sdk::metrics::Temporality;

use super::{Batch, Histogram, LogLimits, Reader, Sending, SpanLimits, env::Env};

/// A place takes some hundred bytes once it was used.
const MAX_QUEUE: u32 = 1 << 20;
const MAX_COUNT: u32 = i32::MAX as u32;
const VALUE_LENGTH: u32 = 16 * 1024;

const ATTRIBUTE_COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
const ATTRIBUTE_LENGTH: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";

impl Batch {
    /// What the specification gives spans.
    pub(crate) const SPANS: Self = Self {
        delay: Duration::from_secs(5),
        timeout: Duration::from_secs(30),
        queue: 2048,
        size: 512,
    };

    /// What the specification gives log records.
    pub(crate) const LOGS: Self = Self {
        delay: Duration::from_secs(1),
        ..Self::SPANS
    };
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
            temporality: Temporality::Cumulative,
            histogram: Histogram::Explicit,
        }
    }
}

impl Sending {
    const MAX_CONCURRENCY: u32 = 16;
    const MAX_BUFFER: u32 = i32::MAX as u32;
    const MIN_REQUEST: u32 = 4 << 10;
    const MAX_REQUEST: u32 = 64 << 20;

    /// The nearest that is possible.
    pub(crate) fn clamped(self) -> Self {
        Self {
            concurrency: self.concurrency.clamp(1, Self::MAX_CONCURRENCY as usize),
            buffer: self.buffer.clamp(1, Self::MAX_BUFFER as usize),
            request: self
                .request
                .clamp(Self::MIN_REQUEST as usize, Self::MAX_REQUEST as usize),
            bound: self.bound,
        }
    }
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            concurrency: 1,
            buffer: 16 * 1024 * 1024,
            request: otelier_otlp::MAX_REQUEST,
            bound: Duration::from_secs(5),
        }
    }
}

impl Default for SpanLimits {
    fn default() -> Self {
        Self {
            attributes: 128,
            events: 128,
            links: 128,
            event_attributes: 128,
            link_attributes: 128,
            value_length: VALUE_LENGTH as usize,
        }
    }
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            attributes: 128,
            value_length: VALUE_LENGTH as usize,
        }
    }
}

pub(super) fn span_batch(env: &mut Env<'_>) -> Batch {
    batch(
        env,
        Batch::SPANS,
        [
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_EXPORT_TIMEOUT",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        ],
    )
}

pub(super) fn log_batch(env: &mut Env<'_>) -> Batch {
    batch(
        env,
        Batch::LOGS,
        [
            "OTEL_BLRP_SCHEDULE_DELAY",
            "OTEL_BLRP_EXPORT_TIMEOUT",
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        ],
    )
}

fn batch(env: &mut Env<'_>, default: Batch, names: [&'static str; 4]) -> Batch {
    let [delay, timeout, queue, size] = names;
    let places = env.number(&[queue], (1, MAX_QUEUE), default.queue as u32) as usize;
    let asked = env.number(&[size], (1, MAX_QUEUE), default.size as u32) as usize;
    if asked > places && env.text(size).is_some() {
        env.problem(size, format!("more than the queue holds; using {places}"));
    }
    Batch {
        delay: env.delay(delay, default.delay),
        timeout: env.timeout(&[timeout], default.timeout),
        queue: places,
        size: asked.min(places),
    }
}

pub(super) fn reader(env: &mut Env<'_>) -> Reader {
    let default = Reader::default();
    Reader {
        interval: env.delay("OTEL_METRIC_EXPORT_INTERVAL", default.interval),
        timeout: env.timeout(&["OTEL_METRIC_EXPORT_TIMEOUT"], default.timeout),
        temporality: env
            .word(
                &["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
                &[
                    ("cumulative", Temporality::Cumulative),
                    ("delta", Temporality::Delta),
                    ("lowmemory", Temporality::LowMemory),
                ],
                "cumulative",
            )
            .unwrap_or(default.temporality),
        histogram: env
            .word(
                &["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
                &[
                    ("explicit_bucket_histogram", Histogram::Explicit),
                    ("base2_exponential_bucket_histogram", Histogram::Exponential),
                ],
                "explicit_bucket_histogram",
            )
            .unwrap_or(default.histogram),
    }
}

/// What code says stands where no variable does.
pub(super) fn sending(env: &mut Env<'_>, default: Sending) -> Sending {
    let default = default.clamped();
    let mut number = |variable, (least, most), default: usize| {
        let default = u32::try_from(default).unwrap_or(most);
        env.number(&[variable], (least, most), default) as usize
    };
    Sending {
        concurrency: number(
            "OTELIER_EXPORT_CONCURRENCY",
            (1, Sending::MAX_CONCURRENCY),
            default.concurrency,
        ),
        buffer: number(
            "OTELIER_EXPORT_BUFFER_BYTES",
            (1, Sending::MAX_BUFFER),
            default.buffer,
        ),
        request: number(
            "OTELIER_EXPORT_REQUEST_BYTES",
            (Sending::MIN_REQUEST, Sending::MAX_REQUEST),
            default.request,
        ),
        bound: default.bound,
    }
}

pub(super) fn stall_threshold(env: &mut Env<'_>) -> Option<Duration> {
    let variable = "OTELIER_RUNTIME_STALL_THRESHOLD";
    let otherwise = "what code says, or 1000";
    let millis = env.parsed(&[variable], &otherwise, |value| {
        match value.parse::<u32>() {
            Ok(millis) if millis == 0 || millis >= 10 => Ok(millis),
            _ => Err("neither 0 nor a number of milliseconds from 10 on".to_owned()),
        }
    });
    millis.map(|millis| Duration::from_millis(millis.into()))
}

pub(super) fn span_limits(env: &mut Env<'_>) -> SpanLimits {
    SpanLimits {
        attributes: count(env, &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", ATTRIBUTE_COUNT]),
        events: count(env, &["OTEL_SPAN_EVENT_COUNT_LIMIT"]),
        links: count(env, &["OTEL_SPAN_LINK_COUNT_LIMIT"]),
        event_attributes: count(env, &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", ATTRIBUTE_COUNT]),
        link_attributes: count(env, &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", ATTRIBUTE_COUNT]),
        value_length: length(env, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
    }
}

pub(super) fn log_limits(env: &mut Env<'_>) -> LogLimits {
    LogLimits {
        attributes: count(
            env,
            &["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", ATTRIBUTE_COUNT],
        ),
        value_length: length(env, "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
    }
}

fn count(env: &mut Env<'_>, variables: &[&'static str]) -> u32 {
    env.number(variables, (0, MAX_COUNT), 128)
}

fn length(env: &mut Env<'_>, variable: &'static str) -> usize {
    env.number(&[variable, ATTRIBUTE_LENGTH], (1, MAX_COUNT), VALUE_LENGTH) as usize
}
