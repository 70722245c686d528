use opentelemetry::logs::AnyValue;
use otelier_logs::Ship;
use tracing::{debug_span, field, info, info_span};

use crate::shipped::{attribute, names, shipped_with, text};

fn with_fields() -> Ship {
    Ship::new().with_span_fields(["tenant", "order", "type"])
}

#[test]
fn fields_of_spans_are_not_copied_unless_asked_for() {
    let shipped = shipped_with(Ship::new(), || {
        info_span!("request", tenant = "a").in_scope(|| info!("x"));
    });
    assert_eq!(names(&shipped.only()), Vec::<String>::new());
}

#[test]
fn listed_fields_of_all_spans_around_are_copied_with_their_types() {
    let shipped = shipped_with(with_fields(), || {
        let request = info_span!("request", tenant = "a", secret = "s", r#type = 1.5);
        let _request = request.enter();
        info_span!("step", order = 7).in_scope(|| info!("x"));
    });
    let record = shipped.only();
    assert_eq!(attribute(&record, "tenant"), text("a"));
    assert_eq!(attribute(&record, "order"), Some(AnyValue::Int(7)));
    assert_eq!(attribute(&record, "type"), Some(AnyValue::Double(1.5)));
    assert_eq!(attribute(&record, "secret"), None);
}

#[test]
fn the_innermost_value_counts_and_the_events_own_before_all() {
    let shipped = shipped_with(with_fields(), || {
        let outer = info_span!("outer", tenant = "a", order = 1);
        let _outer = outer.enter();
        info_span!("inner", tenant = "b", order = 2).in_scope(|| info!(order = 3, "x"));
    });
    let record = shipped.only();
    assert_eq!(attribute(&record, "tenant"), text("b"));
    assert_eq!(attribute(&record, "order"), Some(AnyValue::Int(3)));
}

#[test]
fn what_is_recorded_later_is_copied_from_then_on() {
    let shipped = shipped_with(with_fields(), || {
        let span = info_span!("request", tenant = field::Empty, order = 1);
        let _guard = span.enter();
        info!("a");
        span.record("tenant", "late");
        span.record("order", 2);
        info!("b");
    });
    let records = shipped.records();
    assert_eq!(attribute(&records[0], "tenant"), None);
    assert_eq!(attribute(&records[1], "tenant"), text("late"));
    assert_eq!(attribute(&records[1], "order"), Some(AnyValue::Int(2)));
}

#[test]
fn a_span_below_the_shipped_level_gives_nothing() {
    let shipped = shipped_with(with_fields(), || {
        debug_span!("detail", tenant = "a").in_scope(|| info!("x"));
    });
    assert_eq!(names(&shipped.only()), Vec::<String>::new());
}
