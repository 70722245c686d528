//! Real backends: what is sent is read back through their own interfaces.
//!
//! Jaeger, Prometheus and VictoriaLogs are built by `just stack`, which takes minutes the first
//! time and is not part of the checks.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    process::{Process, Program, request, until},
    real::{Launch, Real, folder, repository, tool},
    sent::{Services, demo},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Backends: a_trace_logs_and_metrics_are_read_back_from_three_backends);
}

/// The three programs, on ports and folders of their own.
pub(crate) struct Backends {
    jaeger: (Process, String),
    pub(crate) prometheus: (Process, String),
    victorialogs: (Process, String),
    jaeger_grpc: String,
    folder: TempDir,
}

impl Backends {
    pub(crate) async fn start(rules: bool) -> Self {
        let folder = folder();
        let prometheus = prometheus(folder.path(), rules).await;
        let victorialogs = victorialogs(folder.path()).await;
        let (jaeger, jaeger_grpc) = jaeger(folder.path()).await;
        Self {
            jaeger,
            prometheus,
            victorialogs,
            jaeger_grpc,
            folder,
        }
    }

    /// The Collector in front of them, with its files for these three.
    async fn collector(&self, mode: &str) -> Real {
        let data = self.folder.path().join(mode);
        fs::create_dir_all(&data).unwrap();
        let launch = Launch::new(mode, "open", &data)
            .with("JAEGER_ENDPOINT", &self.jaeger_grpc)
            .with("JAEGER_INSECURE", "true")
            .with("PROMETHEUS_ENDPOINT", &self.prometheus.1)
            .with("VICTORIALOGS_ENDPOINT", &self.victorialogs.1);
        launch.start().await
    }

    /// Has a service send to each by itself, as docs/backends.md says.
    pub(crate) fn directly(&self, program: Program) -> Program {
        let (prometheus, logs) = (&self.prometheus.1, &self.victorialogs.1);
        let stream = "VL-Stream-Fields=service.name%2Cdeployment.environment.name";
        program
            .with(
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                format!("http://{}", self.jaeger_grpc),
            )
            .with(
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
                format!("{prometheus}/api/v1/otlp/v1/metrics"),
            )
            .with(
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                format!("{logs}/insert/opentelemetry/v1/logs"),
            )
            .with("OTEL_EXPORTER_OTLP_LOGS_HEADERS", stream)
    }
}

async fn ready(mut process: Process, url: String, path: &str) -> (Process, String) {
    let asked = format!("{url}{path}");
    until("the backend answers", async || {
        assert!(!process.has_ended(), "{}", process.output());
        let (status, _) = request("GET", &asked).await?;
        (status == 200).then_some(())
    })
    .await;
    (process, url)
}

async fn prometheus(folder: &Path, rules: bool) -> (Process, String) {
    // The file of deploy, without what it scrapes, and with a shorter interval.
    let config = fs::read_to_string(repository("deploy/grafana/prometheus.yaml")).unwrap();
    let (config, _) = config.split_once("scrape_configs:").unwrap();
    let config = config.replace("evaluation_interval: 15s", "evaluation_interval: 1s");
    let config = match rules {
        true => config,
        false => config.replace("[alerts.yaml]", "[]"),
    };
    fs::copy(
        repository("deploy/grafana/alerts.yaml"),
        folder.join("alerts.yaml"),
    )
    .unwrap();
    configured(folder, &config).await
}

/// A Prometheus with this file.
pub(crate) async fn configured(folder: &Path, config: &str) -> (Process, String) {
    let address = format!("127.0.0.1:{}", programs::unused_port());
    fs::write(folder.join("prometheus.yaml"), config).unwrap();
    let program = Program::new(tool("prometheus").unwrap())
        .arg(format!(
            "--config.file={}",
            folder.join("prometheus.yaml").display()
        ))
        .arg(format!(
            "--storage.tsdb.path={}",
            folder.join("tsdb").display()
        ))
        .arg(format!("--web.listen-address={address}"))
        .arg("--web.enable-otlp-receiver")
        .arg("--enable-feature=exemplar-storage");
    ready(program.start(), format!("http://{address}"), "/-/ready").await
}

