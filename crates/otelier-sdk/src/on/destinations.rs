//! Where telemetry goes, in words.

use opentelemetry_sdk::Resource;
use otelier_core::redact_text;
use otelier_otlp::{Protocol, Settings, Signal};

use super::{config::Config, export, resource};

/// `exporting traces, metrics, logs to http://collector:4317 (grpc) as "api"`,
/// or each signal by itself where they go to different places.
pub(super) fn destinations(config: &Config, on: &[Signal], resource: &Resource) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for signal in on {
        let place = match &config.signal(*signal).otlp {
            Some(settings) => place(settings, config.signal(*signal).is_base),
            None => "standard output".to_owned(),
        };
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, signals)) => signals.push(signal.as_str()),
            None => groups.push((place, vec![signal.as_str()])),
        }
    }
    let scraped = "scrapes by Prometheus".to_owned();
    let scraped = config.metrics.scraped.then_some((scraped, vec!["metrics"]));
    groups.extend(scraped);
    let each = groups
        .iter()
        .map(|(place, signals)| format!("{} to {place}", signals.join(", ")));
    let service = resource::service_name(resource);
    let each: Vec<_> = each.collect();
    let by = if config.stock && export::HAS_STOCK {
        ", by the stock exporter"
    } else {
        ""
    };
    format!("exporting {} as {service:?}{by}", each.join("; "))
}

/// What is wrong, by the variable that it is wrong with: that of the signal where
/// it is set.
pub(super) fn by_its_name(error: &otelier_otlp::Error, own_files: &[&'static str]) -> String {
    let text = error.to_string();
    let end = format!("_{}", error.variable());
    let is_it = |name: &&&str| {
        let rest = name.strip_suffix(&end);
        rest.is_some_and(|rest| {
            let signal = rest.strip_prefix("OTEL_EXPORTER_OTLP_");
            signal.is_some_and(|signal| !signal.contains('_'))
        })
    };
    match own_files.iter().find(is_it) {
        Some(own) => text.replacen(&format!("OTEL_EXPORTER_OTLP{end}"), own, 1),
        None => text,
    }
}

fn place(settings: &Settings, is_base: bool) -> String {
    if let Some(path) = &settings.socket {
        return format!("unix:{} ({})", path.display(), settings.protocol);
    }
    let endpoint = settings.endpoint.to_string();
    let endpoint = redact_text(&endpoint);
    let shown = match settings.protocol {
        Protocol::Grpc => endpoint.trim_end_matches('/'),
        Protocol::HttpProtobuf | Protocol::HttpJson if is_base => endpoint
            .strip_suffix(settings.signal.http_path())
            .unwrap_or(&endpoint),
        Protocol::HttpProtobuf | Protocol::HttpJson => &endpoint,
    };
    format!("{shown} ({})", settings.protocol)
}
