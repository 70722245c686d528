//! Random telemetry, of all kinds and of lengths at which encodings change.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Array, InstrumentationScope, Key, KeyValue, StringValue, Value,
    logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity},
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::{
    Resource,
    logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider},
    trace::{SpanData, SpanEvents, SpanLinks},
};

/// xorshift64*
#[derive(Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 1).unwrap() % bound
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| make(self)).collect()
    }

    fn length(&mut self) -> usize {
        match self.below(400) {
            0 => self.pick(&[16_370, 16_383, 16_384, 16_400, 70_000]),
            1..40 => 100 + self.below(60),
            40..80 => 0,
            _ => self.below(40),
        }
    }

    fn text(&mut self) -> String {
        let length = self.length();
        let letter = self.pick(&['a', 'é', '√', '🦀', '"', '\n']);
        let mut text = String::with_capacity(length + 4);
        while text.len() + letter.len_utf8() <= length {
            text.push(letter);
        }
        text.extend(std::iter::repeat_n('.', length - text.len()));
        text
    }

    pub(super) fn int(&mut self) -> i64 {
        let any = self.next().cast_signed();
        let shift = self.below(64);
        self.pick(&[0, 1, -1, 127, 128, i64::MIN, i64::MAX, any, any >> shift])
    }

    pub(super) fn double(&mut self) -> f64 {
        let any = f64::from_bits(self.next());
        let other_nan = f64::from_bits(0x7ff8_0000_dead_beef);
        self.pick(&[
            0.0,
            -0.0,
            1.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            other_nan,
            f64::MIN_POSITIVE,
            any,
        ])
    }

    fn count(&mut self) -> u32 {
        self.pick(&[0, 0, 0, 1, 127, 128, u32::MAX])
    }

    fn time(&mut self) -> SystemTime {
        let epoch = SystemTime::UNIX_EPOCH;
        match self.below(10) {
            0 => epoch,
            1 => epoch - Duration::from_secs(1),
            2 => epoch + Duration::new(1 << 40, 7),
            _ => epoch + Duration::from_nanos(self.next() >> 1),
        }
    }

    fn key(&mut self) -> Key {
        match self.below(12) {
            0 => Key::new(self.text()),
            1 => Key::new(std::sync::Arc::<str>::from(self.text())),
            2 => Key::from_static_str(""),
            3 => Key::from_static_str("db.password"),
            _ => Key::from_static_str(self.pick(&[
                "http.request.method",
                "url.path",
                "server.port",
                "secret",
                "a",
            ])),
        }
    }

    fn value(&mut self) -> Value {
        match self.below(9) {
            0 => Value::Bool(self.one_in(2)),
            1 => Value::I64(self.int()),
            2 => Value::F64(self.double()),
            3 => Value::Array(Array::Bool(self.some(5, |random| random.one_in(2)))),
            4 => Value::Array(Array::I64(self.some(60, Self::int))),
            5 => Value::Array(Array::F64(self.some(20, Self::double))),
            6 => Value::Array(Array::String(self.some(8, |random| random.text().into()))),
            _ => Value::String(self.text().into()),
        }
    }

    pub(super) fn pairs(&mut self, most: usize) -> Vec<KeyValue> {
        self.some(most, |random| KeyValue::new(random.key(), random.value()))
    }

    fn context(&mut self) -> SpanContext {
        let members = self.some(4, |random| {
            (format!("k{}", random.below(99)), random.text())
        });
        let members = members.into_iter().map(|(key, value)| {
            (
                key,
                value
                    .replace(['=', ',', '"'], "")
                    .chars()
                    .take(60)
                    .collect(),
            )
        });
        let members: Vec<(String, String)> = members.collect();
        let state = TraceState::from_key_value(members).unwrap_or_default();
        let (trace, span) = match self.below(8) {
            0 => (0, 0),
            _ => (
                u128::from(self.next()) << 64 | u128::from(self.next()),
                self.next(),
            ),
        };
        SpanContext::new(
            TraceId::from(trace),
            SpanId::from(span),
            TraceFlags::new(self.next().to_le_bytes()[0]),
            self.one_in(2),
            state,
        )
    }

    /// Scopes, some of which are equal though they are not the same.
    pub(super) fn scopes(&mut self) -> Vec<InstrumentationScope> {
        let mut scopes: Vec<InstrumentationScope> = Vec::new();
        for _ in 0..=self.below(8) {
            let name = self.pick(&["", "otelier", "sqlx", "sqlx"]);
            let mut builder = InstrumentationScope::builder(name.to_owned());
            if self.one_in(2) {
                builder = builder.with_version(self.pick(&["", "1.0", "2.0"]));
            }
            if self.one_in(3) {
                builder = builder.with_schema_url(self.pick(&["", "https://s/1"]));
            }
            if self.one_in(3) {
                let mut pairs = vec![
                    KeyValue::new("a", 1),
                    KeyValue::new("b", self.pick(&["x", "y"])),
                ];
                if self.one_in(2) {
                    pairs.reverse();
                }
                builder = builder.with_attributes(pairs);
            }
            scopes.push(builder.build());
        }
        scopes
    }

    pub(super) fn resource(&mut self) -> Resource {
        // A resource keeps one value of a key, in the order of its own map.
        let pairs = self.pairs(6);
        let builder = Resource::builder_empty();
        match self.below(3) {
            0 => builder.with_schema_url(pairs, "https://resource/1").build(),
            _ => builder.with_attributes(pairs).build(),
        }
    }

    pub(super) fn span(&mut self, scopes: &[InstrumentationScope]) -> SpanData {
        let mut events = SpanEvents::default();
        events.dropped_count = self.count();
        events.events = self.some(3, |random| {
            Event::new(
                random.text(),
                random.time(),
                random.pairs(4),
                random.count(),
            )
        });
        let mut links = SpanLinks::default();
        links.dropped_count = self.count();
        links.links = self.some(2, |random| {
            Link::new(random.context(), random.pairs(3), random.count())
        });
        SpanData {
            span_context: self.context(),
            parent_span_id: SpanId::from(self.pick(&[0, 1, u64::MAX])),
            parent_span_is_remote: self.one_in(2),
            span_kind: self.pick(&[
                SpanKind::Client,
                SpanKind::Server,
                SpanKind::Internal,
                SpanKind::Producer,
                SpanKind::Consumer,
            ]),
            name: self.text().into(),
            start_time: self.time(),
            end_time: self.time(),
            attributes: self.pairs(12),
            dropped_attributes_count: self.count(),
            events,
            links,
            status: match self.below(3) {
                0 => Status::Unset,
                1 => Status::Ok,
                _ => Status::error(self.text()),
            },
            instrumentation_scope: self.pick(scopes),
        }
    }

    fn any(&mut self, depth: usize) -> AnyValue {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => AnyValue::Boolean(self.one_in(2)),
            1 => AnyValue::Int(self.int()),
            2 => AnyValue::Double(self.double()),
            3 => AnyValue::Bytes(Box::new(self.text().into_bytes())),
            4 | 5 => AnyValue::String(StringValue::from(self.text())),
            6 => AnyValue::ListAny(Box::new(self.some(6, |random| random.any(depth - 1)))),
            _ => {
                let entries = self.some(6, |random| (random.key(), random.any(depth - 1)));
                AnyValue::Map(Box::new(HashMap::from_iter(entries)))
            }
        }
    }

    /// `number` is the time at which it was observed, from 1.
    pub(super) fn log(&mut self, logger: &SdkLogger, number: usize) -> SdkLogRecord {
        let mut record = logger.create_log_record();
        let number = u64::try_from(number).unwrap();
        record.set_observed_timestamp(SystemTime::UNIX_EPOCH + Duration::from_nanos(number));
        if self.one_in(2) {
            record.set_timestamp(self.time());
        }
        if self.one_in(2) {
            record.set_target(self.pick(&["api", "", "api::db"]));
        }
        if self.one_in(2) {
            record.set_severity_text(self.pick(&["INFO", ""]));
        }
        if self.one_in(2) {
            record.set_event_name(self.pick(&["started", ""]));
        }
        let severities = [
            Severity::Trace,
            Severity::Debug4,
            Severity::Info,
            Severity::Warn3,
            Severity::Fatal4,
        ];
        if !self.one_in(4) {
            record.set_severity_number(self.pick(&severities));
        }
        if !self.one_in(6) {
            record.set_body(self.any(3));
        }
        if self.one_in(2) {
            let context = self.context();
            let flags = self.pick(&[None, Some(TraceFlags::default()), Some(TraceFlags::SAMPLED)]);
            record.set_trace_context(context.trace_id(), context.span_id(), flags);
        }
        for _ in 0..self.below(8) {
            record.add_attribute(self.key(), self.any(3));
        }
        record
    }
}

pub(super) fn logger() -> SdkLogger {
    SdkLoggerProvider::builder().build().logger("test")
}
