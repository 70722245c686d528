//! The rows, in the order of the documentation.

use super::variable::{
    Form::{self, Delay, Flag, Headers, Hint, Ignored, Text, Timeout},
    Scope::{self, All, Console, Logs, Metrics, Traces},
    Unset::{self, Nothing, Of, Value},
    Variable,
};

/// A place takes some hundred bytes once it was used.
const MAX_QUEUE: u64 = 1 << 20;
const MAX_COUNT: u64 = i32::MAX as u64;

/// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and so on, beside
/// `OTEL_EXPORTER_OTLP_ENDPOINT`.
macro_rules! each {
    ($end:literal) => {
        Scope::Each([
            concat!("OTEL_EXPORTER_OTLP_TRACES_", $end),
            concat!("OTEL_EXPORTER_OTLP_METRICS_", $end),
            concat!("OTEL_EXPORTER_OTLP_LOGS_", $end),
        ])
    };
}

macro_rules! table {
    ($($key:ident: $name:literal, $scope:expr, $form:expr, $default:expr, $meaning:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $meaning)]
            pub const $key: Variable = Variable {
                name: $name,
                scope: $scope,
                form: $form,
                default: $default,
                meaning: $meaning,
            };
        )*

        /// All of them, in the order of the documentation.
        pub const VARIABLES: &[Variable] = &[$($key),*];
    };
}

