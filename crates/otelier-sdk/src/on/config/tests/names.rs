//! The table of variables and what is really read.

use std::{cell::RefCell, collections::BTreeSet};

use super::{Config, Defaults, ON, read_on};
use crate::imp::config::variables::{Unset, VARIABLES, Variable, markdown};

const BEGIN: &str = "<!-- The parser's own table: `just configuration` writes it. -->";
const END: &str = "<!-- The end of the parser's table. -->";

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

/// What the parser uses in the place of a value that it cannot read.
fn said(name: &str) -> String {
    let mut set = conditions(name);
    set.push((name, "?"));
    let config = read_on(&set);
    let problem = config.problems.iter().find(|known| known.variable == name);
    let what = &problem.expect(name).what;
    let (_, done) = what.rsplit_once("; ").expect(what);
    let value = done.strip_prefix("using ");
    let value = value.or_else(|| done.strip_prefix("taken as "));
    value.expect(what).to_owned()
}

#[test]
fn a_variable_that_is_set_to_its_default_changes_nothing() {
    for variable in VARIABLES.iter().filter(|row| row.default == Unset::Said) {
        let default = said(variable.name);
        let mut set = conditions(variable.name);
        let unset = format!("{:?}", read_on(&set));
        // Some are no value, but words that tell where it comes from.
        if !default.contains(' ') {
            set.push((variable.name, &default));
            let set = format!("{:?}", read_on(&set));
            assert_eq!(set, unset, "{}={default}", variable.name);
        }
    }
}

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");

/// The document as it is, and as it is to be.
fn document() -> (String, String) {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect(BEGIN);
    let (_, after) = rest.split_once(END).expect(END);
    let wanted = format!("{before}{BEGIN}\n{}{END}{after}", markdown(said));
    (document, wanted)
}

#[test]
fn the_documentation_holds_the_table() {
    let (found, wanted) = document();
    assert!(
        found == wanted,
        "docs/configuration.md differs from the parser's table: run `just configuration`"
    );
}

#[test]
#[ignore = "writes docs/configuration.md, for `just configuration`"]
fn write_the_table_into_the_documentation() {
    let (_, wanted) = document();
    std::fs::write(DOCUMENT, wanted).unwrap();
}
