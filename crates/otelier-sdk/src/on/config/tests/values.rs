//! Numbers, words and lists.

use std::time::Duration;

use opentelemetry_sdk::metrics::Temporality;

use super::{ON, nameless, problems, read_on, read_with, said};
use crate::{
    Setup,
    imp::config::{Batch, Histogram, LogLimits, Propagator, Reader, Sending, SpanLimits},
};

const SENDING: Sending = Sending {
    concurrency: 1,
    buffer: 16 << 20,
    request: otelier_otlp::MAX_REQUEST,
    bound: Duration::from_secs(5),
};

#[test]
fn the_defaults_are_those_of_the_specification() {
    let config = read_on(&[]);

    let spans = Batch {
        delay: Duration::from_secs(5),
        timeout: Duration::from_secs(30),
        queue: 2048,
        size: 512,
    };
    assert_eq!(config.span_batch, spans);
    let delay = Duration::from_secs(1);
    assert_eq!(config.log_batch, Batch { delay, ..spans });
    let reader = Reader {
        interval: Duration::from_secs(60),
        timeout: Duration::from_secs(30),
        temporality: Temporality::Cumulative,
        histogram: Histogram::Explicit,
    };
    assert_eq!(config.reader, reader);
    let span_limits = SpanLimits {
        attributes: 128,
        events: 128,
        links: 128,
        event_attributes: 128,
        link_attributes: 128,
        value_length: 16 * 1024,
    };
    assert_eq!(config.span_limits, span_limits);
    let log_limits = LogLimits {
        attributes: 128,
        value_length: 16 * 1024,
    };
    assert_eq!(config.log_limits, log_limits);
    assert_eq!(config.sending, SENDING);
    assert_eq!(format!("{:?}", config.sampler), "ParentBased(AlwaysOn)");
    assert_eq!(
        config.propagators,
        [Propagator::TraceContext, Propagator::Baggage]
    );
    assert_eq!(config.log_filter.to_string(), "info");
    assert!(!config.semconv.http_dup);
    assert_eq!(config.known_methods, None);
    let settings = config.traces.otlp.unwrap();
    assert_eq!(settings.timeout, Duration::from_secs(10));
}

#[test]
fn the_threshold_of_a_stall_is_nothing_or_at_least_ten_milliseconds() {
    let threshold = |value| {
        let config = read_on(&[("OTELIER_RUNTIME_STALL_THRESHOLD", value)]);
        (config.stall_threshold, problems(&config).len())
    };
    let millis = Duration::from_millis;
    assert_eq!(threshold(""), (None, 0));
    assert_eq!(threshold("0"), (Some(millis(0)), 0));
    assert_eq!(threshold("250"), (Some(millis(250)), 0));
    for bad in ["9", "-1", "1s", "4294967296"] {
        assert_eq!(threshold(bad), (None, 1), "{bad}");
    }
}

#[test]
fn batches_and_intervals_are_taken() {
    let config = read_on(&[
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "2"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "3"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "5"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "6"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "7"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "8"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "9"),
    ]);

    let millis = Duration::from_millis;
    let spans = Batch {
        delay: millis(1),
        timeout: millis(2),
        queue: 4,
        size: 3,
    };
    let logs = Batch {
        delay: millis(5),
        timeout: millis(6),
        queue: 7,
        size: 7,
    };
    assert_eq!(config.span_batch, spans);
    assert_eq!(config.log_batch, logs);
    assert_eq!(config.reader.interval, millis(8));
    assert_eq!(config.reader.timeout, millis(9));
    assert_eq!(config.problems, []);
}

