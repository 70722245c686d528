//! What the table of variables says of other crates' defaults is so.

use otelier_logs::{Format, LogFile, console_filter};
use otelier_sdk::variables::{
    CONSOLE, Form, LOG_FILE_BACKUPS, LOG_FILE_MAX_BYTES, LOG_FILE_MAX_HOURS,
    RUNTIME_STALL_THRESHOLD, RUST_LOG,
};

use super::Options;

#[test]
fn the_table_says_what_the_console_and_the_file_do_by_default() {
    let Form::Words(words) = CONSOLE.form else {
        panic!("{CONSOLE:?}");
    };
    let default = Options::default().format;
    let mut words = words.iter();
    let word = words.find(|word| word.parse::<Format>().ok() == default);
    let told = CONSOLE.default.to_string();
    assert!(told.starts_with(&format!("`{}`", word.unwrap())), "{told}");
    let (filter, _) = console_filter(None);
    assert_eq!(RUST_LOG.default.to_string(), filter.to_string());

    assert_eq!(LOG_FILE_MAX_BYTES.number(), LogFile::MAX_BYTES);
    assert_eq!(LOG_FILE_BACKUPS.number(), LogFile::BACKUPS as u64);
    let hours = LogFile::MAX_AGE.as_secs() / 3600;
    assert_eq!(LOG_FILE_MAX_HOURS.number(), hours);
}

#[test]
fn the_table_knows_the_watchdog_s_default() {
    let default = otelier_runtime::Options::default().stall_threshold();
    let default = default.expect("a watchdog").as_millis();
    let told = RUNTIME_STALL_THRESHOLD.default.to_string();
    assert_eq!(told, format!("what code says, or {default}"));
}
