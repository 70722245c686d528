//! The table of variables and what is really read.

use std::{cell::RefCell, collections::BTreeSet};

use super::{Config, Defaults, ON};
use crate::imp::config::variables::{VARIABLES, Variable, markdown};

/// The names that are asked for while these are set.
fn asked(variables: &[(&str, &str)]) -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::from_env(&lookup, &Defaults::default());
    names.into_inner()
}

fn listed() -> BTreeSet<String> {
    VARIABLES.iter().flat_map(Variable::names).collect()
}

#[test]
fn what_is_read_is_in_the_table_and_the_reverse() {
    assert_eq!(asked(&[ON]), listed());
}

#[test]
fn no_other_name_is_read_whatever_is_set() {
    let listed = listed();
    for name in &listed {
        let others: Vec<_> = asked(&[ON, (name, "1")])
            .difference(&listed)
            .cloned()
            .collect();
        assert_eq!(others, [""; 0], "{name}");
    }
}

#[test]
fn no_variable_is_listed_twice() {
    let names: Vec<_> = VARIABLES.iter().flat_map(Variable::names).collect();
    assert_eq!(names.len(), listed().len());
}

#[test]
fn nothing_but_the_switch_is_read_when_it_is_off() {
    let switch: Vec<_> = asked(&[]).into_iter().collect();
    assert_eq!(
        switch,
        [
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_LOGS_EXPORTER",
            "OTEL_METRICS_EXPORTER",
            "OTEL_SDK_DISABLED",
            "OTEL_TRACES_EXPORTER",
        ]
    );
    assert_eq!(asked(&[("OTEL_SDK_DISABLED", "true")]).len(), 1);
}

#[test]
fn the_documentation_holds_the_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let document = std::fs::read_to_string(file).unwrap();
    for line in markdown().lines() {
        assert!(
            document.contains(line),
            "missing or old in docs/configuration.md: {line}"
        );
    }
    let documented = document.lines().filter(|line| line.starts_with("| `"));
    let rows = documented
        .filter(|line| line.matches('|').count() == 5)
        .count();
    assert_eq!(
        rows,
        VARIABLES.len(),
        "docs/configuration.md has other variables"
    );
}

#[test]
fn the_table_of_the_documentation_has_a_row_for_each() {
    let table = markdown();
    assert_eq!(table.lines().count(), VARIABLES.len() + 2);
    assert!(table.lines().all(|line| line.matches('|').count() == 5));
}
