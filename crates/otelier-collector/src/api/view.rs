//! Records as plain JSON.

use super::quantiles;
use crate::{
    id::hex,
    json::{Object, attributes, plain},
    refusal::shorten,
    store::{Exemplar, Log, Metric, Point, Span, Trace},
};
use opentelemetry_proto::tonic::{
    metrics::v1::{
        SummaryDataPoint, exponential_histogram_data_point::Buckets, number_data_point::Value,
    },
    trace::v1::span::{Event, Link},
};

type Out<'a, 'w> = Object<'a, 'w>;

/// Services listed in a summary.
const SERVICES: usize = 100;

/// A name where a long one would be in the way.
pub(super) fn short(name: &str) -> String {
    shorten(name, 1000)
}

/// Says that something is larger than an answer may be.
pub(super) fn omitted(o: &mut Out<'_, '_>) {
    o.text("omitted", "larger than an answer may be");
}

pub(super) fn summary(o: &mut Out<'_, '_>, trace: &Trace) {
    let root = trace.root();
    o.text("traceId", &trace.id().to_string());
    o.text_or_null("name", root.map(|span| short(span.name())));
    o.text_or_null("service", root.map(|span| short(span.service())));
    o.text_or_null("status", root.map(|span| span.status_name()));
    o.number_or_null("httpStatus", root.and_then(|span| span.http_status()));
    let start = root.map(|span| span.proto().start_time_unix_nano);
    o.quoted_or_null("startTimeUnixNano", start);
    o.double("durationMs", trace.duration().as_secs_f64() * 1e3);
    o.number("spanCount", trace.spans().len());
    o.number("errorCount", trace.error_count());
    o.number("logCount", trace.logs().len());
    o.text_or_null("kind", root.map(|span| span.kind_name()));
    o.boolean(
        "rooted",
        root.is_some_and(|span| span.parent_id().is_none()),
    );
    o.quoted("version", trace.grown);
    let services = trace.services();
    o.number("serviceCount", services.len());
    o.array("services", services.iter().take(SERVICES), |to, name| {
        to.text(&shorten(name, 200));
    });
}

/// A span, with the place of its resource among those of the answer.
pub(super) fn span(o: &mut Out<'_, '_>, span: &Span, resource: usize) {
    let proto = span.proto();
    let scope = span.origin().scope();
    o.text("spanId", &span.id().to_string());
    o.quoted_or_null("parentSpanId", span.parent_id());
    o.text("name", span.name());
    o.text("kind", span.kind_name());
    o.text("service", span.service());
    o.text("scope", &scope.name);
    o.text("scopeVersion", &scope.version);
    o.number("resource", resource);
    o.quoted("startTimeUnixNano", proto.start_time_unix_nano);
    o.quoted("endTimeUnixNano", proto.end_time_unix_nano);
    o.double("durationMs", span.duration().as_secs_f64() * 1e3);
    o.text("status", span.status_name());
    o.text("statusMessage", span.status_message());
    o.number_or_null("httpStatus", span.http_status());
    o.text("traceState", &proto.trace_state);
    o.number("flags", proto.flags);
    attributes(o.key("attributes"), span.attributes());
    o.number("droppedAttributesCount", proto.dropped_attributes_count);
    o.array("events", &proto.events, |to, item| {
        to.object(|o| event(o, item));
    });
    o.number("droppedEventsCount", proto.dropped_events_count);
    o.array("links", &proto.links, |to, item| {
        to.object(|o| link(o, item));
    });
    o.number("droppedLinksCount", proto.dropped_links_count);
}

pub(super) fn span_stand_in(o: &mut Out<'_, '_>, span: &Span) {
    o.text("spanId", &span.id().to_string());
    o.quoted_or_null("parentSpanId", span.parent_id());
    o.text("name", &short(span.name()));
    o.text("service", &short(span.service()));
    omitted(o);
}

fn event(o: &mut Out<'_, '_>, event: &Event) {
    o.text("name", &event.name);
    o.quoted("timeUnixNano", event.time_unix_nano);
    attributes(o.key("attributes"), &event.attributes);
    o.number("droppedAttributesCount", event.dropped_attributes_count);
}

fn link(o: &mut Out<'_, '_>, link: &Link) {
    o.text("traceId", &hex(&link.trace_id));
    o.text("spanId", &hex(&link.span_id));
    o.text("traceState", &link.trace_state);
    o.number("flags", link.flags);
    attributes(o.key("attributes"), &link.attributes);
    o.number("droppedAttributesCount", link.dropped_attributes_count);
}

fn log_head(o: &mut Out<'_, '_>, log: &Log) {
    o.quoted("timeUnixNano", log.time_unix_nano());
    o.number("severity", log.severity());
    o.text("level", log.level());
    o.quoted_or_null("traceId", log.trace_id());
    o.quoted_or_null("spanId", log.span_id());
}