async fn victorialogs(folder: &Path) -> (Process, String) {
    let address = format!("127.0.0.1:{}", programs::unused_port());
    let program = Program::new(tool("victorialogs").unwrap())
        .arg(format!(
            "-storageDataPath={}",
            folder.join("logs").display()
        ))
        .arg(format!("-httpListenAddr={address}"));
    ready(program.start(), format!("http://{address}"), "/health").await
}

async fn jaeger(folder: &Path) -> ((Process, String), String) {
    let [grpc, http, query, query_grpc, health] = [(); 5].map(|()| programs::unused_port());
    let config = format!(
        "service:\n  extensions: [jaeger_storage, jaeger_query, healthcheckv2]\n  telemetry: {{metrics: {{level: none}}}}\n  \
         pipelines: {{traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}}}\n\
         extensions:\n  healthcheckv2: {{use_v2: true, http: {{endpoint: '127.0.0.1:{health}'}}}}\n  \
         jaeger_storage: {{backends: {{memory: {{memory: {{max_traces: 10000}}}}}}}}\n  \
         jaeger_query: {{storage: {{traces: memory}}, http: {{endpoint: '127.0.0.1:{query}'}}, grpc: {{endpoint: '127.0.0.1:{query_grpc}'}}}}\n\
         receivers: {{otlp: {{protocols: {{grpc: {{endpoint: '127.0.0.1:{grpc}'}}, http: {{endpoint: '127.0.0.1:{http}'}}}}}}}}\n\
         exporters: {{jaeger_storage_exporter: {{trace_storage: memory}}}}\n"
    );
    let file = folder.join("jaeger.yaml");
    fs::write(&file, config).unwrap();
    let program = Program::new(tool("jaeger").unwrap())
        .arg("--config")
        .arg(file);
    let url = format!("http://127.0.0.1:{query}");
    (
        ready(program.start(), url, "/api/services").await,
        format!("127.0.0.1:{grpc}"),
    )
}

pub(crate) async fn json(url: &str) -> Option<Value> {
    let (status, body) = request("GET", url).await?;
    (status == 200).then(|| serde_json::from_str(&body).ok())?
}

pub(crate) fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}

/// Sends the demo's traffic, and ends the services.
async fn send(folder: &Path, set_up: impl Fn(Program) -> Program) {
    let (services, url) = Services::start(folder, set_up).await;
    for _ in 0..3 {
        demo(&url).await;
    }
    until("the jobs are done", async || {
        let jobs = services.worker_output().matches("embedded").count();
        (jobs >= 3).then_some(())
    })
    .await;
    services.stop().await;
}

/// A trace of the demo as Jaeger has it: each span's name, and its parent's.
async fn tree(backends: &Backends, namespace: &str) -> (String, BTreeSet<(String, String)>) {
    let url = format!(
        "{}/api/traces?service=api&limit=100&tags={}",
        backends.jaeger.1,
        encoded(&format!("{{\"service.namespace\":\"{namespace}\"}}"))
    );
    until("Jaeger has the job's trace", async || {
        let found = json(&url).await?;
        let traces = found["data"].as_array()?;
        traces.iter().find_map(|trace| {
            let spans = trace["spans"].as_array()?;
            let name = |span: &Value| span["operationName"].as_str().unwrap().to_owned();
            let names: Vec<_> = spans.iter().map(name).collect();
            let whole = [
                "POST /repos/{id}/index",
                "INSERT jobs",
                "job.clone_index",
                "embed",
                "UPDATE jobs",
            ];
            whole
                .iter()
                .all(|part| names.iter().any(|name| name == part))
                .then_some(())?;
            let edges = spans.iter().map(|span| {
                let parent = span["references"][0]["spanID"].as_str();
                let parent = spans
                    .iter()
                    .find(|other| other["spanID"].as_str() == parent);
                (name(span), parent.map(name).unwrap_or_default())
            });
            // A wait for a connection is a span where it was long.
            let edges = edges.filter(|(name, _)| name != "acquire connection");
            Some((trace["traceID"].as_str()?.to_owned(), edges.collect()))
        })
    })
    .await
}

