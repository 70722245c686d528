//! Endpoint, protocol, headers, TLS and proxies.

use std::time::Duration;

use otelier_otlp::{Compression, Protocol, Settings};

use super::{Config, ON, problems, read, read_on, said};

fn traces(config: &Config) -> &Settings {
    config.traces.otlp.as_ref().expect("traces to be on")
}

#[test]
fn the_other_protocol_is_known_where_neither_variable_nor_port_nor_path_says_one() {
    let table = [
        ("http://h:14318", "", Some("http://h:14318/v1/traces")),
        ("https://h", "", Some("https://h/v1/traces")),
        ("h:14317", "", Some("https://h:14317/v1/traces")),
        (
            "unix:/run/otel.sock",
            "",
            Some("http://localhost/v1/traces"),
        ),
        ("http://h:4317", "", None),
        ("http://h:4318", "", None),
        ("http://h:14318/otlp", "", None),
        ("http://h:14318", "grpc", None),
        ("http://h:14318", "http/json", None),
        ("unix:/run/otel.sock", "grpc", None),
    ];
    for (endpoint, protocol, other) in table {
        let config = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ]);
        let otherwise = traces(&config).otherwise.clone();
        let otherwise = otherwise.map(|(protocol, uri)| {
            assert_eq!(protocol, Protocol::HttpProtobuf);
            uri.to_string()
        });
        assert_eq!(otherwise.as_deref(), other, "{endpoint} {protocol}");
    }
    let config = read(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h:14318")]);
    let (_, uri) = traces(&config).otherwise.clone().expect("a guess");
    assert_eq!(uri.to_string(), "http://h:14318/");
}

#[test]
fn the_protocol_follows_the_endpoint_and_its_variable_wins() {
    let table = [
        ("http://h", "", Protocol::Grpc, "http://h/"),
        ("http://h:4317", "", Protocol::Grpc, "http://h:4317/"),
        ("HTTP://h:4317/", "", Protocol::Grpc, "http://h:4317/"),
        ("https://h:4317", "", Protocol::Grpc, "https://h:4317/"),
        (
            "http://h:4318",
            "",
            Protocol::HttpProtobuf,
            "http://h:4318/v1/traces",
        ),
        (
            "http://h:4318/",
            "",
            Protocol::HttpProtobuf,
            "http://h:4318/v1/traces",
        ),
        (
            "http://h/otlp",
            "",
            Protocol::HttpProtobuf,
            "http://h/otlp/v1/traces",
        ),
        (
            "http://h/otlp/",
            "",
            Protocol::HttpProtobuf,
            "http://h/otlp/v1/traces",
        ),
        (
            "http://h/a?b=c#d",
            "",
            Protocol::HttpProtobuf,
            "http://h/a/v1/traces?b=c",
        ),
        (
            "http://[::1]:4318",
            "",
            Protocol::HttpProtobuf,
            "http://[::1]:4318/v1/traces",
        ),
        ("http://[::1]", "", Protocol::Grpc, "http://[::1]/"),
        ("http://h:4318", "grpc", Protocol::Grpc, "http://h:4318/"),
        (
            "http://h:4317",
            " HTTP/JSON ",
            Protocol::HttpJson,
            "http://h:4317/v1/traces",
        ),
        (
            "http://h:1",
            "http/protobuf",
            Protocol::HttpProtobuf,
            "http://h:1/v1/traces",
        ),
    ];
    for (endpoint, protocol, expected, url) in table {
        let config = read(&[(ON.0, endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)]);

        assert_eq!(traces(&config).protocol, expected, "{endpoint} {protocol}");
        assert_eq!(traces(&config).endpoint, url, "{endpoint} {protocol}");
        assert_eq!(config.problems, [], "{endpoint} {protocol}");
    }
}

#[test]
fn each_signal_has_its_own_path() {
    let config = read(&[(ON.0, "http://h:4318/base/")]);

    let urls = [config.traces, config.metrics, config.logs]
        .map(|signal| signal.otlp.unwrap().endpoint.to_string());
    assert_eq!(
        urls,
        [
            "http://h:4318/base/v1/traces",
            "http://h:4318/base/v1/metrics",
            "http://h:4318/base/v1/logs"
        ]
    );
}

