//! Every variable that is read, for the documentation and the tests that hold
//! it to the code.

use Scope::{All, Each, Logs, Metrics, Traces};
use Unset::{Nothing, Said, Words};

/// The signals that a variable speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them together.
    All,
    /// All of them, and there is a stronger variable for each:
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` beside
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    Each,
    Traces,
    Metrics,
    Logs,
}

/// What stands where a variable is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unset {
    Nothing,
    /// What the parser says that it uses in the place of a value it cannot read.
    Said,
    /// No value of the variable's own.
    Words(&'static str),
}

/// One variable, as the documentation describes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope,
    pub(crate) default: Unset,
    pub(crate) meaning: &'static str,
}

impl Variable {
    /// All names under which the variable is read.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = vec![self.name.to_owned()];
        if self.scope == Each {
            for signal in ["TRACES", "METRICS", "LOGS"] {
                names.push(self.name.replace("OTLP_", &format!("OTLP_{signal}_")));
            }
        }
        names
    }
}

const fn row(name: &'static str, scope: Scope, default: Unset, meaning: &'static str) -> Variable {
    Variable {
        name,
        scope,
        default,
        meaning,
    }
}

/// In the order of the documentation.
#[rustfmt::skip]
pub(crate) const VARIABLES: &[Variable] = &[
    row("OTEL_SDK_DISABLED", All, Said, "`true` turns everything off. Context of others still passes through, see OTEL_PROPAGATORS."),
    row("OTEL_EXPORTER_OTLP_ENDPOINT", Each, Nothing, "The switch: where to export to. A signal without an endpoint is off. For HTTP, `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended to the variable for all signals; the variable of one signal is taken as it stands. `unix:/path` is a socket of the machine. Without `http://` or `https://` it is taken for gRPC only, with TLS unless INSECURE is true."),
    row("OTEL_EXPORTER_OTLP_PROTOCOL", Each, Said, "`grpc`, `http/protobuf` or `http/json`. When unset: `http/protobuf` for an endpoint on port 4318 or with a path, else `grpc`. Where neither port (4317, 4318) nor path says it, the other of the two is tried once, should the first batch fail by its protocol."),
    row("OTEL_EXPORTER_OTLP_HEADERS", Each, Nothing, "`key=value,key2=value2`, values percent-encoded; sent with every request. The variable of one signal replaces the other as a whole. Headers that the exporter sets itself are left out."),
    row("OTEL_EXPORTER_OTLP_TIMEOUT", Each, Said, "Milliseconds for one batch, all attempts together. 0 is no limit."),
    row("OTEL_EXPORTER_OTLP_COMPRESSION", Each, Said, "`gzip`, `zstd` or `none`."),
    row("OTEL_EXPORTER_OTLP_INSECURE", Each, Said, "`true`: an endpoint without `http://` or `https://` is reached without TLS."),
    row("OTEL_EXPORTER_OTLP_CERTIFICATE", Each, Nothing, "PEM file of the authorities to trust, instead of the system's."),
    row("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", Each, Nothing, "PEM file of the client's certificate chain. Needs the key."),
    row("OTEL_EXPORTER_OTLP_CLIENT_KEY", Each, Nothing, "PEM file of the client's private key. Needs the certificate."),
    row("OTEL_TRACES_EXPORTER", Traces, Said, "A list of `otlp`, `console` and `none`. `console` prints and needs no endpoint; anything else is reported and stands for `otlp`."),
    row("OTEL_METRICS_EXPORTER", Metrics, Said, "As OTEL_TRACES_EXPORTER."),
    row("OTEL_LOGS_EXPORTER", Logs, Said, "As OTEL_TRACES_EXPORTER."),

    row("OTEL_SERVICE_NAME", All, Words("the crate's name"), "`service.name`, before all other sources."),
    row("OTEL_RESOURCE_ATTRIBUTES", All, Nothing, "`key=value,key2=value2`, percent-encoded: attributes of the resource, before what is detected and what code says."),
    row("DD_SERVICE", All, Nothing, "`service.name`, where neither OTEL variable names it."),
    row("DD_ENV", All, Nothing, "`deployment.environment.name`, where OTEL_RESOURCE_ATTRIBUTES does not name it. Not normalised."),
    row("DD_VERSION", All, Words("the crate's version"), "`service.version`, where OTEL_RESOURCE_ATTRIBUTES does not name it."),
    row("DD_AGENT_HOST", All, Nothing, "Not a switch: where no endpoint is set, it is told at start what OTEL_EXPORTER_OTLP_ENDPOINT would be."),
    row("DD_TRACE_AGENT_PORT", All, Nothing, "The same, for an Agent on this machine. The port is that of Datadog's own protocol; OTLP has 4317."),
    row("DD_GIT_COMMIT_SHA", All, Words("from the build"), "`vcs.ref.head.revision` and `git.commit.sha`."),
    row("DD_GIT_REPOSITORY_URL", All, Words("from the build"), "`vcs.repository.url.full` and `git.repository_url`, without user name and password."),
    row("K8S_CLUSTER_NAME", All, Nothing, "`k8s.cluster.name`"),
    row("K8S_NAMESPACE_NAME", All, Nothing, "`k8s.namespace.name`"),
    row("POD_NAMESPACE", All, Nothing, "The same, weaker."),
    row("K8S_NODE_NAME", All, Nothing, "`k8s.node.name`"),
    row("NODE_NAME", All, Nothing, "The same, weaker."),
    row("K8S_POD_NAME", All, Nothing, "`k8s.pod.name`"),
    row("POD_NAME", All, Nothing, "The same, weaker."),
    row("K8S_POD_UID", All, Nothing, "`k8s.pod.uid`"),
    row("POD_UID", All, Nothing, "The same, weaker."),
    row("K8S_CONTAINER_NAME", All, Nothing, "`k8s.container.name`"),
    row("K8S_DEPLOYMENT_NAME", All, Nothing, "`k8s.deployment.name`"),
    row("HOSTNAME", All, Nothing, "`host.name`, where the system has no file that tells it."),
    row("COMPUTERNAME", All, Nothing, "The same, on Windows."),

    row("OTEL_PROPAGATORS", All, Said, "A list of `tracecontext`, `baggage`, `b3`, `b3multi`, or `none`. Others are reported and ignored. Where this or an endpoint is set, context of others passes through also while nothing is recorded."),
    row("OTEL_TRACES_SAMPLER", Traces, Words("what code says, or `parentbased_always_on`"), "`always_on`, `always_off`, `traceidratio`, or one of them after `parentbased_`. It wins against a sampler in code."),
    row("OTEL_TRACES_SAMPLER_ARG", Traces, Said, "The share of traces that a `traceidratio` sampler keeps, from 0 to 1."),
    row("OTEL_BSP_SCHEDULE_DELAY", Traces, Said, "The most milliseconds a span waits for its batch to fill."),
    row("OTEL_BSP_EXPORT_TIMEOUT", Traces, Said, "Milliseconds for one export. 0 is no limit."),
    row("OTEL_BSP_MAX_QUEUE_SIZE", Traces, Said, "Spans that can wait for export; more are dropped. At most 1048576."),
    row("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Traces, Said, "Spans in one export; not more than the queue holds."),
    row("OTEL_BLRP_SCHEDULE_DELAY", Logs, Said, "The most milliseconds a log record waits for its batch to fill."),
    row("OTEL_BLRP_EXPORT_TIMEOUT", Logs, Said, "Milliseconds for one export. 0 is no limit."),
    row("OTEL_BLRP_MAX_QUEUE_SIZE", Logs, Said, "Log records that can wait for export; more are dropped. At most 1048576."),
    row("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", Logs, Said, "Log records in one export; not more than the queue holds."),
    row("OTEL_LOG_LEVEL", Logs, Said, "The least level shipped: `all`, `verbose` or `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `off`; and `target=level` for single targets, as in `info,hyper=warn`. What the console shows does not depend on it."),
    row("OTEL_METRIC_EXPORT_INTERVAL", Metrics, Said, "Milliseconds between two exports."),
    row("OTEL_METRIC_EXPORT_TIMEOUT", Metrics, Said, "Milliseconds for one export. 0 is no limit."),
    row("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", Metrics, Said, "`cumulative`, `delta` or `lowmemory`."),
    row("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", Metrics, Said, "`explicit_bucket_histogram` or `base2_exponential_bucket_histogram`."),

    row("OTEL_ATTRIBUTE_COUNT_LIMIT", All, Said, "Attributes of a span, span event, link or log record, where no stronger variable says otherwise."),
    row("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", All, Said, "Characters of an attribute value or log body; what is longer is cut and marked. Names are not cut by it."),
    row("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", Traces, Words("that of OTEL_ATTRIBUTE_COUNT_LIMIT"), "Attributes of a span."),
    row("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", Traces, Words("that of OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"), "Characters of an attribute value in a span."),
    row("OTEL_SPAN_EVENT_COUNT_LIMIT", Traces, Said, "Events of a span."),
    row("OTEL_SPAN_LINK_COUNT_LIMIT", Traces, Said, "Links of a span."),
    row("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", Traces, Words("that of OTEL_ATTRIBUTE_COUNT_LIMIT"), "Attributes of a span event."),
    row("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", Traces, Words("that of OTEL_ATTRIBUTE_COUNT_LIMIT"), "Attributes of a link."),
    row("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", Logs, Words("that of OTEL_ATTRIBUTE_COUNT_LIMIT"), "Attributes of a log record."),
    row("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", Logs, Words("that of OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"), "Characters of an attribute value or body in a log record."),

    row("OTELIER_LOG_SPAN_FIELDS", Logs, Words("what code says"), "A list of up to 64 fields of `tracing` spans that are copied to the log records below them: the innermost span's value counts, and the event's own before it."),
    row("OTEL_SEMCONV_STABILITY_OPT_IN", All, Nothing, "A list; `http/dup` records the old HTTP attribute names beside the stable ones, `database/dup` the old name of a metric of pools. Items that nothing here acts on are told."),
    row("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", All, Words("the conventions' list"), "A list of the HTTP methods that are recorded by name, instead of as `_OTHER`."),
    row("OTELIER_HTTP_EXCLUDED_URLS", All, Words("the paths of health checks"), "A list of the paths whose requests leave no span and no metric, instead of `/health`, `/healthz`, `/ready`, `/readyz`, `/live`, `/livez` and `/metrics`; `*` at the end stands for any rest."),
    row("OTELIER_ACCESS_LOG", All, Words("false"), "`true` logs a line for each request that is over: method, path, status and duration, with the ids of its trace. At INFO, at WARN if the client went away, and at ERROR if the server failed; target `otelier_axum::access`."),
    row("OTELIER_RUNTIME_STALL_THRESHOLD", All, Said, "Milliseconds for which a tokio runtime may run none of its tasks before the watchdog reports it (feature `runtime`); at least 10. 0 is no watchdog."),
    row("OTELIER_EXPORTER", All, Said, "`own`, or `stock`: opentelemetry-otlp encodes what does not go by `http/json`, for comparison and as a way out; needs the feature `stock`."),
    row("OTELIER_EXPORT_CONCURRENCY", All, Said, "Batches of one signal that may be under way at the same time, 1 to 16; for receivers that are far away. With more than 1 they may arrive in another order."),
    row("OTELIER_EXPORT_BUFFER_BYTES", All, Said, "Bytes of encoded batches of one signal that may wait for a receiver that is away; above, the oldest are dropped and counted."),
    row("OTELIER_EXPORT_REQUEST_BYTES", All, Said, "Bytes of one request before compression, 4096 to 67108864: for a receiver whose limit is not the usual 4 MiB. One that takes less is found out all the same: what it refuses as too large is sent in halves."),
    row("HTTP_PROXY", All, Nothing, "The proxy for `http` endpoints. Ignored where REQUEST_METHOD is set."),
    row("http_proxy", All, Nothing, "The same, weaker, and never ignored."),
    row("HTTPS_PROXY", All, Nothing, "The proxy for `https` endpoints."),
    row("https_proxy", All, Nothing, "The same, weaker."),
    row("ALL_PROXY", All, Nothing, "The proxy for both, where the above do not name one."),
    row("all_proxy", All, Nothing, "The same, weaker."),
    row("NO_PROXY", All, Nothing, "Hosts, domains, addresses and networks that are reached directly, separated by commas; `*` is all."),
    row("no_proxy", All, Nothing, "The same, weaker."),
    row("REQUEST_METHOD", All, Nothing, "Set by web servers for CGI programs, where HTTP_PROXY may hold a request's header."),

    row("OTEL_CONFIG_FILE", All, Nothing, "Not supported; reported when set."),
    row("OTEL_EXPERIMENTAL_CONFIG_FILE", All, Nothing, "Not supported; reported when set."),
    row("OTEL_ENTITIES", All, Nothing, "Not supported; reported when set."),
    row("OTEL_METRICS_EXEMPLAR_FILTER", Metrics, Nothing, "Not supported; reported when set."),
    row("OTEL_EXPORTER_OTLP_SPAN_INSECURE", Traces, Nothing, "Obsolete; reported when set."),
    row("OTEL_EXPORTER_OTLP_METRIC_INSECURE", Metrics, Nothing, "Obsolete; reported when set."),
];

/// The table of the documentation. `said` tells what the parser uses where it
/// cannot read a variable.
pub(crate) fn markdown(said: impl Fn(&str) -> String) -> String {
    let mut table = String::from("| Variable | Signals | Default | Meaning |\n|---|---|---|---|\n");
    for Variable {
        name,
        scope,
        default,
        meaning,
    } in VARIABLES
    {
        let scope = match scope {
            All => "all",
            Each => "all, each",
            Traces => "traces",
            Metrics => "metrics",
            Logs => "logs",
        };
        let default = match default {
            Nothing => String::new(),
            Words(words) => (*words).to_owned(),
            Said => match said(name) {
                words if words.contains(' ') => words,
                value => format!("`{value}`"),
            },
        };
        table.push_str(&format!("| `{name}` | {scope} | {default} | {meaning} |\n"));
    }
    table
}