#[test]
fn what_is_no_positive_number_is_reported_and_replaced() {
    let variables = [
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BLRP_SCHEDULE_DELAY",
        "OTEL_BLRP_MAX_QUEUE_SIZE",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    ];
    let default = read_on(&[]);
    for variable in variables {
        for value in [
            "0",
            "-1",
            "soon",
            "1.5",
            "5s",
            "99999999999999999999",
            "2147483648",
        ] {
            let config = read_on(&[(variable, value)]);

            assert_eq!(problems(&config), [variable], "{value}");
            assert!(!said(&config).contains(value) || value == "0");
            assert_eq!(config.span_batch, default.span_batch);
            assert_eq!(config.log_batch, default.log_batch);
            assert_eq!(config.reader, default.reader);
            assert_eq!(config.span_limits, default.span_limits);
        }
    }
    let config = read_on(&[("OTEL_BSP_SCHEDULE_DELAY", "0")]);
    assert_eq!(
        said(&config),
        "OTEL_BSP_SCHEDULE_DELAY: not a positive number of milliseconds; using 5000"
    );
}

#[test]
fn code_says_how_batches_leave_and_variables_win() {
    let mut code = nameless();
    (code.export_concurrency, code.export_buffer) = (Some(3), Some(1000));
    let said_by_code = Sending {
        concurrency: 3,
        buffer: 1000,
        ..SENDING
    };
    assert_eq!(read_with(&[ON], &code).sending, said_by_code);
    let config = read_with(
        &[
            ON,
            ("OTELIER_EXPORT_CONCURRENCY", "2"),
            ("OTELIER_EXPORT_BUFFER_BYTES", "5000"),
        ],
        &code,
    );
    let expected = Sending {
        concurrency: 2,
        buffer: 5000,
        ..SENDING
    };
    assert_eq!(config.sending, expected);

    let config = read_on(&[
        ("OTELIER_EXPORT_CONCURRENCY", "17"),
        ("OTELIER_EXPORT_BUFFER_BYTES", "16M"),
    ]);
    assert_eq!(config.sending, SENDING);
    assert_eq!(
        said(&config),
        "OTELIER_EXPORT_CONCURRENCY: not a number from 1 to 16; using 1\n\
         OTELIER_EXPORT_BUFFER_BYTES: not a number from 1 to 2147483647; using 16777216"
    );

    let mut impossible = nameless();
    impossible.export_concurrency = Some(0);
    impossible.export_buffer = Some(usize::MAX);
    let nearest = Sending {
        concurrency: 1,
        buffer: 2_147_483_647,
        ..SENDING
    };
    assert_eq!(read_with(&[ON], &impossible).sending, nearest);
}

#[test]
fn a_timeout_of_zero_is_a_very_long_time() {
    let config = read_on(&[
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "0"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "-1"),
    ]);

    let day = Duration::from_secs(24 * 60 * 60);
    assert!(config.traces.otlp.as_ref().unwrap().timeout > day);
    assert!(config.span_batch.timeout > day);
    assert_eq!(config.log_batch.timeout, Duration::from_secs(30));
    assert_eq!(problems(&config), ["OTEL_BLRP_EXPORT_TIMEOUT"]);
}

#[test]
fn a_batch_is_not_larger_than_the_queue() {
    let config = read_on(&[("OTEL_BSP_MAX_QUEUE_SIZE", "100")]);
    assert_eq!(config.span_batch.size, 100);
    assert_eq!(config.problems, []);

    let config = read_on(&[
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "200"),
    ]);
    assert_eq!(config.span_batch.size, 100);
    assert_eq!(
        said(&config),
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: more than the queue holds; using 100"
    );
}

#[test]
fn a_narrower_limit_goes_before_the_general_one() {
    let config = read_on(&[
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "10"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "3"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "5"),
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "many"),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", ""),
    ]);

    assert_eq!(
        config.span_limits,
        SpanLimits {
            attributes: 0,
            events: 3,
            links: 4,
            event_attributes: 10,
            link_attributes: 5,
            value_length: 2,
        }
    );
    assert_eq!(
        config.log_limits,
        LogLimits {
            attributes: 10,
            value_length: 20
        }
    );
    assert_eq!(
        said(&config),
        "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: not a number from 0 to 2147483647; ignored"
    );
}

