use opentelemetry::logs::AnyValue;
use otelier_logs::{Console, Format, Ship, install_log_tracer};
use tracing_log::log;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::printed::{Printed, printed};
use crate::shipped::{attribute, body, names, shipped_with, text};

/// The logger is the process's; the first test that comes sets it.
fn installed() {
    let _ = install_log_tracer();
    assert!(install_log_tracer().is_err());
}

#[test]
fn a_record_has_its_real_target_place_and_level() {
    installed();
    let shipped = shipped_with(
        Ship::new(),
        || log::warn!(target: "driver::pool", "slow: {} ms", 7),
    );
    let record = shipped.only();
    assert_eq!(body(&record), "slow: 7 ms");
    assert_eq!(record.target().unwrap(), "driver::pool");
    assert_eq!(record.severity_text(), Some("WARN"));
    assert_eq!(record.event_name(), None);
    assert_eq!(names(&record), Vec::<String>::new());
    assert_eq!(attribute(&record, "code.file.path"), text(file!()));
    assert!(
        matches!(attribute(&record, "code.line.number"), Some(AnyValue::Int(line)) if line > 1)
    );
}

#[test]
fn a_record_is_filtered_by_its_real_target() {
    installed();
    let ship = Ship::new().with_directives("warn,driver=debug".parse().unwrap());
    let shipped = shipped_with(ship, || {
        log::debug!(target: "driver::pool", "a");
        log::info!(target: "other", "b");
        log::info!(target: "hyper::proto", "c");
        log::error!(target: "hyper::proto", "d");
    });
    assert_eq!(shipped.bodies(), ["a"]);
}

#[test]
fn the_console_shows_the_real_target_and_not_the_origin() {
    installed();
    let line = printed(Format::Text, || log::info!(target: "driver::pool", "open")).only();
    assert!(line.ends_with("  INFO driver::pool: open\n"), "{line}");
    let line = printed(Format::Json, || log::info!(target: "driver::pool", "open")).json();
    assert_eq!(
        (&line["target"], &line["message"]),
        (&"driver::pool".into(), &"open".into())
    );
    assert_eq!((line.get("fields"), line.get("event_name")), (None, None));
}

#[test]
fn a_console_filter_sees_the_real_target_too() {
    use tracing_subscriber::Layer as _;
    installed();
    let printed = Printed::default();
    let (filter, _) = otelier_logs::console_filter(Some("warn,driver=info"));
    let console = Console::new(Format::Text)
        .with_writer(printed.clone())
        .with_filter(filter);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(console), || {
        log::info!(target: "driver", "a");
        log::info!(target: "other", "b");
    });
    assert!(printed.only().ends_with("driver: a\n"));
}

/// What `tracing` does with its feature `log-always`.
fn log_of_tracing(target: &str, line: u32, text: &str) {
    log::logger().log(
        &log::Record::builder()
            .target(target)
            .level(log::Level::Info)
            .file(Some(file!()))
            .line(Some(line))
            .args(format_args!("{text}"))
            .build(),
    );
}

#[test]
fn an_event_is_told_once_where_tracing_writes_it_to_log_as_well() {
    let events = || {
        installed();
        for _ in 0..2 {
            let line = line!() + 1;
            tracing::info!("event");
            log_of_tracing(module_path!(), line, "event");
        }
        let line = line!() + 1;
        let span = tracing::info_span!("span", order = 7);
        log_of_tracing(module_path!(), line, "++ span; order=7");
        span.in_scope(|| log_of_tracing("tracing::span::active", line, "-> span;"));
        log::info!("record");
    };
    assert_eq!(
        shipped_with(Ship::new(), events).bodies(),
        ["event", "event", "record"]
    );
    let lines = printed(Format::Text, events).calls();
    assert_eq!(lines.len(), 3, "{lines:?}");
}
