//! Every variable that is read, for the documentation and the tests that hold
//! it to the code.

use Scope::{All, Each, Logs, Metrics, Traces};

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

/// One variable, as the documentation describes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope,
    /// Empty where there is none.
    pub(crate) default: &'static str,
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

const fn row(
    name: &'static str,
    scope: Scope,
    default: &'static str,
    meaning: &'static str,
) -> Variable {
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
    row("OTEL_SDK_DISABLED", All, "false", "`true` turns everything off."),
    row("OTEL_EXPORTER_OTLP_ENDPOINT", Each, "", "The switch: where to export to. A signal without an endpoint is off. For HTTP, `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended to the variable for all signals; the variable of one signal is taken as it stands. `unix:/path` is a socket of the machine. Without `http://` or `https://` it is taken for gRPC only, with TLS unless INSECURE is true."),
    row("OTEL_EXPORTER_OTLP_PROTOCOL", Each, "by the endpoint", "`grpc`, `http/protobuf` or `http/json`. When unset: `http/protobuf` for an endpoint on port 4318 or with a path, else `grpc`."),
    row("OTEL_EXPORTER_OTLP_HEADERS", Each, "", "`key=value,key2=value2`, values percent-encoded; sent with every request. The variable of one signal replaces the other as a whole. Headers that the exporter sets itself are left out."),
    row("OTEL_EXPORTER_OTLP_TIMEOUT", Each, "10000", "Milliseconds for one batch, all attempts together. 0 is no limit."),
    row("OTEL_EXPORTER_OTLP_COMPRESSION", Each, "none", "`gzip`, `zstd` or `none`."),
    row("OTEL_EXPORTER_OTLP_INSECURE", Each, "false", "`true`: an endpoint without `http://` or `https://` is reached without TLS."),
    row("OTEL_EXPORTER_OTLP_CERTIFICATE", Each, "", "PEM file of the authorities to trust, instead of the system's."),
    row("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", Each, "", "PEM file of the client's certificate chain. Needs the key."),
    row("OTEL_EXPORTER_OTLP_CLIENT_KEY", Each, "", "PEM file of the client's private key. Needs the certificate."),
    row("OTEL_TRACES_EXPORTER", Traces, "otlp", "A list of `otlp`, `console` and `none`. `console` prints and needs no endpoint; anything else is reported and stands for `otlp`."),
    row("OTEL_METRICS_EXPORTER", Metrics, "otlp", "As OTEL_TRACES_EXPORTER."),
    row("OTEL_LOGS_EXPORTER", Logs, "otlp", "As OTEL_TRACES_EXPORTER."),

    row("OTEL_SERVICE_NAME", All, "the crate's name", "`service.name`, before all other sources."),
    row("OTEL_RESOURCE_ATTRIBUTES", All, "", "`key=value,key2=value2`, percent-encoded: attributes of the resource, before what is detected and what code says."),
    row("DD_SERVICE", All, "", "`service.name`, where neither OTEL variable names it."),
    row("DD_ENV", All, "", "`deployment.environment.name`, where OTEL_RESOURCE_ATTRIBUTES does not name it. Not normalised."),
    row("DD_VERSION", All, "the crate's version", "`service.version`, where OTEL_RESOURCE_ATTRIBUTES does not name it."),
    row("DD_GIT_COMMIT_SHA", All, "from the build", "`vcs.ref.head.revision` and `git.commit.sha`."),
    row("DD_GIT_REPOSITORY_URL", All, "from the build", "`vcs.repository.url.full` and `git.repository_url`, without user name and password."),
    row("K8S_CLUSTER_NAME", All, "", "`k8s.cluster.name`"),
    row("K8S_NAMESPACE_NAME", All, "", "`k8s.namespace.name`"),
    row("POD_NAMESPACE", All, "", "The same, weaker."),
    row("K8S_NODE_NAME", All, "", "`k8s.node.name`"),
    row("NODE_NAME", All, "", "The same, weaker."),
    row("K8S_POD_NAME", All, "", "`k8s.pod.name`"),
    row("POD_NAME", All, "", "The same, weaker."),
    row("K8S_POD_UID", All, "", "`k8s.pod.uid`"),
    row("POD_UID", All, "", "The same, weaker."),
    row("K8S_CONTAINER_NAME", All, "", "`k8s.container.name`"),
    row("K8S_DEPLOYMENT_NAME", All, "", "`k8s.deployment.name`"),
    row("HOSTNAME", All, "", "`host.name`, where the system has no file that tells it."),
    row("COMPUTERNAME", All, "", "The same, on Windows."),

    row("OTEL_PROPAGATORS", All, "tracecontext,baggage", "A list of `tracecontext`, `baggage`, `b3`, `b3multi`, or `none`. Others are reported and ignored."),
    row("OTEL_TRACES_SAMPLER", Traces, "parentbased_always_on", "`always_on`, `always_off`, `traceidratio`, or one of them after `parentbased_`."),
    row("OTEL_TRACES_SAMPLER_ARG", Traces, "1", "The share of traces that a `traceidratio` sampler keeps, from 0 to 1."),
    row("OTEL_BSP_SCHEDULE_DELAY", Traces, "5000", "The most milliseconds a span waits for its batch to fill."),
    row("OTEL_BSP_EXPORT_TIMEOUT", Traces, "30000", "Milliseconds for one export. 0 is no limit."),
    row("OTEL_BSP_MAX_QUEUE_SIZE", Traces, "2048", "Spans that can wait for export; more are dropped. At most 1048576."),
    row("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Traces, "512", "Spans in one export; not more than the queue holds."),
    row("OTEL_BLRP_SCHEDULE_DELAY", Logs, "1000", "The most milliseconds a log record waits for its batch to fill."),
    row("OTEL_BLRP_EXPORT_TIMEOUT", Logs, "30000", "Milliseconds for one export. 0 is no limit."),
    row("OTEL_BLRP_MAX_QUEUE_SIZE", Logs, "2048", "Log records that can wait for export; more are dropped. At most 1048576."),
    row("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", Logs, "512", "Log records in one export; not more than the queue holds."),
    row("OTEL_LOG_LEVEL", Logs, "info", "The least level shipped: `trace`, `debug`, `info`, `warn`, `error` or `off`; and `target=level` for single targets, as in `info,hyper=warn`. What the console shows does not depend on it."),
    row("OTEL_METRIC_EXPORT_INTERVAL", Metrics, "60000", "Milliseconds between two exports."),
    row("OTEL_METRIC_EXPORT_TIMEOUT", Metrics, "30000", "Milliseconds for one export. 0 is no limit."),
    row("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", Metrics, "cumulative", "`cumulative`, `delta` or `lowmemory`."),
    row("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", Metrics, "explicit_bucket_histogram", "`explicit_bucket_histogram` or `base2_exponential_bucket_histogram`."),

    row("OTEL_ATTRIBUTE_COUNT_LIMIT", All, "128", "Attributes of a span, span event, link or log record, where no stronger variable says otherwise."),
    row("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", All, "16384", "Bytes of an attribute value or log body; what is longer is cut and marked."),
    row("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", Traces, "128", "Attributes of a span."),
    row("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", Traces, "16384", "Bytes of an attribute value in a span."),
    row("OTEL_SPAN_EVENT_COUNT_LIMIT", Traces, "128", "Events of a span."),
    row("OTEL_SPAN_LINK_COUNT_LIMIT", Traces, "128", "Links of a span."),
    row("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", Traces, "128", "Attributes of a span event."),
    row("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", Traces, "128", "Attributes of a link."),
    row("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", Logs, "128", "Attributes of a log record."),
    row("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", Logs, "16384", "Bytes of an attribute value or body in a log record."),

    row("OTEL_SEMCONV_STABILITY_OPT_IN", All, "", "A list; `http/dup` records the old HTTP attribute names beside the stable ones. Other items are left to other libraries."),
    row("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", All, "the conventions' list", "A list of the HTTP methods that are recorded by name, instead of as `_OTHER`."),
    row("OTELIER_HTTP_EXCLUDED_URLS", All, "the paths of health checks", "A list of the paths whose requests leave no span and no metric, instead of `/health`, `/healthz`, `/ready`, `/readyz`, `/live`, `/livez` and `/metrics`; `*` at the end stands for any rest."),
    row("OTELIER_RUNTIME_STALL_THRESHOLD", All, "1000, or what code says", "Milliseconds for which a tokio runtime may run none of its tasks before the watchdog reports it (feature `runtime`); at least 10. 0 is no watchdog."),
    row("OTELIER_EXPORTER", All, "own", "`own`, or `stock`: spans and logs are encoded by opentelemetry-otlp, for comparison and as a way out."),
    row("OTELIER_EXPORT_CONCURRENCY", All, "1", "Batches of one signal that may be under way at the same time, 1 to 16; for receivers that are far away. With more than 1 they may arrive in another order."),
    row("OTELIER_EXPORT_BUFFER_BYTES", All, "16777216", "Bytes of encoded batches of one signal that may wait for a receiver that is away; above, the oldest are dropped and counted."),
    row("HTTP_PROXY", All, "", "The proxy for `http` endpoints. Ignored where REQUEST_METHOD is set."),
    row("http_proxy", All, "", "The same, weaker, and never ignored."),
    row("HTTPS_PROXY", All, "", "The proxy for `https` endpoints."),
    row("https_proxy", All, "", "The same, weaker."),
    row("ALL_PROXY", All, "", "The proxy for both, where the above do not name one."),
    row("all_proxy", All, "", "The same, weaker."),
    row("NO_PROXY", All, "", "Hosts, domains, addresses and networks that are reached directly, separated by commas; `*` is all."),
    row("no_proxy", All, "", "The same, weaker."),
    row("REQUEST_METHOD", All, "", "Set by web servers for CGI programs, where HTTP_PROXY may hold a request's header."),

    row("OTEL_CONFIG_FILE", All, "", "Not supported; reported when set."),
    row("OTEL_EXPERIMENTAL_CONFIG_FILE", All, "", "Not supported; reported when set."),
    row("OTEL_ENTITIES", All, "", "Not supported; reported when set."),
    row("OTEL_METRICS_EXEMPLAR_FILTER", Metrics, "", "Not supported; reported when set."),
    row("OTEL_EXPORTER_OTLP_SPAN_INSECURE", Traces, "", "Obsolete; reported when set."),
    row("OTEL_EXPORTER_OTLP_METRIC_INSECURE", Metrics, "", "Obsolete; reported when set."),
];

/// The table of the documentation.
pub(crate) fn markdown() -> String {
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
        let default = match *default {
            "" => String::new(),
            words if words.contains(' ') => words.to_owned(),
            word => format!("`{word}`"),
        };
        table.push_str(&format!("| `{name}` | {scope} | {default} | {meaning} |\n"));
    }
    table
}