#[test]
fn metrics_take_temporality_and_histograms_in_any_case() {
    let temporality = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    for (value, expected) in [
        ("DELTA", Temporality::Delta),
        (" LowMemory ", Temporality::LowMemory),
        ("cumulative", Temporality::Cumulative),
    ] {
        let config = read_on(&[(temporality, value)]);
        assert_eq!(config.reader.temporality, expected);
        assert_eq!(config.problems, []);
    }
    let config = read_on(&[(temporality, "both")]);
    assert_eq!(config.reader.temporality, Temporality::Cumulative);
    assert_eq!(problems(&config), [temporality]);

    let config = read_on(&[(
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        "BASE2_exponential_bucket_histogram",
    )]);
    assert_eq!(config.reader.histogram, Histogram::Exponential);
}

#[test]
fn samplers_are_chosen_by_name_and_argument() {
    let table = [
        ("always_on", "", "AlwaysOn", 0),
        ("Always_Off", "", "AlwaysOff", 0),
        ("traceidratio", "0.25", "TraceIdRatioBased(0.25)", 0),
        ("traceidratio", "", "TraceIdRatioBased(1.0)", 0),
        ("traceidratio", "2", "TraceIdRatioBased(1.0)", 1),
        ("traceidratio", "NaN", "TraceIdRatioBased(1.0)", 1),
        ("traceidratio", "-0.1", "TraceIdRatioBased(1.0)", 1),
        ("parentbased_always_on", "", "ParentBased(AlwaysOn)", 0),
        ("parentbased_always_off", "x", "ParentBased(AlwaysOff)", 0),
        (
            "parentbased_traceidratio",
            "0",
            "ParentBased(TraceIdRatioBased(0.0))",
            0,
        ),
        ("jaeger_remote", "endpoint=x", "ParentBased(AlwaysOn)", 1),
        ("xray", "", "ParentBased(AlwaysOn)", 1),
        ("", "0.5", "ParentBased(AlwaysOn)", 1),
    ];
    for (name, argument, expected, reported) in table {
        let config = read_on(&[
            ("OTEL_TRACES_SAMPLER", name),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ]);

        assert_eq!(
            format!("{:?}", config.sampler),
            expected,
            "{name} {argument}"
        );
        assert_eq!(config.problems.len(), reported, "{name} {argument}");
    }
}

#[test]
fn propagators_are_a_list_without_repetitions() {
    use Propagator::{B3, B3Multi, Baggage, TraceContext};
    let table: [(&str, &[Propagator], usize); 8] = [
        ("b3", &[B3], 0),
        (
            " B3Multi, tracecontext ,b3multi",
            &[B3Multi, TraceContext],
            0,
        ),
        ("baggage,baggage", &[Baggage], 0),
        ("none", &[], 0),
        ("none,b3", &[B3], 1),
        ("jaeger,tracecontext", &[TraceContext], 1),
        ("xray", &[TraceContext, Baggage], 1),
        ("none,ottrace", &[], 1),
    ];
    for (list, expected, reported) in table {
        let config = read_on(&[("OTEL_PROPAGATORS", list)]);

        assert_eq!(config.propagators, expected, "{list}");
        assert_eq!(config.problems.len(), reported, "{list}");
    }
}

#[test]
fn the_log_filter_is_a_level_or_directives() {
    let table = [
        ("WARN", "warn", 0),
        ("warning", "warn", 0),
        ("none", "off", 0),
        ("info,hyper=warn", "hyper=warn,info", 0),
        ("hyper = off", "hyper=off,info", 0),
        ("a::b=trace,error", "a::b=trace,error", 0),
        ("all", "trace", 0),
        ("Verbose", "trace", 0),
        ("FATAL", "off", 0),
        ("info,hyper=verbose", "hyper=trace,info", 0),
        ("loud", "info", 1),
        ("info,hyper", "info", 1),
        ("hyper=loud", "info", 1),
        ("=warn", "info", 1),
        ("hyper[{id}]=warn", "info", 1),
        ("3", "info", 1),
    ];
    for (value, expected, reported) in table {
        let config = read_on(&[("OTEL_LOG_LEVEL", value)]);

        assert_eq!(config.log_filter.to_string(), expected, "{value}");
        assert_eq!(config.problems.len(), reported, "{value}");
    }
}

