//! What turns signals on and off.

use otelier_otlp::Signal;

use super::{ON, nameless, problems, read, read_on, read_with, said};
use crate::{
    imp::config::{Propagator, SignalConfig},
    status::Off,
};

const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

fn on(config: &super::Config) -> Vec<&'static str> {
    let signals = Signal::ALL.into_iter();
    signals
        .filter(|signal| config.signal(*signal).otlp.is_some())
        .map(Signal::as_str)
        .collect()
}

#[test]
fn without_an_endpoint_everything_is_off_and_silent() {
    let nonsense = [
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a,b"),
        ("OTEL_TRACES_SAMPLER", "x"),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "zipkin"),
        ("OTEL_SDK_DISABLED", "maybe"),
        ("OTEL_CONFIG_FILE", "x.yaml"),
    ];
    for endpoint in [None, Some(""), Some(" \t\n ")] {
        let mut variables = nonsense.to_vec();
        variables.extend(endpoint.map(|value| (ON.0, value)));
        let config = read(&variables);

        assert!(config.is_off());
        assert_eq!(problems(&config), [""; 0]);
        for signal in Signal::ALL {
            assert_eq!(config.signal(signal).off, Some(Off::NoEndpoint));
        }
    }
}

#[test]
fn true_in_any_case_disables_everything_and_is_silent() {
    for value in ["true", "TRUE", " True "] {
        let config = read_on(&[
            ("OTEL_SDK_DISABLED", value),
            ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
            ("OTEL_TRACES_EXPORTER", "console"),
        ]);

        assert!(config.is_off());
        assert_eq!(config.problems, []);
        assert_eq!(config.logs.off, Some(Off::Disabled));
    }
}

/// What passes through, `None` where nothing does.
fn passing(variables: &[(&str, &str)]) -> Option<Vec<Propagator>> {
    let config = read(variables);
    assert!(config.is_off(), "{variables:?}");
    config.is_propagating.then_some(config.propagators)
}

#[test]
fn context_of_others_passes_through_wherever_a_receiver_or_propagators_are_named() {
    use Propagator::{B3, Baggage, TraceContext};
    let w3c = || Some(vec![TraceContext, Baggage]);
    const DISABLED: (&str, &str) = ("OTEL_SDK_DISABLED", "true");
    const NONE: [(&str, &str); 3] = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ];
    const B3_ALONE: (&str, &str) = ("OTEL_PROPAGATORS", "b3");
    for off in [&[][..], &[DISABLED], &NONE] {
        let with = |more: &[(&'static str, &'static str)]| {
            let mut all = off.to_vec();
            all.extend_from_slice(more);
            passing(&all)
        };
        assert_eq!(with(&[]), None, "{off:?}");
        assert_eq!(with(&[(ON.0, " "), ("OTEL_PROPAGATORS", "")]), None);
        assert_eq!(with(&[B3_ALONE]), Some(vec![B3]), "{off:?}");
        assert_eq!(with(&[("OTEL_PROPAGATORS", "none")]), Some(Vec::new()));
        if !off.is_empty() {
            assert_eq!(with(&[ON]), w3c(), "{off:?}");
            assert_eq!(with(&[(TRACES, ON.1)]), w3c(), "{off:?}");
            assert_eq!(with(&[ON, B3_ALONE]), Some(vec![B3]), "{off:?}");
        }
    }
    // A receiver that cannot be reached is named all the same.
    assert_eq!(passing(&[(ON.0, "htp://x")]), w3c());
    assert!(read(&[ON]).is_propagating);
}

#[test]
fn propagators_that_cannot_be_used_are_told_also_while_nothing_is_recorded() {
    let disabled = ("OTEL_SDK_DISABLED", "true");
    let config = read(&[disabled, ("OTEL_PROPAGATORS", "b3,ottrace")]);
    assert_eq!(problems(&config), ["OTEL_PROPAGATORS"]);
    let config = read(&[("OTEL_PROPAGATORS", "xray"), ("OTEL_TRACES_SAMPLER", "x")]);
    assert_eq!(problems(&config), ["OTEL_PROPAGATORS"]);
}