/// Follows an exemplar, as a dashboard does: from a histogram in Prometheus to the trace
/// in Jaeger, where its span is what was measured.
async fn follow_an_exemplar(backends: &Backends, namespace: &str) {
    let series = format!("http_server_request_duration_seconds_bucket{{job=\"{namespace}/api\"}}");
    let url = format!(
        "{}/api/v1/query_exemplars?query={}",
        backends.prometheus.1,
        encoded(&series)
    );
    let (name, expected) = until("an exemplar leads to its trace", async || {
        let found = json(&url).await?;
        for series in found["data"].as_array()? {
            for exemplar in series["exemplars"].as_array()? {
                let labels = &exemplar["labels"];
                let (trace, id) = (labels["trace_id"].as_str()?, &labels["span_id"]);
                let trace = format!("{}/api/traces/{trace}", backends.jaeger.1);
                // Not every trace is kept in production.
                let Some(trace) = json(&trace).await else {
                    continue;
                };
                let mut spans = trace["data"][0]["spans"].as_array()?.iter();
                let Some(span) = spans.find(|span| span["spanID"] == *id) else {
                    continue;
                };
                let route = series["seriesLabels"]["http_route"].as_str()?;
                let method = series["seriesLabels"]["http_request_method"].as_str()?;
                let took = exemplar["value"].as_str()?.parse::<f64>().ok()?;
                let lasted = span["duration"].as_f64()? / 1e6;
                assert!((took - lasted).abs() < 2e-6, "{exemplar} {span}");
                let name = span["operationName"].as_str()?.to_owned();
                return Some((name, format!("{method} {route}")));
            }
        }
        None
    })
    .await;
    assert_eq!(name, expected);
}

async fn a_trace_logs_and_metrics_are_read_back_from_three_backends() {
    let backends = Backends::start(false).await;
    let expected: BTreeSet<(String, String)> = [
        ("POST /repos/{id}/index", ""),
        ("SELECT repos", "POST /repos/{id}/index"),
        ("INSERT jobs", "POST /repos/{id}/index"),
        ("job.clone_index", "POST /repos/{id}/index"),
        ("SELECT repos", "job.clone_index"),
        ("embed", "job.clone_index"),
        ("UPDATE jobs", "job.clone_index"),
    ]
    .map(|(span, parent)| (span.to_owned(), parent.to_owned()))
    .into();
    for way in ["directly", "development", "production"] {
        let data = folder();
        let collector = match way {
            "directly" => None,
            mode => Some(backends.collector(mode).await),
        };
        let namespace = format!("by-{way}");
        send(data.path(), |program| {
            let program = match &collector {
                None => backends.directly(program),
                Some(real) => program.with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc()),
            };
            program.with(
                "OTEL_RESOURCE_ATTRIBUTES",
                format!("service.namespace={namespace}"),
            )
        })
        .await;
        let (id, edges) = tree(&backends, &namespace).await;
        assert_eq!(edges, expected, "{way}");

        let query = encoded(&format!("trace_id:{id}"));
        let url = format!(
            "{}/select/logsql/query?query={query}",
            backends.victorialogs.1
        );
        until("VictoriaLogs has the trace's lines", async || {
            let (_, lines) = request("GET", &url).await?;
            let bodies = ["index requested", "cloned", "embedded"];
            bodies.iter().all(|body| lines.contains(body)).then_some(())
        })
        .await;

        for service in ["api", "worker", "upstream"] {
            let name = match service {
                "worker" => "messaging_process_duration_seconds_count",
                _ => "http_server_request_duration_seconds_count",
            };
            let query = encoded(&format!("{name}{{job=\"{namespace}/{service}\"}}"));
            let url = format!("{}/api/v1/query?query={query}", backends.prometheus.1);
            until("Prometheus has the service's metric", async || {
                let found = json(&url).await?;
                (!found["data"]["result"].as_array()?.is_empty()).then_some(())
            })
            .await;
        }
        follow_an_exemplar(&backends, &namespace).await;
        if let Some(collector) = collector {
            collector.stop().await;
        }
    }
    // A stream is a service's, not a process's.
    let url = format!("{}/select/logsql/streams?query=*", backends.victorialogs.1);
    let streams = json(&url).await.unwrap().to_string();
    assert!(!streams.contains("process.pid"), "{streams}");
}
