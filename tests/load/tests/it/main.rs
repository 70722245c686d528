//! The short forms: a few seconds of each, on any machine.

use std::process::Command;

fn run(arguments: &[&str]) {
    let load = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(arguments)
        .output();
    let load = load.unwrap();
    let told = String::from_utf8_lossy(&load.stdout);
    let wrong = String::from_utf8_lossy(&load.stderr);
    assert!(load.status.success(), "{told}\n{wrong}");
}

#[test]
fn under_load_nothing_is_lost_and_every_span_has_its_parent() {
    run(&["soak", "--short"]);
}

#[test]
fn no_fault_costs_more_than_is_expected_of_it() {
    run(&["faults", "--short"]);
}