#[test]
fn what_is_not_true_disables_nothing() {
    for (value, is_reported) in [
        ("false", false),
        ("False", false),
        ("", false),
        ("1", true),
        ("yes", true),
    ] {
        let config = read_on(&[("OTEL_SDK_DISABLED", value)]);

        assert_eq!(on(&config), ["traces", "metrics", "logs"]);
        assert_eq!(!config.problems.is_empty(), is_reported, "{value}");
    }
}

#[test]
fn an_endpoint_for_one_signal_turns_on_that_signal_alone() {
    let config = read(&[(TRACES, "http://localhost:4317")]);

    assert_eq!(on(&config), ["traces"]);
    assert_eq!(config.logs.off, Some(Off::NoEndpoint));
    assert_eq!(config.problems, []);
}

#[test]
fn an_empty_variable_of_one_signal_does_not_mask_the_generic_one() {
    let config = read_on(&[(TRACES, " ")]);

    assert_eq!(on(&config), ["traces", "metrics", "logs"]);
}

#[test]
fn none_stops_one_signal() {
    let config = read_on(&[("OTEL_LOGS_EXPORTER", " None ")]);

    assert_eq!(on(&config), ["traces", "metrics"]);
    let variable = "OTEL_LOGS_EXPORTER";
    assert_eq!(config.logs.off, Some(Off::Exporter { variable }));
    assert_eq!(config.problems, []);
}

#[test]
fn exporters_are_a_list_of_words() {
    // otlp, console, reported
    let table = [
        (" OTLP ", (true, false, false)),
        ("otlp,console", (true, true, false)),
        (" Console , OTLP ,", (true, true, false)),
        ("console", (false, true, false)),
        ("none", (false, false, false)),
        (",", (true, false, false)),
        ("zipkin", (true, false, true)),
        ("otlp,zipkin", (true, false, true)),
        ("console,zipkin", (false, true, true)),
        ("none,otlp", (true, false, true)),
        ("none,console", (false, true, true)),
    ];
    for (list, expected) in table {
        let config = read_on(&[("OTEL_TRACES_EXPORTER", list)]);

        let is_reported = problems(&config) == ["OTEL_TRACES_EXPORTER"];
        let found = (
            config.traces.otlp.is_some(),
            config.traces.console,
            is_reported,
        );
        assert_eq!(found, expected, "{list}");
    }
}

#[test]
fn the_console_needs_no_endpoint() {
    let config = read(&[
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
    ]);

    assert!(!config.is_off());
    assert!(config.traces.console && !config.logs.console);
    assert_eq!(problems(&config), ["OTEL_BSP_SCHEDULE_DELAY"]);
}

#[test]
fn prometheus_is_an_exporter_of_metrics_that_needs_no_endpoint() {
    // otlp, console, scraped, reported
    let table = [
        ("prometheus", (false, false, true, false)),
        ("otlp, Prometheus", (true, false, true, false)),
        ("console,prometheus", (false, true, true, false)),
        ("prometheus,zipkin", (false, false, true, true)),
        ("none,prometheus", (false, false, true, true)),
        ("otlp", (true, false, false, false)),
        ("", (true, false, false, false)),
    ];
    for (list, expected) in table {
        let config = read_on(&[("OTEL_METRICS_EXPORTER", list)]);
        let is_reported = problems(&config) == ["OTEL_METRICS_EXPORTER"];
        let SignalConfig {
            otlp,
            console,
            scraped,
            ..
        } = config.metrics;
        let found = (otlp.is_some(), console, scraped, is_reported);
        assert_eq!(found, expected, "{list}");
    }
    let config = read(&[("OTEL_METRICS_EXPORTER", "prometheus")]);
    assert!(!config.is_off() && config.metrics.is_on() && !config.metrics.is_sent());
    assert_eq!(config.problems, []);
    let config = read_on(&[("OTEL_TRACES_EXPORTER", "prometheus")]);
    assert_eq!(problems(&config), ["OTEL_TRACES_EXPORTER"]);
    assert!(config.traces.otlp.is_some() && !config.traces.scraped);
}

