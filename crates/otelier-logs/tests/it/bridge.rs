use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::logs::{AnyValue, Severity};
use otelier_logs::Ship;
use tracing::{Level, debug, error, event, info, trace, warn};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::shipped::{attribute, body, names, record, shipped_with, text};

#[test]
fn a_message_becomes_the_body() {
    let record = record(|| info!("order {} placed", 7));
    assert_eq!(body(&record), "order 7 placed");
    assert_eq!(names(&record), Vec::<String>::new());
}

#[test]
fn an_event_without_a_message_or_with_an_empty_one_has_no_body() {
    assert_eq!(record(|| info!(order = 7)).body(), None);
    assert_eq!(record(|| info!("")).body(), None);
}

#[test]
fn a_message_that_is_a_number_is_still_a_text() {
    assert_eq!(body(&record(|| info!(message = 7))), "7");
    assert_eq!(body(&record(|| info!(message = true))), "true");
}

#[test]
fn levels_become_severities() {
    let everything = Ship::new().with_directives(Targets::new().with_default(LevelFilter::TRACE));
    let shipped = shipped_with(everything, || {
        trace!("a");
        debug!("b");
        info!("c");
        warn!("d");
        error!("e");
    });
    let severities: Vec<_> = shipped
        .records()
        .iter()
        .map(|r| {
            (
                r.severity_number().unwrap() as u8,
                r.severity_text().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        severities,
        [
            (1, "TRACE"),
            (5, "DEBUG"),
            (9, "INFO"),
            (13, "WARN"),
            (17, "ERROR")
        ]
    );
    assert_eq!(shipped.records()[2].severity_number(), Some(Severity::Info));
}

#[test]
fn both_times_are_set_and_lie_within_the_call() {
    let before = SystemTime::now();
    let record = record(|| info!("now"));
    let after = SystemTime::now();
    let time = record.timestamp().unwrap();
    assert!(before <= time && time <= after);
    assert_eq!(record.observed_timestamp(), Some(time));
}

#[test]
fn the_target_is_the_events_own() {
    assert_eq!(record(|| info!("a")).target().unwrap(), "it::bridge");
    assert_eq!(
        record(|| info!(target: "shop::orders", "a"))
            .target()
            .unwrap(),
        "shop::orders"
    );
}

#[test]
fn fields_keep_their_types() {
    let record = record(|| {
        info!(
            signed = -3_i64,
            unsigned = 3_u64,
            small = 3_u8,
            float = 1.5_f64,
            flag = true,
            word = "seven",
            debug = ?Some(1),
            display = %7,
            bytes = &b"ab"[..],
        );
    });
    assert_eq!(attribute(&record, "signed"), Some(AnyValue::Int(-3)));
    assert_eq!(attribute(&record, "unsigned"), Some(AnyValue::Int(3)));
    assert_eq!(attribute(&record, "small"), Some(AnyValue::Int(3)));
    assert_eq!(attribute(&record, "float"), Some(AnyValue::Double(1.5)));
    assert_eq!(attribute(&record, "flag"), Some(AnyValue::Boolean(true)));
    assert_eq!(attribute(&record, "word"), text("seven"));
    assert_eq!(attribute(&record, "debug"), text("Some(1)"));
    assert_eq!(attribute(&record, "display"), text("7"));
    assert_eq!(
        attribute(&record, "bytes"),
        Some(AnyValue::Bytes(Box::new(b"ab".to_vec())))
    );
}

#[test]
fn an_integer_that_64_bits_do_not_hold_becomes_its_digits() {
    let record = record(|| {
        info!(
            largest = i64::MAX as u64,
            beyond = i64::MAX as u64 + 1,
            wide = 5_u128,
            wider = u128::MAX,
            deep = i128::MIN,
            shallow = -5_i128,
        );
    });
    assert_eq!(attribute(&record, "largest"), Some(AnyValue::Int(i64::MAX)));
    assert_eq!(attribute(&record, "beyond"), text("9223372036854775808"));
    assert_eq!(attribute(&record, "wide"), Some(AnyValue::Int(5)));
    assert_eq!(
        attribute(&record, "wider"),
        text("340282366920938463463374607431768211455")
    );
    assert_eq!(
        attribute(&record, "deep"),
        text("-170141183460469231731687303715884105728")
    );
    assert_eq!(attribute(&record, "shallow"), Some(AnyValue::Int(-5)));
}

#[test]
fn a_raw_identifier_loses_its_mark() {
    assert_eq!(names(&record(|| info!(r#type = "x"))), ["type"]);
}

#[test]
fn a_field_without_a_value_leaves_no_attribute() {
    assert_eq!(
        names(&record(|| info!(absent = None::<i64>, present = Some(1)))),
        ["present"]
    );
}

#[test]
fn the_place_in_the_source_has_its_current_names() {
    let record = record(|| info!("here"));
    assert_eq!(attribute(&record, "code.file.path"), text(file!()));
    assert!(
        matches!(attribute(&record, "code.line.number"), Some(AnyValue::Int(line)) if line > 1)
    );
}

#[test]
fn only_an_event_named_on_purpose_has_an_event_name() {
    assert_eq!(record(|| info!("a")).event_name(), None);
    assert_eq!(
        record(|| info!(name: "order.placed", order = 7)).event_name(),
        Some("order.placed")
    );
    assert_eq!(
        record(|| event!(name: "order.lost", Level::WARN, "a")).event_name(),
        Some("order.lost")
    );
}

#[derive(Debug)]
struct NotSaved(Option<std::io::Error>);

impl fmt::Display for NotSaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("could not save")
    }
}

impl Error for NotSaved {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_ref().map(|cause| cause as _)
    }
}

#[derive(Debug)]
enum Unnamed {
    Lost,
}

impl fmt::Display for Unnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lost")
    }
}

impl Error for Unnamed {}

#[test]
fn the_name_of_a_variant_is_not_taken_for_that_of_a_type() {
    let record = record(|| error!(error = &Unnamed::Lost as &dyn Error, "failed"));
    assert_eq!(attribute(&record, "exception.type"), None);
    assert_eq!(attribute(&record, "exception.message"), text("lost"));
}

#[test]
fn an_error_is_an_exception_and_keeps_its_name_and_sources() {
    otelier_logs::name_error::<NotSaved>();
    let problem = NotSaved(Some(std::io::Error::other("disk full")));
    let record = record(|| error!(error = &problem as &dyn Error, "failed"));
    let name = text("it::bridge::NotSaved");
    assert_eq!(attribute(&record, "exception.type"), name);
    assert_eq!(
        attribute(&record, "exception.message"),
        text("could not save")
    );
    assert_eq!(
        attribute(&record, "error"),
        text("could not save: disk full")
    );
    assert_eq!(attribute(&record, "exception.stacktrace"), None);
    assert_eq!(body(&record), "failed");
}

#[test]
fn of_two_errors_the_first_is_the_exception() {
    let first = NotSaved(None);
    let second = std::io::Error::other("disk full");
    let record = record(|| error!(first = &first as &dyn Error, second = &second as &dyn Error));
    assert_eq!(
        attribute(&record, "exception.message"),
        text("could not save")
    );
    assert_eq!(attribute(&record, "first"), text("could not save"));
    assert_eq!(attribute(&record, "second"), text("disk full"));
}

#[test]
fn an_exception_that_the_event_describes_itself_is_not_described_twice() {
    let problem = NotSaved(None);
    let record = record(|| {
        error!(
            "exception.type" = "shop::NotSaved",
            exception.message = "mine",
            error = &problem as &dyn Error,
        );
    });
    assert_eq!(attribute(&record, "exception.type"), text("shop::NotSaved"));
    assert_eq!(attribute(&record, "exception.message"), text("mine"));
    assert_eq!(attribute(&record, "error"), text("could not save"));
}

#[test]
fn an_error_as_the_message_is_the_body() {
    let problem = NotSaved(Some(std::io::Error::other("disk full")));
    otelier_logs::name_error::<NotSaved>();
    let record = record(|| error!(message = &problem as &dyn Error));
    assert_eq!(body(&record), "could not save: disk full");
    let name = text("it::bridge::NotSaved");
    assert_eq!(attribute(&record, "exception.type"), name);
}

#[tracing::instrument(err)]
fn save() -> Result<(), NotSaved> {
    Err(NotSaved(None))
}

#[test]
fn an_instrumented_function_that_fails_ships_its_error() {
    let record = record(|| drop(save()));
    assert_eq!(record.severity_text(), Some("ERROR"));
    assert_eq!(attribute(&record, "error"), text("could not save"));
}

struct Failing;

impl fmt::Debug for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half")?;
        Err(fmt::Error)
    }
}

