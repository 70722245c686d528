//! Every message that the code can print has a row in the documentation.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What stands before the text of a message.
const MARKERS: [&str; 12] = [
    "warn(format_args!(",
    "info(format_args!(",
    "to_stderr(format_args!(",
    "tracing::warn!(",
    " warn!(",
    " info!(",
    "problem = format!(",
    "problems.push(format!(",
    "message = format!(",
    "text = format!(",
    ".problem(",
    "sdk.warn(",
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

/// The text among the arguments of a macro or a function.
fn literal(arguments: &str) -> Option<String> {
    let arguments = arguments.trim_start();
    let arguments = match arguments.strip_prefix("target:") {
        Some(rest) => rest.split_once(',')?.1,
        None => arguments,
    };
    let (arguments, _) = arguments.split_once(");").unwrap_or((arguments, ""));
    let (_, text) = arguments.split_once('"')?;
    let mut quotes = text.match_indices('"');
    let (end, _) = quotes.find(|(at, _)| !text[..*at].ends_with('\\'))?;
    let lines = text[..end].split("\\\n").enumerate();
    let lines = lines.map(|(line, text)| if line == 0 { text } else { text.trim_start() });
    Some(lines.collect::<String>().replace('`', ""))
}

/// The first words of a message, before its cure, that are always the same.
fn fixed(message: &str) -> Option<String> {
    let said = message.split(';').next().unwrap_or(message);
    let mut pieces = Vec::new();
    for (at, part) in said.split(['{', '}']).enumerate() {
        // What stands in braces may be anything.
        if at % 2 == 0 {
            pieces.extend(part.split([':', '(', ')', ',', '"', '\\']).map(str::trim));
        }
    }
    let spaces = |piece: &&&str| piece.matches(' ').count();
    let told = pieces.iter().find(|piece| spaces(piece) > 1);
    let told = told.or_else(|| {
        pieces
            .iter()
            .filter(|piece| spaces(piece) > 0)
            .max_by_key(|it| it.len())
    });
    told.map(|piece| (*piece).to_owned())
}

#[test]
fn every_message_of_the_source_has_a_row_in_troubleshooting() {
    let text = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<String> = rows.map(|row| row.replace('`', "")).collect();
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
        let code = code
            .join("\n")
            .replace("=\n                format!(", "= format!(");
        for marker in MARKERS {
            for arguments in code.split(marker).skip(1) {
                let Some(message) = literal(arguments) else {
                    continue;
                };
                // Else it passes on what another place says.
                let Some(fixed) = fixed(&message) else {
                    continue;
                };
                seen += 1;
                if !rows.iter().any(|row| row.contains(&fixed)) {
                    missing.push(format!("{fixed:?} of {message:?} in {}", file.display()));
                }
            }
        }
    }
    assert!(seen > 30, "{seen}");
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