#[test]
fn code_asks_for_scrapes_where_no_list_says_otherwise() {
    let mut setup = nameless();
    setup.prometheus = true;
    let read = |variables: &[(&str, &str)]| read_with(variables, &setup).metrics;
    assert!(read(&[]).scraped && !read(&[]).is_sent());
    let endpoint = ON;
    assert!(read(&[endpoint]).scraped && read(&[endpoint]).is_sent());
    for list in ["otlp", "none", "console"] {
        assert!(!read(&[endpoint, ("OTEL_METRICS_EXPORTER", list)]).scraped);
    }
    assert!(!read(&[endpoint, ("OTEL_SDK_DISABLED", "true")]).is_on());
}

#[test]
fn a_server_of_our_own_for_prometheus_is_reported_as_none() {
    let port = ("OTEL_EXPORTER_PROMETHEUS_PORT", "9464");
    let config = read_on(&[port, ("OTEL_METRICS_EXPORTER", "prometheus")]);
    assert_eq!(problems(&config), ["OTEL_EXPORTER_PROMETHEUS_PORT"]);
}

#[test]
fn otlp_by_name_does_not_fall_back_to_localhost() {
    let config = read(&[
        (TRACES, "http://localhost:4317"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
    ]);

    assert_eq!(on(&config), ["traces"]);
    assert_eq!(
        said(&config),
        "OTEL_LOGS_EXPORTER: otlp, but OTEL_EXPORTER_OTLP_ENDPOINT is not set; \
         not exporting by OTLP"
    );
}

#[test]
fn a_bad_endpoint_costs_only_the_signals_that_use_it() {
    let config = read_on(&[(TRACES, "htp://x")]);
    assert_eq!(on(&config), ["metrics", "logs"]);
    assert_eq!(
        config.traces.off,
        Some(Off::BadEndpoint { variable: TRACES })
    );
    assert_eq!(
        said(&config),
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: the scheme is none of http, https and unix: write it as in http://localhost:4317; \
         not exporting to it"
    );

    let config = read(&[(ON.0, ":::"), (TRACES, "http://localhost:4317")]);
    assert_eq!(on(&config), ["traces"]);
    assert_eq!(problems(&config), [ON.0]);
}

#[test]
fn a_bad_endpoint_is_reported_even_if_it_turns_everything_off() {
    let config = read(&[(ON.0, "htp://x"), ("OTEL_BSP_SCHEDULE_DELAY", "soon")]);

    assert!(config.is_off());
    assert_eq!(problems(&config), [ON.0]);
}

#[test]
fn an_agent_of_datadog_is_no_switch_but_told_of_with_what_to_set() {
    const HOST: (&str, &str) = ("DD_AGENT_HOST", "hush");
    const PORT: (&str, &str) = ("DD_TRACE_AGENT_PORT", "8126");
    for (set, variable, endpoint) in [
        (&[HOST][..], "DD_AGENT_HOST", "http://$DD_AGENT_HOST:4317"),
        (&[HOST, PORT], "DD_AGENT_HOST", "http://$DD_AGENT_HOST:4317"),
        (&[PORT], "DD_TRACE_AGENT_PORT", "http://localhost:4317"),
    ] {
        let config = read(set);
        assert!(config.is_off(), "{set:?}");
        let said = said(&config);
        assert_eq!(said.lines().count(), 1, "{said}");
        for part in ["OTEL_EXPORTER_OTLP_ENDPOINT", variable, endpoint] {
            assert!(said.contains(part), "{part} in {said}");
        }
        // As with every variable, its value is not printed.
        assert!(!said.contains("hush"), "{said}");
    }
    // Who said what to do with telemetry is not told what to do with it.
    for decided in [
        ON,
        (TRACES, ON.1),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ] {
        let config = read(&[HOST, PORT, decided]);
        assert_eq!(problems(&config), [""; 0], "{decided:?}");
    }
}
