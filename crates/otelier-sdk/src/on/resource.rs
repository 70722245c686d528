//! The resource: who produced the telemetry, and where it runs.

use std::{env::consts, fs::File, io::Read};

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::{
    Resource,
    resource::{ResourceDetector, TelemetryResourceDetector},
    trace::{IdGenerator, RandomIdGenerator},
};

use otelier_core::{date, redact_value, semconv::SCHEMA_URL};

use super::config::Config;

/// What is read of one file at most.
const MAX_FILE: u64 = 256 * 1024;

/// Gives the text of the file at a path.
type Files<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Builds the one resource of all signals: what `config` names, above what can
/// be detected. `file` gives the text of a file; outside of tests it is [`read`].
///
/// Call it once for a process: each call invents a new `service.instance.id`.
/// Nothing that cannot be read stops it.
pub(crate) fn detect(config: &Config, file: Files<'_>) -> Resource {
    detect_with(config, file, Vec::new())
}

/// The same, with what detectors of the program's own found.
pub(crate) fn detect_with(config: &Config, file: Files<'_>, theirs: Vec<KeyValue>) -> Resource {
    let executable = executable();
    let fallback = executable.as_ref().map_or_else(
        || "unknown_service".to_owned(),
        |name| format!("unknown_service:{name}"),
    );
    let certain = [
        KeyValue::new("service.name", fallback),
        KeyValue::new("service.instance.id", instance_id()),
        KeyValue::new("telemetry.distro.name", "otelier"),
        KeyValue::new("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("process.pid", i64::from(std::process::id())),
        KeyValue::new("os.type", os_type()),
        KeyValue::new("host.arch", host_arch()),
    ];
    let found = [
        ("process.executable.name", executable),
        (
            "host.name",
            host_name(file).or_else(|| config.hostname.clone()),
        ),
        ("container.id", container_id(file)),
        ("process.creation.time", creation_time(file)),
    ];
    let found = found
        .into_iter()
        .filter_map(|(key, value)| Some(KeyValue::new(key, Value::from(value?))));
    let theirs = theirs.into_iter().map(|KeyValue { key, value, .. }| {
        let value = redact_value(key.as_str(), &value).unwrap_or(value);
        KeyValue::new(key, value)
    });
    let named = config.attributes.iter().map(|(key, value)| {
        let value = Value::from(value.clone());
        KeyValue::new(key.clone(), redact_value(key, &value).unwrap_or(value))
    });

    Resource::builder_empty()
        .with_attributes(
            TelemetryResourceDetector
                .detect()
                .iter()
                .map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
        )
        .with_schema_url(certain, SCHEMA_URL)
        .with_attributes(found)
        .with_attributes(theirs)
        .with_attributes(named)
        .build()
}

fn executable() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// A random UUID.
fn instance_id() -> String {
    let mut bytes = RandomIdGenerator::default().new_trace_id().to_bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [
        hex.get(..8),
        hex.get(8..12),
        hex.get(12..16),
        hex.get(16..20),
        hex.get(20..),
    ];
    parts.map(Option::unwrap_or_default).join("-")
}

/// The conventions' word for the system.
fn os_type() -> &'static str {
    match consts::OS {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        os => os,
    }
}

/// The conventions' word for the processor.
fn host_arch() -> &'static str {
    match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        arch => arch,
    }
}

/// When the process began, by what Linux tells of it.
fn creation_time(file: Files<'_>) -> Option<String> {
    // The unit of what the kernel tells, whatever its own clock is.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = file("/proc/self/stat")?;
    // The name before it may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields.split_ascii_whitespace().nth(19)?.parse().ok()?;
    let booted = file("/proc/stat")?;
    let booted = booted
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?;
    let booted: u64 = booted.trim().parse().ok()?;
    let seconds = booted.checked_add(ticks / TICKS_PER_SECOND)?;
    let millis = ticks % TICKS_PER_SECOND * 1000 / TICKS_PER_SECOND;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    // Later years have no such form.
    (year < 10_000).then(|| {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    })
}

fn host_name(file: Files<'_>) -> Option<String> {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| {
            let text = file(path)?;
            let name = text
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty() && !line.starts_with('#') && *line != "(none)")?;
            Some(name.to_owned())
        })
}

/// The id that the container runtime left in the names of control groups, or
/// in the path of the file it mounts as `/etc/hostname`.
fn container_id(file: Files<'_>) -> Option<String> {
    let groups = file("/proc/self/cgroup").unwrap_or_default();
    let of_group = groups.lines().find_map(|line| {
        let name = line.rsplit('/').next()?;
        let name = name.strip_suffix(".scope").unwrap_or(name);
        id(name.rsplit(['-', ':']).next()?)
    });
    of_group.or_else(|| {
        file("/proc/self/mountinfo")?.lines().find_map(|line| {
            let mut fields = line.split(' ').skip(3);
            let (source, target) = (fields.next()?, fields.next()?);
            if target != "/etc/hostname" {
                return None;
            }
            // Beside `containers` there are `sandboxes`, whose id is the pod's.
            let (_, rest) = source.split_once("containers/")?;
            id(rest.split('/').next()?)
        })
    })
}

fn id(text: &str) -> Option<String> {
    (text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| text.to_ascii_lowercase())
}

/// What the resource calls the service.
pub(crate) fn service_name(resource: &Resource) -> String {
    let name = resource.get(&Key::from_static_str("service.name"));
    name.map(|name| name.to_string()).unwrap_or_default()
}

/// What the service's own attributes start with.
pub(crate) fn namespace(resource: &Resource) -> String {
    let names = ["service.namespace", "service.name"];
    let mut known = names
        .iter()
        .filter_map(|name| resource.get(&Key::from_static_str(name)));
    known
        .next()
        .map(|name| name.to_string())
        .unwrap_or_default()
}

/// The beginning of a text file, 256 KiB at most. `None` if it cannot be read.
pub(crate) fn read(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(MAX_FILE)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