#[test]
fn the_endpoint_of_one_signal_is_taken_as_it_stands() {
    for (endpoint, url) in [
        ("http://h:4318", "http://h:4318/"),
        ("http://h:4318/x/", "http://h:4318/x/"),
        ("http://h/v1/traces", "http://h/v1/traces"),
    ] {
        let config = read_on(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)]);

        assert_eq!(traces(&config).protocol, Protocol::HttpProtobuf);
        assert_eq!(traces(&config).endpoint, url);
        assert_eq!(config.logs.otlp.unwrap().protocol, Protocol::Grpc);
    }
}

#[test]
fn the_path_of_a_signal_in_the_generic_endpoint_is_reported() {
    let config = read(&[(ON.0, "http://h:4318/v1/traces")]);

    assert_eq!(
        traces(&config).endpoint,
        "http://h:4318/v1/traces/v1/traces"
    );
    assert_eq!(problems(&config), [ON.0]);
}

#[test]
fn without_a_scheme_grpc_uses_tls_unless_told_otherwise() {
    let insecure = "OTEL_EXPORTER_OTLP_INSECURE";
    for (value, url) in [
        ("", "https://h:4317/"),
        ("false", "https://h:4317/"),
        ("TRUE", "http://h:4317/"),
    ] {
        let config = read(&[(ON.0, "h:4317"), (insecure, value)]);
        assert_eq!(traces(&config).endpoint, url);
    }

    let config = read(&[(ON.0, "https://h:4317"), (insecure, "true")]);
    assert_eq!(traces(&config).endpoint, "https://h:4317/");

    let config = read(&[(ON.0, "h:4318")]);
    assert!(config.is_off());
    assert!(said(&config).contains("http:// or https:// is missing"));
}

#[cfg(unix)]
#[test]
fn a_socket_of_the_machine_is_asked_for_the_usual_paths() {
    for endpoint in ["unix:/run/o.sock", "unix:///run/o.sock", "UNIX:/run/o.sock"] {
        for (protocol, expected, url) in [
            ("", Protocol::Grpc, "http://localhost/"),
            (
                "http/protobuf",
                Protocol::HttpProtobuf,
                "http://localhost/v1/traces",
            ),
        ] {
            let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
            let config = read(&[(ON.0, endpoint), protocol, ("HTTP_PROXY", "http://p")]);

            let traces = traces(&config);
            assert_eq!(traces.socket.as_deref(), Some("/run/o.sock".as_ref()));
            assert_eq!(
                (traces.protocol, traces.endpoint.to_string()),
                (expected, url.to_owned())
            );
            assert_eq!(config.problems, []);
        }
    }
    let config = read(&[
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "unix:/run/o.sock"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
    ]);
    let logs = config.logs.otlp.unwrap();
    assert_eq!(logs.endpoint, "http://localhost/v1/logs");
    assert_eq!(config.traces.otlp, None);
}

