use std::num::NonZeroU32;

use otelier_logs::{Console, Format, LogLimit, Place, Ship, console_filter};
use tracing::{debug, error, info, trace};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::printed::Printed;
use crate::shipped::{Shipped, shipped_with};

fn directives(text: &str) -> Ship {
    Ship::new().with_directives(text.parse().unwrap())
}

#[test]
fn info_is_shipped_and_debug_is_not_unless_asked_for() {
    let emit = || {
        info!("a");
        debug!("b");
    };
    assert_eq!(shipped_with(Ship::new(), emit).bodies(), ["a"]);
    assert_eq!(shipped_with(directives("debug"), emit).bodies(), ["a", "b"]);
    assert_eq!(
        shipped_with(directives("warn"), emit).bodies(),
        Vec::<String>::new()
    );
    assert_eq!(
        shipped_with(directives("warn,it::filter=debug"), emit).bodies(),
        ["a", "b"]
    );
    assert_eq!(
        shipped_with(directives("off"), emit).bodies(),
        Vec::<String>::new()
    );
}

#[test]
fn what_the_console_shows_is_independent_of_what_is_shipped() {
    for (ship, show, shipped_bodies, lines) in [
        ("info", "debug", vec!["a"], 2),
        ("debug", "info", vec!["a", "b"], 1),
        ("info", "off", vec!["a"], 0),
    ] {
        let (shipped, printed) = (Shipped::new(), Printed::default());
        let (filter, problem) = console_filter(Some(show));
        assert!(problem.is_none());
        let subscriber = tracing_subscriber::registry()
            .with(shipped.layer(directives(ship)))
            .with(
                Console::new(Format::Text)
                    .with_writer(printed.clone())
                    .with_filter(filter),
            );
        tracing::subscriber::with_default(subscriber, || {
            info!("a");
            debug!("b");
        });
        assert_eq!(shipped.bodies(), shipped_bodies);
        assert_eq!(printed.calls().len(), lines);
    }
}

#[test]
fn events_about_telemetry_are_never_shipped() {
    let everything = Ship::new().with_directives(
        Targets::new()
            .with_default(LevelFilter::TRACE)
            .with_targets([
                ("otelier", LevelFilter::TRACE),
                ("opentelemetry", LevelFilter::TRACE),
            ]),
    );
    let shipped = shipped_with(everything, || {
        info!(target: "otelier", "a");
        info!(target: "otelier::export", "b");
        info!(target: "otelier_sdk::init", "c");
        info!(target: "opentelemetry", "d");
        info!(target: "opentelemetry-otlp", "e");
        info!(target: "opentelemetry_sdk", "f");
    });
    assert_eq!(shipped.bodies(), Vec::<String>::new());
}

#[test]
fn libraries_that_carry_telemetry_are_shipped_only_by_name() {
    let emit = || {
        trace!(target: "h2::codec", "h2");
        trace!(target: "hyper::proto", "hyper");
        trace!(target: "hyper_util::client", "hyper_util");
        trace!(target: "tonic::transport", "tonic");
        trace!(target: "tower::buffer", "tower");
        trace!(target: "reqwest::connect", "reqwest");
        trace!(target: "rustls::client", "rustls");
        trace!(target: "sqlx::query", "SELECT");
    };
    assert_eq!(
        shipped_with(directives("trace"), emit).bodies(),
        Vec::<String>::new()
    );
    assert_eq!(
        shipped_with(directives("info,tower=trace,sqlx=trace"), emit).bodies(),
        ["tower"]
    );
    assert_eq!(
        shipped_with(directives("info,sqlx::query=trace"), emit).bodies(),
        ["SELECT"]
    );
    assert_eq!(
        shipped_with(directives("trace,hyper::proto=trace"), emit).bodies(),
        ["hyper"]
    );
}

#[test]
fn a_service_whose_name_begins_like_a_library_is_shipped() {
    let shipped = shipped_with(Ship::new(), || {
        info!(target: "h2o", "a");
        info!(target: "towering::orders", "b");
        info!(target: "otelier_demo", "c");
        info!(target: "sqlx::pool", "d");
        info!(target: "opentelemetry_demo", "e");
        info!(target: "opentelemetry-demo::orders", "f");
    });
    assert_eq!(shipped.bodies(), ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn directives_of_a_console_that_cannot_be_read_show_info_and_are_reported() {
    for (text, reported) in [
        (None, false),
        (Some(""), false),
        (Some("shop=loudly"), true),
        (Some("a=b=c"), true),
    ] {
        let (filter, problem) = console_filter(text);
        assert_eq!(problem.is_some(), reported, "{text:?}");
        let printed = Printed::default();
        let console = Console::new(Format::Text)
            .with_writer(printed.clone())
            .with_filter(filter);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(console), || {
            info!("a");
            debug!("b");
        });
        assert_eq!(printed.calls().len(), 1, "{text:?}");
    }
}

#[test]
fn a_limit_is_for_what_its_layer_would_write() {
    let (shipped, printed) = (Shipped::new(), Printed::default());
    let limit = LogLimit::new(NonZeroU32::new(2).unwrap(), |_| {});
    let console = Console::new(Format::Text)
        .with_writer(printed.clone())
        .with_limit(limit.clone(), Place::Console);
    let subscriber = tracing_subscriber::registry()
        .with(shipped.layer(Ship::new().with_limit(limit)))
        .with(console.with_filter(LevelFilter::DEBUG));
    tracing::subscriber::with_default(subscriber, || {
        (0..900).for_each(|_| debug!("d"));
        (0..900).for_each(|_| info!("i"));
        (0..900).for_each(|_| error!("e"));
        // Telemetry itself is not counted, and is not shipped.
        (0..9).for_each(|_| info!(target: "otelier", "o"));
    });
    let lines = printed.calls();
    let of = |level: &str| lines.iter().filter(|line| line.contains(level)).count();
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("otelier: o"))
            .count(),
        9
    );
    for level in ["DEBUG", "ERROR"] {
        assert!((2..900).contains(&of(level)), "{level}: {}", of(level));
    }
    // Not counted among what is shipped: lines at DEBUG.
    let bodies = shipped.bodies();
    for body in ["i", "e"] {
        let passed = bodies.iter().filter(|it| *it == body).count();
        assert!((2..900).contains(&passed), "{body}: {passed}");
    }
}

#[test]
fn what_is_shipped_changes_with_the_directives_of_its_filter() {
    let shipped = Shipped::new();
    let layer = shipped.layer(directives("warn"));
    let filter = layer.filter().clone();
    let emit = || {
        info!("a");
        debug!("b");
        trace!(target: "hyper::proto", "c");
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        emit();
        filter.set_directives("info".parse().unwrap());
        emit();
        filter
            .clone()
            .set_directives("debug,hyper=trace".parse().unwrap());
        emit();
        filter.set_directives("off".parse().unwrap());
        emit();
    });
    assert_eq!(shipped.bodies(), ["a", "a", "b", "c"]);
}
