//! Batches, the metric reader and the limits of spans and log records.

use std::time::Duration;

use opentelemetry_sdk::metrics::Temporality;

use super::{Batch, Histogram, LogLimits, Reader, Sending, SpanLimits, env::Env};
use crate::{
    Setup,
    variables::{
        BLRP_EXPORT_TIMEOUT, BLRP_MAX_EXPORT_BATCH_SIZE, BLRP_MAX_QUEUE_SIZE, BLRP_SCHEDULE_DELAY,
        BSP_EXPORT_TIMEOUT, BSP_MAX_EXPORT_BATCH_SIZE, BSP_MAX_QUEUE_SIZE, BSP_SCHEDULE_DELAY,
        EVENT_ATTRIBUTE_COUNT_LIMIT, EXPORT_BUFFER_BYTES, EXPORT_CONCURRENCY, EXPORT_REQUEST_BYTES,
        LINK_ATTRIBUTE_COUNT_LIMIT, LOGRECORD_ATTRIBUTE_COUNT_LIMIT,
        LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT, METRIC_EXPORT_INTERVAL, METRIC_EXPORT_TIMEOUT,
        METRICS_DEFAULT_HISTOGRAM_AGGREGATION, METRICS_TEMPORALITY_PREFERENCE,
        RUNTIME_STALL_THRESHOLD, SPAN_ATTRIBUTE_COUNT_LIMIT, SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT,
        SPAN_EVENT_COUNT_LIMIT, SPAN_LINK_COUNT_LIMIT, Variable,
    },
};

pub(super) fn span_batch(env: &mut Env<'_>) -> Batch {
    let queue = env.number(&BSP_MAX_QUEUE_SIZE);
    Batch {
        delay: env.millis(&BSP_SCHEDULE_DELAY),
        timeout: env.millis(&BSP_EXPORT_TIMEOUT),
        queue,
        size: size(env, &BSP_MAX_EXPORT_BATCH_SIZE, queue),
    }
}

pub(super) fn log_batch(env: &mut Env<'_>) -> Batch {
    let queue = env.number(&BLRP_MAX_QUEUE_SIZE);
    Batch {
        delay: env.millis(&BLRP_SCHEDULE_DELAY),
        timeout: env.millis(&BLRP_EXPORT_TIMEOUT),
        queue,
        size: size(env, &BLRP_MAX_EXPORT_BATCH_SIZE, queue),
    }
}

fn size(env: &mut Env<'_>, variable: &Variable, queue: usize) -> usize {
    let asked = env.number(variable);
    if asked > queue && env.text(variable).is_some() {
        let what = format!("more than the queue holds; using {queue}");
        env.problem(variable.name, what);
    }
    asked.min(queue)
}

pub(super) fn reader(env: &mut Env<'_>) -> Reader {
    use Temporality::{Cumulative, Delta, LowMemory};
    let histograms = [Histogram::Explicit, Histogram::Exponential];
    Reader {
        interval: env.millis(&METRIC_EXPORT_INTERVAL),
        timeout: env.millis(&METRIC_EXPORT_TIMEOUT),
        temporality: env
            .word(
                &METRICS_TEMPORALITY_PREFERENCE,
                &[Cumulative, Delta, LowMemory],
            )
            .unwrap_or_default(),
        histogram: env
            .word(&METRICS_DEFAULT_HISTOGRAM_AGGREGATION, &histograms)
            .unwrap_or_default(),
    }
}

/// What code says stands where no variable does.
pub(super) fn sending(env: &mut Env<'_>, setup: &Setup) -> Sending {
    Sending {
        concurrency: env.number_or(&EXPORT_CONCURRENCY, setup.export_concurrency),
        buffer: env.number_or(&EXPORT_BUFFER_BYTES, setup.export_buffer),
        request: env.number(&EXPORT_REQUEST_BYTES),
        bound: setup.shutdown_timeout,
    }
}

pub(super) fn stall_threshold(env: &mut Env<'_>) -> Option<Duration> {
    let millis = env.parsed(&RUNTIME_STALL_THRESHOLD, |value| {
        match value.parse::<u32>() {
            Ok(millis) if millis == 0 || millis >= 10 => Ok(millis),
            _ => Err("neither 0 nor a number of milliseconds from 10 on".to_owned()),
        }
    });
    millis.map(|millis| Duration::from_millis(millis.into()))
}

pub(super) fn span_limits(env: &mut Env<'_>) -> SpanLimits {
    SpanLimits {
        attributes: count(env, &SPAN_ATTRIBUTE_COUNT_LIMIT),
        events: count(env, &SPAN_EVENT_COUNT_LIMIT),
        links: count(env, &SPAN_LINK_COUNT_LIMIT),
        event_attributes: count(env, &EVENT_ATTRIBUTE_COUNT_LIMIT),
        link_attributes: count(env, &LINK_ATTRIBUTE_COUNT_LIMIT),
        value_length: env.number(&SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT),
    }
}

pub(super) fn log_limits(env: &mut Env<'_>) -> LogLimits {
    LogLimits {
        attributes: count(env, &LOGRECORD_ATTRIBUTE_COUNT_LIMIT),
        value_length: env.number(&LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT),
    }
}

/// The SDK takes counts as numbers of this size; the variables hold no greater.
fn count(env: &mut Env<'_>, variable: &Variable) -> u32 {
    env.number(variable) as u32
}