#[test]
fn an_endpoint_that_cannot_be_used_is_refused_without_being_shown() {
    let endpoints = [
        ":::",
        "htp://x",
        "grpc://secret:4317",
        "unix://secret/x.sock",
        "unix:secret.sock",
        "unix:/secret/",
        "unix://",
        "http://",
        "http://:4317",
        "http:///v1/traces",
        "http://secret:port",
        "http://secret:99999",
        "http://secret:0",
        "http://secret:+1",
        "http://secret:4317:4318",
        "http://::1:4317",
        "http://[::1",
        "http://[secret]:4317",
        "http://[::1]4317",
        "http://sec ret:4317",
        "http://secret:4318/a b",
        "http://sécret:4317",
        "http://-",
        "http://user:secret@h:4317",
        "secret@h",
        "://secret",
        "secret:\u{1}",
    ];
    for endpoint in endpoints {
        let config = read(&[(ON.0, endpoint)]);

        assert!(config.is_off(), "{endpoint}");
        assert_eq!(problems(&config), [ON.0], "{endpoint}");
        let shown = format!("{} {:?}", said(&config), config);
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn a_password_in_the_endpoint_is_answered_with_what_to_do() {
    let config = read(&[(ON.0, "http://user:secret@h:4317")]);

    assert_eq!(
        said(&config),
        "OTEL_EXPORTER_OTLP_ENDPOINT: user name and password are not taken from a URL: \
         use a header; not exporting to it"
    );
}

#[test]
fn headers_are_decoded_lower_cased_and_hidden() {
    let config = read_on(&[(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "Authorization=Bearer%20s3cret%2C, X-Team = a=b ,x-team=c,,",
    )]);

    let headers = &traces(&config).headers;
    let text: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    assert_eq!(text, ["authorization: Bearer s3cret,", "x-team: c"]);
    assert!(headers.iter().all(|(_, value)| value.is_sensitive()));
    assert_eq!(
        said(&config),
        "OTEL_EXPORTER_OTLP_HEADERS: a header that was there before at position 3; the last one counts"
    );
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn a_bad_header_is_left_out_and_reported_by_position() {
    let config = read_on(&[(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "s3cret,a=1,b=%s3,=s3cret,b d=s3cret,c=s3cret%0A,Content-Type=s3cret,grpc-timeout=s3cret,d=%FF",
    )]);

    let names: Vec<_> = traces(&config)
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["a"]);
    assert_eq!(
        said(&config),
        "OTEL_EXPORTER_OTLP_HEADERS: not key=value, percent-encoded, at positions 1, 3, 4, 5, 6, \
         9; left out; a header that the exporter sets itself at positions 7, 8; left out"
    );
}

#[test]
fn the_headers_of_one_signal_replace_the_generic_ones() {
    let config = read_on(&[
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", " "),
    ]);

    let [traces, metrics, logs] = [config.traces, config.metrics, config.logs]
        .map(|signal| signal.otlp.unwrap().headers[0].0.to_string());
    assert_eq!([traces, metrics, logs], ["b", "a", "a"]);
}

#[test]
fn a_signal_goes_before_the_generic_variable() {
    let config = read_on(&[
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", " 300 "),
        ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
        ("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", "/logs.pem"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"),
    ]);

    let [traces, metrics, logs] =
        [config.traces, config.metrics, config.logs].map(|signal| signal.otlp.unwrap());
    let millis = Duration::from_millis;
    assert_eq!(
        [traces.timeout, metrics.timeout, logs.timeout],
        [millis(300), millis(2000), millis(2000)]
    );
    assert_eq!(
        [traces.compression, metrics.compression, logs.compression],
        [Compression::Gzip, Compression::Zstd, Compression::None]
    );
    assert_eq!(traces.tls.ca.unwrap().to_str(), Some("/ca.pem"));
    assert_eq!(logs.tls.ca.unwrap().to_str(), Some("/logs.pem"));
    assert_eq!(logs.endpoint, "http://localhost:4317/v1/logs");
    assert_eq!(
        config
            .problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: not a number of milliseconds; ignored"]
    );
}

#[test]
fn a_client_certificate_needs_its_key() {
    let certificate = ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/cert.pem");
    let key = ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/key.pem");

    let config = read_on(&[certificate, key]);
    let tls = &traces(&config).tls;
    assert_eq!(
        tls.certificate.as_ref().unwrap().to_str(),
        Some("/cert.pem")
    );
    assert_eq!(tls.key.as_ref().unwrap().to_str(), Some("/key.pem"));
    // The other signals have no key.
    assert_eq!(problems(&config), [certificate.0]);

    let config = read_on(&[key]);
    assert_eq!(traces(&config).tls.key, None);
    assert_eq!(problems(&config), [key.0]);
}

#[test]
fn the_usual_proxy_variables_are_taken() {
    assert_eq!(traces(&read_on(&[("NO_PROXY", "*")])).proxy, None);

    let config = read_on(&[
        ("HTTP_PROXY", " "),
        ("http_proxy", "http://lower"),
        ("HTTPS_PROXY", "http://upper"),
        ("https_proxy", "http://lower"),
        ("all_proxy", "http://all"),
        ("no_proxy", "localhost"),
    ]);
    let proxy = traces(&config).proxy.clone().unwrap();
    assert_eq!(proxy.http.as_deref(), Some("http://lower"));
    assert_eq!(proxy.https.as_deref(), Some("http://upper"));
    assert_eq!(proxy.all.as_deref(), Some("http://all"));
    assert_eq!(proxy.no.as_deref(), Some("localhost"));
}

#[test]
fn a_cgi_program_does_not_take_a_proxy_from_a_request() {
    let config = read_on(&[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil")]);

    assert_eq!(traces(&config).proxy, None);
}