pub(super) fn log(o: &mut Out<'_, '_>, log: &Log, resource: Option<usize>) {
    let proto = log.proto();
    let scope = log.origin().scope();
    log_head(o, log);
    o.or_null("body", proto.body.as_ref(), plain);
    o.quoted("observedTimeUnixNano", proto.observed_time_unix_nano);
    o.text("severityText", &proto.severity_text);
    o.number("seq", log.seq());
    o.text("eventName", &proto.event_name);
    o.text("service", log.service());
    o.text("scope", &scope.name);
    o.text("scopeVersion", &scope.version);
    o.number_or_null("resource", resource);
    attributes(o.key("attributes"), log.attributes());
    o.number("droppedAttributesCount", proto.dropped_attributes_count);
}

pub(super) fn log_stand_in(o: &mut Out<'_, '_>, log: &Log) {
    log_head(o, log);
    o.text("service", &short(log.service()));
    omitted(o);
}

pub(super) fn metric(o: &mut Out<'_, '_>, metric: &Metric) {
    let scope = metric.origin().scope();
    o.text("name", metric.name());
    o.text("series", &metric.series().to_string());
    o.text("description", metric.description());
    o.text("unit", metric.unit());
    o.text("kind", metric.kind().as_str());
    o.text("temporality", metric.temporality().as_str_name());
    o.text("service", metric.service());
    o.text("scope", &scope.name);
    o.text("scopeVersion", &scope.version);
    attributes(o.key("attributes"), metric.attributes());
    o.quoted("startTimeUnixNano", metric.start_time_unix_nano());
    o.quoted("timeUnixNano", metric.time_unix_nano());
    o.number("updates", metric.updates());
    match metric.point() {
        Point::Number(point) => number(o, point.value.as_ref()),
        Point::Histogram(point) => {
            counted(o, point.count, [point.sum, point.min, point.max]);
            o.object("buckets", |o| {
                o.array("bounds", &point.explicit_bounds, |to, n| to.double(*n));
                o.array("counts", &point.bucket_counts, |to, n| to.number(n));
            });
            estimates(o, quantiles::of_histogram(point));
        }
        Point::ExponentialHistogram(point) => {
            counted(o, point.count, [point.sum, point.min, point.max]);
            o.object("exponential", |o| {
                o.number("scale", point.scale);
                o.number("zeroCount", point.zero_count);
                o.double("zeroThreshold", point.zero_threshold);
                exponential(o, "positive", point.positive.as_ref());
                exponential(o, "negative", point.negative.as_ref());
            });
            estimates(o, quantiles::of_exponential(point));
        }
        Point::Summary(point) => quantiles_of(o, point),
    }
}

/// Measurements, and the traces that they lead to.
pub(super) fn exemplars<'a>(o: &mut Out<'_, '_>, all: impl Iterator<Item = &'a Exemplar>) {
    o.array("exemplars", all, |to, exemplar| {
        to.object(|o| {
            o.quoted("timeUnixNano", exemplar.time_unix_nano);
            o.double("value", exemplar.value);
            o.text("traceId", &exemplar.trace_id.to_string());
            o.quoted_or_null("spanId", exemplar.span_id);
        });
    });
}

pub(super) fn number(o: &mut Out<'_, '_>, value: Option<&Value>) {
    o.or_null("value", value, |to, value| match value {
        Value::AsInt(number) => to.number(number),
        Value::AsDouble(number) => to.double(*number),
    });
}

/// How many were counted, their sum, the least and the greatest.
pub(super) fn counted(o: &mut Out<'_, '_>, count: u64, [sum, min, max]: [Option<f64>; 3]) {
    o.number("count", count);
    o.double_or_null("sum", sum);
    o.double_or_null("min", min);
    o.double_or_null("max", max);
}

pub(super) fn quantiles_of(o: &mut Out<'_, '_>, point: &SummaryDataPoint) {
    o.number("count", point.count);
    o.double("sum", point.sum);
    o.array("quantiles", &point.quantile_values, |to, value| {
        to.object(|o| {
            o.double("quantile", value.quantile);
            o.double("value", value.value);
        });
    });
}

fn exponential(o: &mut Out<'_, '_>, key: &str, buckets: Option<&Buckets>) {
    o.or_null(key, buckets, |to, buckets| {
        to.object(|o| {
            o.number("offset", buckets.offset);
            o.array("counts", &buckets.bucket_counts, |to, n| to.number(n));
        });
    });
}

/// Quantiles that the buckets allow to guess.
fn estimates(o: &mut Out<'_, '_>, estimates: Option<quantiles::Estimates>) {
    o.or_null("estimates", estimates, |to, estimates| {
        to.object(|o| {
            for (key, value) in quantiles::NAMES.iter().zip(estimates) {
                o.double(key, value);
            }
        });
    });
}
