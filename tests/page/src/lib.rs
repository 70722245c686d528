//! The tests of this crate look at the collector's page in a real browser.
