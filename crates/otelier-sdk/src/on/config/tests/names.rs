//! The table of variables and what is really read.

use std::{cell::RefCell, collections::BTreeSet};

use super::{Config, ON, nameless, read_on, said};
use crate::variables::{DOCTOR, Form, Scope, Unset, VARIABLES, Variable};

/// The names that are asked for while these are set.
fn asked(variables: &[(&str, &str)]) -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::from_env(&lookup, &nameless());
    names.into_inner()
}

/// The rows that are for telemetry: console and doctor are there without it.
fn read() -> impl Iterator<Item = &'static Variable> {
    let rows = VARIABLES.iter().filter(|row| row.name != DOCTOR.name);
    rows.filter(|row| row.scope != Scope::Console)
}

fn listed() -> BTreeSet<String> {
    read()
        .flat_map(Variable::names)
        .map(str::to_owned)
        .collect()
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
    let different: BTreeSet<_> = names.iter().collect();
    assert_eq!(names.len(), different.len());
}

#[test]
fn nothing_but_the_switch_and_what_passes_through_is_read_when_it_is_off() {
    let switch: Vec<_> = asked(&[]).into_iter().collect();
    assert_eq!(
        switch,
        [
            "DD_AGENT_HOST",
            "DD_TRACE_AGENT_PORT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_LOGS_EXPORTER",
            "OTEL_METRICS_EXPORTER",
            "OTEL_PROPAGATORS",
            "OTEL_SDK_DISABLED",
            "OTEL_TRACES_EXPORTER",
        ]
    );
    let disabled = asked(&[("OTEL_SDK_DISABLED", "true")]);
    // What decides whether to export, and what to say of that, is decided already.
    let decided = |name: &&String| name.ends_with("_EXPORTER") || name.starts_with("DD_");
    let unread = switch.iter().filter(decided);
    let read = |name: &String| disabled.contains(name);
    assert_eq!(disabled.len(), switch.len() - unread.clone().count());
    assert!(!unread.into_iter().any(read));
}

/// What is set for the variable to be read at all.
fn conditions(name: &str) -> Vec<(&str, &str)> {
    match name {
        "OTEL_TRACES_SAMPLER_ARG" => vec![("OTEL_TRACES_SAMPLER", "traceidratio")],
        _ => Vec::new(),
    }
}

#[test]
fn a_variable_that_is_set_to_its_default_changes_nothing() {
    let own = |row: &&Variable| matches!(row.default, Unset::Value(_) | Unset::Number(_));
    for variable in read().filter(own) {
        let default = variable.default.to_string();
        let mut set = conditions(variable.name);
        let mut unset = read_on(&set);
        // It tells that somebody says so, which code cannot change then.
        unset.is_sampler_set |= variable.name == "OTEL_TRACES_SAMPLER";
        set.push((variable.name, &default));
        let set = format!("{:?}", read_on(&set));
        assert_eq!(set, format!("{unset:?}"), "{}={default}", variable.name);
    }
}

#[test]
fn what_a_variable_cannot_hold_is_told_with_what_is_used() {
    for variable in read() {
        let mut set = conditions(variable.name);
        set.push((variable.name, "?"));
        let default = variable.default;
        let otherwise = match (variable.form, default) {
            (Form::Flag, _) => format!("; taken as {default}"),
            (Form::Text | Form::Headers | Form::Hint(_), _) => continue,
            (Form::Ignored(_), _) | (_, Unset::Of(_)) => "; ignored".to_owned(),
            _ => format!("; using {default}"),
        };
        let told = said(&read_on(&set));
        let line = told.lines().find(|line| line.starts_with(variable.name));
        assert!(line.expect(variable.name).ends_with(&otherwise), "{told}");
    }
}