#[test]
fn a_debug_that_fails_leaves_what_it_wrote() {
    assert_eq!(
        attribute(&record(|| info!(value = ?Failing)), "value"),
        text("half")
    );
}

#[test]
fn a_suppressed_scope_ships_nothing() {
    let shipped = shipped_with(Ship::new(), || {
        let _guard = Context::enter_telemetry_suppressed_scope();
        info!("about telemetry");
    });
    assert_eq!(shipped.records().len(), 0);
}

#[test]
fn an_event_keeps_the_name_that_it_was_given_whatever_that_begins_with() {
    let named = record(|| info!(name: "event processed", "done"));
    assert_eq!(named.event_name(), Some("event processed"));
    let like_a_place = record(|| info!(name: "event src/other.rs:7", "done"));
    assert_eq!(like_a_place.event_name(), Some("event src/other.rs:7"));
    assert_eq!(record(|| info!("done")).event_name(), None);
}

#[test]
fn the_error_of_an_instrumented_function_is_the_body_of_its_record() {
    #[tracing::instrument(err)]
    fn shown() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
    #[tracing::instrument(err(Debug, level = "warn"))]
    fn debugged() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
    let shown = record(|| shown().unwrap_or_default());
    assert_eq!(body(&shown), fmt::Error.to_string());
    assert_eq!(attribute(&shown, "error"), text(&fmt::Error.to_string()));
    let debugged = record(|| debugged().unwrap_or_default());
    assert_eq!(body(&debugged), "Error");
    assert_eq!(debugged.severity_text(), Some("WARN"));
    assert_eq!(record(|| info!(error = "x", order = 7)).body(), None);
}

