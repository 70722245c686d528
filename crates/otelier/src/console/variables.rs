//! The console's variables, as the documentation describes them.

use otelier_logs::{Format, LogFile, console_filter};

use super::{
    DIRECTIVES, FORMAT, Options,
    file::{BACKUPS, FILE, MAX_BYTES, MAX_HOURS},
};
use crate::limit::LINES;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
const BEGIN: &str = "<!-- The console's own table: `just configuration` writes it. -->";
const END: &str = "<!-- The end of the console's table. -->";

fn markdown() -> String {
    let mut table = String::from("| Variable | Default | Meaning |\n|---|---|---|\n");
    let (filter, _) = console_filter(None);
    let hours = LogFile::MAX_AGE.as_secs() / 3600;
    for (name, default, meaning) in [
        (
            FORMAT,
            format!("`{}`, or what code says", format()),
            "`text`, `json` or `off`.",
        ),
        (
            DIRECTIVES,
            format!("`{filter}`"),
            "What is printed, as `target=level` directives. What is shipped does not depend on it.",
        ),
        (
            LINES,
            "what code says, or none".to_owned(),
            "The lines that one target may have in a second: on the console, in the file and among the records shipped, each counted by itself, and errors beside the others. How many were left out is told at most once a minute. `0` is no limit.",
        ),
        (
            "NO_COLOR",
            String::new(),
            "Anything: text is not coloured on a terminal either.",
        ),
        (
            FILE,
            "what code says".to_owned(),
            "With the feature `file`: a file that lines are written to as well, as JSON whatever the console's format, with the same ids. Its directory must exist.",
        ),
        (
            MAX_BYTES,
            format!("`{}`", LogFile::MAX_BYTES),
            "The file is rotated before it gets larger: `shop.log` becomes `shop.log.1`, that one `shop.log.2`, ..",
        ),
        (
            MAX_HOURS,
            format!("`{hours}`"),
            "The file is rotated when it is that old.",
        ),
        (
            BACKUPS,
            format!("`{}`", LogFile::BACKUPS),
            "Rotated files that are kept, at least 1.",
        ),
    ] {
        table.push_str(&format!("| `{name}` | {default} | {meaning} |\n"));
    }
    table
}

/// The word for the format of a console that nobody said anything about.
fn format() -> &'static str {
    let default = Options::default().format;
    let mut words = ["text", "json", "off"].into_iter();
    let found = words.find(|word| word.parse::<Format>().ok() == default);
    found.expect("a word for each format")
}

/// The document as it is, and as it is to be.
fn document() -> (String, String) {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect(BEGIN);
    let (_, after) = rest.split_once(END).expect(END);
    let wanted = format!("{before}{BEGIN}\n{}{END}{after}", markdown());
    (document, wanted)
}

#[test]
fn the_documentation_holds_the_table() {
    let (found, wanted) = document();
    assert!(
        found == wanted,
        "docs/configuration.md differs from the console's variables: run `just configuration`"
    );
}

#[test]
#[ignore = "writes docs/configuration.md, for `just configuration`"]
fn write_the_table_into_the_documentation() {
    let (_, wanted) = document();
    std::fs::write(DOCUMENT, wanted).unwrap();
}

#[test]
fn the_documentation_knows_the_watchdog_s_default() {
    let (document, _) = document();
    let default = otelier_runtime::Options::default().stall_threshold();
    let default = default.expect("a watchdog").as_millis();
    let row = format!("| `OTELIER_RUNTIME_STALL_THRESHOLD` | all | what code says, or {default} |");
    assert!(document.contains(&row), "{row}");
}