table! {
    SDK_DISABLED: "OTEL_SDK_DISABLED", All, Flag, Value("false"), "`true` turns everything off. Context of others still passes through, see OTEL_PROPAGATORS.";
    ENDPOINT: "OTEL_EXPORTER_OTLP_ENDPOINT", each!("ENDPOINT"), Text, Nothing, "The switch: where to export to. A signal without an endpoint is off. For HTTP, `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended to the variable for all signals; the variable of one signal is taken as it stands. `unix:/path` is a socket of the machine. `https://` needs the feature `tls`, which `otel` has. Without `http://` or `https://` it is taken for gRPC only, with TLS unless INSECURE is true.";
    PROTOCOL: "OTEL_EXPORTER_OTLP_PROTOCOL", each!("PROTOCOL"), Form::Words(&["grpc", "http/protobuf", "http/json"]), Unset::Words("the protocol that fits the endpoint"), "`grpc` (feature `otlp-grpc`, which `otel` has), `http/protobuf` or `http/json`. When unset: `http/protobuf` for an endpoint on port 4318 or with a path, else `grpc`. Where neither port (4317, 4318) nor path says it, the other of the two is tried once, should the first batch fail by its protocol.";
    HEADERS: "OTEL_EXPORTER_OTLP_HEADERS", each!("HEADERS"), Headers, Nothing, "`key=value,key2=value2`, values percent-encoded; sent with every request. The variable of one signal replaces the other as a whole. Headers that the exporter sets itself are left out.";
    TIMEOUT: "OTEL_EXPORTER_OTLP_TIMEOUT", each!("TIMEOUT"), Timeout, Unset::Number(10000), "Milliseconds for one batch, all attempts together. 0 is no limit.";
    COMPRESSION: "OTEL_EXPORTER_OTLP_COMPRESSION", each!("COMPRESSION"), Form::Words(&["gzip", "zstd", "none"]), Value("none"), "`gzip`, `zstd` (feature `zstd`, else it is gzip) or `none`.";
    INSECURE: "OTEL_EXPORTER_OTLP_INSECURE", each!("INSECURE"), Flag, Value("false"), "`true`: an endpoint without `http://` or `https://` is reached without TLS.";
    CERTIFICATE: "OTEL_EXPORTER_OTLP_CERTIFICATE", each!("CERTIFICATE"), Text, Nothing, "PEM file of the authorities to trust, instead of the system's.";
    CLIENT_CERTIFICATE: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", each!("CLIENT_CERTIFICATE"), Text, Nothing, "PEM file of the client's certificate chain. Needs the key.";
    CLIENT_KEY: "OTEL_EXPORTER_OTLP_CLIENT_KEY", each!("CLIENT_KEY"), Text, Nothing, "PEM file of the client's private key. Needs the certificate.";
    TRACES_EXPORTER: "OTEL_TRACES_EXPORTER", Traces, Text, Value("otlp"), "A list of `otlp`, `console` and `none`. `console` prints and needs no endpoint; anything else is reported and stands for `otlp`.";
    METRICS_EXPORTER: "OTEL_METRICS_EXPORTER", Metrics, Text, Unset::Words("`otlp`, and what code says"), "As OTEL_TRACES_EXPORTER, and `prometheus` (feature `prometheus`): metrics are kept for Prometheus to scrape, from the route of `otelier::prometheus`; it needs no endpoint.";
    LOGS_EXPORTER: "OTEL_LOGS_EXPORTER", Logs, Text, Value("otlp"), "As OTEL_TRACES_EXPORTER.";

    SERVICE_NAME: "OTEL_SERVICE_NAME", All, Text, Unset::Words("the crate's name"), "`service.name`, before all other sources.";
    RESOURCE_ATTRIBUTES: "OTEL_RESOURCE_ATTRIBUTES", All, Text, Nothing, "`key=value,key2=value2`, percent-encoded: attributes of the resource, before what is detected and what code says.";
    DD_SERVICE: "DD_SERVICE", All, Text, Nothing, "`service.name`, where neither OTEL variable names it.";
    DD_ENV: "DD_ENV", All, Text, Nothing, "`deployment.environment.name`, where OTEL_RESOURCE_ATTRIBUTES does not name it. Not normalised.";
    DD_VERSION: "DD_VERSION", All, Text, Unset::Words("the crate's version"), "`service.version`, where OTEL_RESOURCE_ATTRIBUTES does not name it.";
    DD_AGENT_HOST: "DD_AGENT_HOST", All, Hint("OTEL_EXPORTER_OTLP_ENDPOINT is the switch"), Nothing, "Not a switch: where no endpoint is set, it is told at start what OTEL_EXPORTER_OTLP_ENDPOINT would be.";
    DD_TRACE_AGENT_PORT: "DD_TRACE_AGENT_PORT", All, Hint("OTEL_EXPORTER_OTLP_ENDPOINT is the switch"), Nothing, "The same, for an Agent on this machine. The port is that of Datadog's own protocol; OTLP has 4317.";
    DD_GIT_COMMIT_SHA: "DD_GIT_COMMIT_SHA", All, Text, Unset::Words("from the build"), "`vcs.ref.head.revision` and `git.commit.sha`.";
    DD_GIT_REPOSITORY_URL: "DD_GIT_REPOSITORY_URL", All, Text, Unset::Words("from the build"), "`vcs.repository.url.full` and `git.repository_url`, without user name and password.";
    K8S_CLUSTER_NAME: "K8S_CLUSTER_NAME", All, Text, Nothing, "`k8s.cluster.name`";
    K8S_NAMESPACE_NAME: "K8S_NAMESPACE_NAME", All, Text, Of(&POD_NAMESPACE), "`k8s.namespace.name`";
    POD_NAMESPACE: "POD_NAMESPACE", All, Text, Nothing, "The same, weaker.";
    K8S_NODE_NAME: "K8S_NODE_NAME", All, Text, Of(&NODE_NAME), "`k8s.node.name`";
    NODE_NAME: "NODE_NAME", All, Text, Nothing, "The same, weaker.";
    K8S_POD_NAME: "K8S_POD_NAME", All, Text, Of(&POD_NAME), "`k8s.pod.name`";
    POD_NAME: "POD_NAME", All, Text, Nothing, "The same, weaker.";
    K8S_POD_UID: "K8S_POD_UID", All, Text, Of(&POD_UID), "`k8s.pod.uid`";
    POD_UID: "POD_UID", All, Text, Nothing, "The same, weaker.";
    K8S_CONTAINER_NAME: "K8S_CONTAINER_NAME", All, Text, Nothing, "`k8s.container.name`";
    K8S_DEPLOYMENT_NAME: "K8S_DEPLOYMENT_NAME", All, Text, Nothing, "`k8s.deployment.name`";
    HOSTNAME: "HOSTNAME", All, Text, Of(&COMPUTERNAME), "`host.name`, where the system has no file that tells it.";
    COMPUTERNAME: "COMPUTERNAME", All, Text, Nothing, "The same, on Windows.";

    PROPAGATORS: "OTEL_PROPAGATORS", All, Text, Value("tracecontext,baggage"), "A list of `tracecontext`, `baggage`, `b3`, `b3multi`, or `none`. Others are reported and ignored. Where this or an endpoint is set, context of others passes through also while nothing is recorded.";
    TRACES_SAMPLER: "OTEL_TRACES_SAMPLER", Traces, Form::Words(&["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"]), Value("parentbased_always_on"), "`always_on`, `always_off`, `traceidratio`, or one of them after `parentbased_`. It wins against a sampler in code.";
    TRACES_SAMPLER_ARG: "OTEL_TRACES_SAMPLER_ARG", Traces, Text, Value("1"), "The share of traces that a `traceidratio` sampler keeps, from 0 to 1.";
    BSP_SCHEDULE_DELAY: "OTEL_BSP_SCHEDULE_DELAY", Traces, Delay, Unset::Number(5000), "The most milliseconds a span waits for its batch to fill.";
    BSP_EXPORT_TIMEOUT: "OTEL_BSP_EXPORT_TIMEOUT", Traces, Timeout, Unset::Number(30000), "Milliseconds for one export. 0 is no limit.";
    BSP_MAX_QUEUE_SIZE: "OTEL_BSP_MAX_QUEUE_SIZE", Traces, Form::Number(1, MAX_QUEUE), Unset::Number(2048), "Spans that can wait for export; more are dropped. At most 1048576.";
    BSP_MAX_EXPORT_BATCH_SIZE: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Traces, Form::Number(1, MAX_QUEUE), Unset::Number(512), "Spans in one export; not more than the queue holds.";
    BLRP_SCHEDULE_DELAY: "OTEL_BLRP_SCHEDULE_DELAY", Logs, Delay, Unset::Number(1000), "The most milliseconds a log record waits for its batch to fill.";
    BLRP_EXPORT_TIMEOUT: "OTEL_BLRP_EXPORT_TIMEOUT", Logs, Timeout, Unset::Number(30000), "Milliseconds for one export. 0 is no limit.";
    BLRP_MAX_QUEUE_SIZE: "OTEL_BLRP_MAX_QUEUE_SIZE", Logs, Form::Number(1, MAX_QUEUE), Unset::Number(2048), "Log records that can wait for export; more are dropped. At most 1048576.";
    BLRP_MAX_EXPORT_BATCH_SIZE: "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", Logs, Form::Number(1, MAX_QUEUE), Unset::Number(512), "Log records in one export; not more than the queue holds.";
    LOG_LEVEL: "OTEL_LOG_LEVEL", Logs, Text, Value("info"), "The least level shipped: `all`, `verbose` or `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `off`; and `target=level` for single targets, as in `info,hyper=warn`. What the console shows does not depend on it.";
    METRIC_EXPORT_INTERVAL: "OTEL_METRIC_EXPORT_INTERVAL", Metrics, Delay, Unset::Number(60000), "Milliseconds between two exports.";
    METRIC_EXPORT_TIMEOUT: "OTEL_METRIC_EXPORT_TIMEOUT", Metrics, Timeout, Unset::Number(30000), "Milliseconds for one export. 0 is no limit.";
    METRICS_TEMPORALITY_PREFERENCE: "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", Metrics, Form::Words(&["cumulative", "delta", "lowmemory"]), Value("cumulative"), "`cumulative`, `delta` or `lowmemory`.";
    METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", Metrics, Form::Words(&["explicit_bucket_histogram", "base2_exponential_bucket_histogram"]), Value("explicit_bucket_histogram"), "`explicit_bucket_histogram` or `base2_exponential_bucket_histogram`.";
    METRICS_EXEMPLAR_FILTER: "OTEL_METRICS_EXEMPLAR_FILTER", Metrics, Form::Words(&["trace_based", "always_off"]), Unset::Words("`trace_based`, or what code says"), "`trace_based`: what our edges time in a sampled span leaves its ids beside the histogram, the newest of each bucket. `always_off`: nothing does. `always_on` is reported, and stands for `trace_based`.";

    PROMETHEUS_HOST: "OTEL_EXPORTER_PROMETHEUS_HOST", Metrics, Ignored("metrics are scraped from a route of the service's own server"), Nothing, "Not supported; reported when set: there is no server of ours, the service mounts the route of `otelier::prometheus`.";
    PROMETHEUS_PORT: "OTEL_EXPORTER_PROMETHEUS_PORT", Metrics, Ignored("metrics are scraped from a route of the service's own server"), Nothing, "Not supported; reported when set.";

    ATTRIBUTE_COUNT_LIMIT: "OTEL_ATTRIBUTE_COUNT_LIMIT", All, Form::Number(0, MAX_COUNT), Unset::Number(128), "Attributes of a span, span event, link or log record, where no stronger variable says otherwise.";
    ATTRIBUTE_VALUE_LENGTH_LIMIT: "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", All, Form::Number(1, MAX_COUNT), Unset::Number(16384), "Characters of an attribute value or log body; what is longer is cut and marked. Names are not cut by it.";
    SPAN_ATTRIBUTE_COUNT_LIMIT: "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", Traces, Form::Number(0, MAX_COUNT), Of(&ATTRIBUTE_COUNT_LIMIT), "Attributes of a span.";
    SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", Traces, Form::Number(1, MAX_COUNT), Of(&ATTRIBUTE_VALUE_LENGTH_LIMIT), "Characters of an attribute value in a span.";
    SPAN_EVENT_COUNT_LIMIT: "OTEL_SPAN_EVENT_COUNT_LIMIT", Traces, Form::Number(0, MAX_COUNT), Unset::Number(128), "Events of a span.";
    SPAN_LINK_COUNT_LIMIT: "OTEL_SPAN_LINK_COUNT_LIMIT", Traces, Form::Number(0, MAX_COUNT), Unset::Number(128), "Links of a span.";
    EVENT_ATTRIBUTE_COUNT_LIMIT: "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", Traces, Form::Number(0, MAX_COUNT), Of(&ATTRIBUTE_COUNT_LIMIT), "Attributes of a span event.";
    LINK_ATTRIBUTE_COUNT_LIMIT: "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", Traces, Form::Number(0, MAX_COUNT), Of(&ATTRIBUTE_COUNT_LIMIT), "Attributes of a link.";
    LOGRECORD_ATTRIBUTE_COUNT_LIMIT: "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", Logs, Form::Number(0, MAX_COUNT), Of(&ATTRIBUTE_COUNT_LIMIT), "Attributes of a log record.";
    LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", Logs, Form::Number(1, MAX_COUNT), Of(&ATTRIBUTE_VALUE_LENGTH_LIMIT), "Characters of an attribute value or body in a log record.";

    LOG_SPAN_FIELDS: "OTELIER_LOG_SPAN_FIELDS", Logs, Text, Unset::Words("what code says"), "A list of up to 64 fields of `tracing` spans that are copied to the log records below them: the innermost span's value counts, and the event's own before it.";
    SEMCONV_STABILITY_OPT_IN: "OTEL_SEMCONV_STABILITY_OPT_IN", All, Text, Nothing, "A list; `http/dup` records the old HTTP attribute names beside the stable ones, `database/dup` the old name of a metric of pools, `rpc/dup` the old names of calls of gRPC, `gen_ai/dup` the old names of metrics of calls to language models. Items that nothing here acts on are told.";
    INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", All, Form::Words(&["NO_CONTENT", "EVENT_ONLY", "SPAN_ONLY", "SPAN_AND_EVENT", "true", "false"]), Value("NO_CONTENT"), "Records what is asked of language models and what they answer, instructions, and what tools get and return: in events, which are log records (`EVENT_ONLY`, `true`), in attributes of spans (`SPAN_ONLY`), or in both (`SPAN_AND_EVENT`). Secrets are masked, and what is too long is cut; people's names and words are not masked. Events need the feature `logs`.";
    INSTRUMENTATION_HTTP_KNOWN_METHODS: "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", All, Text, Unset::Words("the conventions' list"), "A list of the HTTP methods that are recorded by name, instead of as `_OTHER`.";
    HTTP_EXCLUDED_URLS: "OTELIER_HTTP_EXCLUDED_URLS", All, Text, Unset::Words("the paths of health checks"), "A list of the paths whose requests leave no span and no metric, instead of `/health`, `/healthz`, `/ready`, `/readyz`, `/live`, `/livez` and `/metrics`; `*` at the end stands for any rest.";
    HTTP_INCLUDED_URLS: "OTELIER_HTTP_INCLUDED_URLS", All, Text, Unset::Words("all paths"), "A list of the only paths whose requests leave a span and metrics; `*` at the end stands for any rest. What is excluded leaves none all the same.";
    ACCESS_LOG: "OTELIER_ACCESS_LOG", All, Flag, Value("false"), "`true` logs a line for each request that is over: method, path, status and duration, with the ids of its trace. At INFO, at WARN if the client went away, and at ERROR if the server failed; target `otelier_axum::access`.";
    RUNTIME_STALL_THRESHOLD: "OTELIER_RUNTIME_STALL_THRESHOLD", All, Text, Unset::Words("what code says, or 1000"), "Milliseconds for which a tokio runtime may run none of its tasks before the watchdog reports it (feature `runtime`); at least 10. 0 is no watchdog.";
    EXPORTER: "OTELIER_EXPORTER", All, Form::Words(&["own", "stock"]), Value("own"), "`own`, or `stock`: opentelemetry-otlp encodes what does not go by `http/json`, for comparison and as a way out; needs the feature `stock`.";
    EXPORT_CONCURRENCY: "OTELIER_EXPORT_CONCURRENCY", All, Form::Number(1, 16), Unset::Number(1), "Batches of one signal that may be under way at the same time, 1 to 16; for receivers that are far away. With more than 1 they may arrive in another order; cumulative metrics go one by one.";
    EXPORT_BUFFER_BYTES: "OTELIER_EXPORT_BUFFER_BYTES", All, Form::Number(1, MAX_COUNT), Unset::Number(16_777_216), "Bytes of encoded batches of one signal that may wait for a receiver that is away; above, the oldest are dropped and counted.";
    EXPORT_REQUEST_BYTES: "OTELIER_EXPORT_REQUEST_BYTES", All, Form::Number(4096, 67_108_864), Unset::Number(4_194_304), "Bytes of one request before compression, 4096 to 67108864: for a receiver whose limit is not the usual 4 MiB. One that takes less is found out all the same: what it refuses as too large is sent in halves.";
    DOCTOR: "OTELIER_DOCTOR", All, Text, Nothing, "`1` prints at start, on standard error: every variable, its value without secrets, where it comes from, and what is set and ignored.";
    HTTP_PROXY: "HTTP_PROXY", All, Text, Of(&LOWER_HTTP_PROXY), "The proxy for `http` endpoints. Ignored where REQUEST_METHOD is set.";
    LOWER_HTTP_PROXY: "http_proxy", All, Text, Nothing, "The same, weaker, and never ignored.";
    HTTPS_PROXY: "HTTPS_PROXY", All, Text, Of(&LOWER_HTTPS_PROXY), "The proxy for `https` endpoints.";
    LOWER_HTTPS_PROXY: "https_proxy", All, Text, Nothing, "The same, weaker.";
    ALL_PROXY: "ALL_PROXY", All, Text, Of(&LOWER_ALL_PROXY), "The proxy for both, where the above do not name one.";
    LOWER_ALL_PROXY: "all_proxy", All, Text, Nothing, "The same, weaker.";
    NO_PROXY: "NO_PROXY", All, Text, Of(&LOWER_NO_PROXY), "Hosts, domains, addresses and networks that are reached directly, separated by commas; `*` is all.";
    LOWER_NO_PROXY: "no_proxy", All, Text, Nothing, "The same, weaker.";
    REQUEST_METHOD: "REQUEST_METHOD", All, Text, Nothing, "Set by web servers for CGI programs, where HTTP_PROXY may hold a request's header.";

    CONFIG_FILE: "OTEL_CONFIG_FILE", All, Ignored("configuration files are not read"), Nothing, "Not supported; reported when set.";
    EXPERIMENTAL_CONFIG_FILE: "OTEL_EXPERIMENTAL_CONFIG_FILE", All, Ignored("configuration files are not read"), Nothing, "Not supported; reported when set.";
    ENTITIES: "OTEL_ENTITIES", All, Ignored("entities are not recorded: use OTEL_RESOURCE_ATTRIBUTES"), Nothing, "Not supported; reported when set.";
    SPAN_INSECURE: "OTEL_EXPORTER_OTLP_SPAN_INSECURE", Traces, Ignored("the name is OTEL_EXPORTER_OTLP_TRACES_INSECURE"), Nothing, "Obsolete; reported when set.";
    METRIC_INSECURE: "OTEL_EXPORTER_OTLP_METRIC_INSECURE", Metrics, Ignored("the name is OTEL_EXPORTER_OTLP_METRICS_INSECURE"), Nothing, "Obsolete; reported when set.";

    CONSOLE: "OTELIER_CONSOLE", Console, Form::Words(&["text", "json", "off"]), Unset::Words("`text`, or what code says"), "`text`, `json` or `off`.";
    RUST_LOG: "RUST_LOG", Console, Text, Value("info"), "What is printed, as `target=level` directives, and with the feature `env-filter` those of spans and fields, `[span{field=value}]=level`. What is shipped does not depend on it.";
    LOG_LIMIT: "OTELIER_LOG_LIMIT", Console, Form::Number(0, u32::MAX as u64), Unset::Words("what code says, or none"), "The lines that one target may have in a second: on the console, in the file and among the records shipped, each counted by itself, and errors beside the others. How many were left out is told at most once a minute. `0` is no limit.";
    NO_COLOR: "NO_COLOR", Console, Text, Nothing, "Anything: text is not coloured on a terminal either.";
    LOG_FILE: "OTELIER_LOG_FILE", Console, Text, Unset::Words("what code says"), "With the feature `file`: a file that lines are written to as well, as JSON whatever the console's format, with the same ids. Its directory must exist.";
    LOG_FILE_MAX_BYTES: "OTELIER_LOG_FILE_MAX_BYTES", Console, Form::Number(1, u64::MAX), Unset::Number(104_857_600), "The file is rotated before it gets larger: `shop.log` becomes `shop.log.1`, that one `shop.log.2`, ..";
    LOG_FILE_MAX_HOURS: "OTELIER_LOG_FILE_MAX_HOURS", Console, Form::Number(1, u64::MAX), Unset::Number(168), "The file is rotated when it is that old.";
    LOG_FILE_BACKUPS: "OTELIER_LOG_FILE_BACKUPS", Console, Form::Number(1, u64::MAX), Unset::Number(5), "Rotated files that are kept, at least 1.";
}