#[test]
fn no_record_stands_beside_the_version_of_another_crate() {
    let shipped = shipped_with(Ship::new(), || info!("a"));
    assert_eq!(shipped.scope_versions(), [None]);
    let ship = Ship::new().with_version_of("shop", "1.2.3");
    let shipped = shipped_with(ship, || {
        info!(target: "shop", "a");
        info!(target: "shop::cart", "b");
        info!(target: "shopping", "c");
        info!("d");
    });
    let known = Some("1.2.3".to_owned());
    assert_eq!(shipped.scope_versions(), [known.clone(), known, None, None]);
}

#[test]
fn a_field_event_name_names_the_event_and_is_no_attribute() {
    let name = String::from("order.placed");
    for shipped in [
        record(|| info!(event.name = "order.placed", order = 7)),
        record(|| info!(event.name = %name, order = 7)),
    ] {
        assert_eq!(shipped.event_name(), Some("order.placed"));
        assert_eq!(names(&shipped), ["order"]);
    }
    let long = "x".repeat(129);
    let kept = record(|| info!(event.name = long));
    assert_eq!(kept.event_name(), None);
    assert_eq!(attribute(&kept, "event.name"), text(&long));
    let number = record(|| info!(event.name = 7));
    assert_eq!(attribute(&number, "event.name"), Some(AnyValue::Int(7)));
}