#[test]
fn old_names_and_methods_are_opted_into() {
    let config = read_on(&[
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "database, HTTP/dup ,other"),
        ("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET, PROPFIND ,"),
    ]);

    assert!(config.semconv.http_dup);
    assert!(!config.semconv.database_dup);
    let old = read_on(&[("OTEL_SEMCONV_STABILITY_OPT_IN", "database/dup")]);
    assert!(old.semconv.database_dup && !old.semconv.http_dup && !old.semconv.rpc_dup);
    assert!(
        read_on(&[("OTEL_SEMCONV_STABILITY_OPT_IN", "rpc,rpc/dup")])
            .semconv
            .rpc_dup
    );
    assert_eq!(
        config.known_methods.as_deref(),
        Some(&["GET".to_owned(), "PROPFIND".to_owned()][..])
    );
    assert_eq!(
        said(&config),
        "OTEL_SEMCONV_STABILITY_OPT_IN: nothing here acts on the item at position 3: http, database, rpc and gen_ai are known, each with /dup"
    );
    let config = read_on(&[("OTEL_SEMCONV_STABILITY_OPT_IN", "http")]);
    assert!(!config.semconv.http_dup);
    assert_eq!(config.problems, []);
}

#[test]
fn the_content_of_calls_to_models_is_recorded_where_it_is_asked_for() {
    use otelier_core::ContentCapture::{Events, EventsAndSpans, Nowhere, Spans};

    let of = |value| read_on(&[("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)]);
    for (value, expected) in [
        ("", Nowhere),
        ("NO_CONTENT", Nowhere),
        ("false", Nowhere),
        ("True", Events),
        ("event_only", Events),
        ("SPAN_ONLY", Spans),
        ("SPAN_AND_EVENT", EventsAndSpans),
    ] {
        let config = of(value);
        assert_eq!(
            (config.gen_ai_content, config.problems.len()),
            (expected, 0),
            "{value}"
        );
    }
    let config = of("all");
    assert_eq!(config.gen_ai_content, Nowhere);
    assert_eq!(
        said(&config),
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: not one of NO_CONTENT, EVENT_ONLY, SPAN_ONLY, \
         SPAN_AND_EVENT, true, false; using NO_CONTENT"
    );
}

#[test]
fn what_is_not_supported_is_said_when_it_is_set() {
    let config = read_on(&[("OTEL_CONFIG_FILE", "/secret.yaml")]);

    assert_eq!(
        said(&config),
        "OTEL_CONFIG_FILE: configuration files are not read; ignored"
    );
}

#[test]
fn exemplars_are_kept_unless_a_variable_or_else_code_says_otherwise() {
    const NAME: &str = "OTEL_METRICS_EXEMPLAR_FILTER";
    let with = |value: Option<&str>, setup: &Setup| {
        let value = value.map(|value| (NAME, value));
        let all: Vec<_> = [ON].into_iter().chain(value).collect();
        let config = read_with(&all, setup);
        (config.exemplars, said(&config))
    };
    let silent = |is_kept: bool| (is_kept, String::new());
    let (plain, mut without) = (nameless(), nameless());
    without.exemplars = false;
    assert_eq!(with(None, &plain), silent(true));
    assert_eq!(with(None, &without), silent(false));
    for setup in [plain, without] {
        assert_eq!(with(Some("Trace_Based"), &setup), silent(true));
        assert_eq!(with(Some("always_off"), &setup), silent(false));
        let (is_kept, said) = with(Some("always_on"), &setup);
        assert!(is_kept && said.contains("using trace_based"), "{said}");
        let (is_kept, said) = with(Some("sometimes"), &setup);
        assert_eq!(is_kept, setup.exemplars);
        assert!(
            said.contains("not one of trace_based, always_off"),
            "{said}"
        );
    }
}
