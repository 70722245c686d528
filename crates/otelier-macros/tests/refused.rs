//! What the compiler says to who puts the attribute where it cannot stand.
#![cfg(test)]

#[test]
fn what_cannot_be_traced_is_refused_with_what_to_do_instead() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
