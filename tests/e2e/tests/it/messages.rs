//! Every message that the code can print has a row in the documentation.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What stands before the text of a message.
const MARKERS: [&str; 8] = [
    "warn(format_args!(",
    "info(format_args!(",
    "to_stderr(format_args!(",
    "tracing::warn!(",
    " warn!(",
    " info!(",
    "problem = format!(",
    "problems.push(format!(",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sources below a folder, without tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// The first literal of a macro's arguments that is its text: not the target.
fn literal(arguments: &str) -> Option<String> {
    let arguments = arguments.trim_start();
    let arguments = match arguments.strip_prefix("target:") {
        Some(rest) => rest.split_once(',')?.1.trim_start(),
        None => arguments,
    };
    let text = arguments.strip_prefix('"')?;
    let end = text
        .match_indices('"')
        .find(|(at, _)| !text[..*at].ends_with('\\'))?
        .0;
    let lines = text[..end].split("\\\n").map(str::trim_start);
    Some(lines.collect::<String>().replace("\\\"", "\""))
}

/// The longest piece of a message that is always the same, up to its cure.
fn fixed(message: &str) -> String {
    let said = message.split(';').next().unwrap_or(message);
    let pieces = said.split(['{', '}']).step_by(2);
    let pieces = pieces.flat_map(|piece| piece.split([':', '(', ')', '"']));
    let longest = pieces.map(str::trim).max_by_key(|piece| piece.len());
    longest.unwrap_or_default().trim_end_matches(',').to_owned()
}

#[test]
fn every_message_of_the_source_has_a_row_in_troubleshooting() {
    let text = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        // The collector is a program of its own, and its README tells of it.
        if !folder.ends_with("otelier-collector") && !folder.ends_with("otelier-testing") {
            sources(&folder.join("src"), &mut files);
        }
    }
    let mut seen = 0;
    let mut missing = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let (source, _) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
        let code: Vec<&str> = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let code = code.join("\n");
        for marker in MARKERS {
            for arguments in code.split(marker).skip(1) {
                let Some(message) = literal(arguments) else {
                    continue;
                };
                let fixed = fixed(&message);
                // Passes on what another place says.
                if !fixed.contains(' ') {
                    continue;
                }
                seen += 1;
                if !rows.iter().any(|row| row.contains(&fixed)) {
                    missing.push(format!("{fixed:?} of {message:?} in {}", file.display()));
                }
            }
        }
    }
    assert!(seen > 15, "{seen}");
    assert!(missing.is_empty(), "{missing:#?}");
}

/// All `.rs` files below a folder.
fn everything(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn the_tests_that_migration_names_exist() {
    let text = fs::read_to_string(root().join("docs/migration.md")).unwrap();
    let (_, section) = text.split_once("## What users of other crates").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|row| row.split(" | ").nth(1));
    let names: Vec<_> = rows
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(names.len() > 8);
    let mut code = String::new();
    everything(&root().join("tests/e2e/tests"), &mut code);
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let tests = entry.unwrap().path().join("tests");
        if tests.is_dir() {
            everything(&tests, &mut code);
        }
    }
    for name in names {
        assert!(code.contains(&format!("fn {name}()")), "{name}");
    }
}

#[test]
fn a_request_without_a_span_is_explained() {
    let text = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let (_, section) = text.split_once("## A request leaves no span").unwrap();
    for word in [
        "with_excluded",
        "OTEL_TRACES_SAMPLER",
        "traceparent",
        "instrument",
    ] {
        assert!(section.contains(word), "{word}");
    }
}
