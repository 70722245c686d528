//! The versions in the documentation are those that the tree asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// What the workflow compiles for.
const TARGETS: [&str; 3] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

type Version = (u32, u32);

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--locked", "--color=never", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn version(text: &str) -> Version {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap_or(0))
}

fn packages() -> Vec<Value> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version=1"])).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn is_ours(package: &Value) -> bool {
    package["source"].is_null()
}

/// The Rust that others' packages ask for, by `name vVersion`.
fn asked(packages: &[Value]) -> BTreeMap<String, Version> {
    let others = packages.iter().filter(|package| !is_ours(package));
    let asked = others.filter_map(|package| {
        let rust = version(package["rust_version"].as_str()?);
        let (name, of) = (package["name"].as_str()?, package["version"].as_str()?);
        Some((format!("{name} v{of}"), rust))
    });
    asked.collect()
}

/// What a tree with these features of the facade holds, by `name vVersion`.
fn tree(features: &str) -> BTreeSet<String> {
    let features = format!("--features={features}");
    let mut arguments = vec!["tree", "--package=otelier", "--no-default-features"];
    arguments.extend([
        &*features,
        "--edges=normal,build",
        "--prefix=none",
        "--no-dedupe",
    ]);
    arguments.push("--format={p}");
    for target in TARGETS {
        arguments.extend(["--target", target]);
    }
    let tree = cargo(&arguments);
    let lines = tree.lines();
    let named = lines.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    named.collect()
}

/// The largest of what it asks for.
fn oldest(features: &str, asked: &BTreeMap<String, Version>) -> Version {
    let named = tree(features);
    let found = named.iter().filter_map(|name| asked.get(name));
    found.copied().max().unwrap()
}

#[test]
fn a_service_exports_without_prost_unless_it_asks_for_the_stock_exporter() {
    const STOCK: [&str; 4] = [
        "prost",
        "opentelemetry-proto",
        "opentelemetry-http",
        "opentelemetry-otlp",
    ];
    let found = |features: &str| {
        let tree = tree(features);
        let has = |name: &&&str| tree.iter().any(|it| it.split(' ').next() == Some(**name));
        STOCK.iter().filter(has).count()
    };
    let all = "otel,apalis,axum,console,file,jobs,layer,logs,migrate,mysql,postgres,reqwest,runtime,sqlite";
    assert_eq!(found(all), 0);
    assert_eq!(found("otel,stock"), STOCK.len());
}

#[test]
fn the_table_of_rust_versions_is_what_each_feature_s_tree_asks_for() {
    let packages = packages();
    let asked = asked(&packages);
    let facade = packages
        .iter()
        .find(|package| package["name"] == "otelier")
        .unwrap();
    let features = facade["features"].as_object().unwrap().keys();
    let text = read("docs/getting-started.md");
    let mut wrong = String::new();
    for feature in features.filter(|feature| !["default", "otel"].contains(&feature.as_str())) {
        let without = oldest(feature, &asked);
        let with = oldest(&format!("{feature},otel"), &asked);
        let row = format!(
            "| `{feature}` | {}.{} | {}.{} |\n",
            without.0, without.1, with.0, with.1
        );
        if !text.contains(&row) {
            wrong.push_str(&row);
        }
    }
    assert!(wrong.is_empty(), "docs/getting-started.md lacks\n{wrong}");
}

#[test]
fn one_rust_version_holds_for_all_crates_and_suffices_for_each() {
    let packages = packages();
    let declared: BTreeSet<_> = packages
        .iter()
        .filter(|package| is_ours(package))
        .map(|package| package["rust_version"].as_str())
        .collect();
    let [Some(declared)] = declared.into_iter().collect::<Vec<_>>()[..] else {
        panic!("not one version");
    };
    // sqlx is the youngest, and why it is this one.
    let needed = oldest("otel,postgres,mysql,sqlite,migrate", &asked(&packages));
    assert_eq!(version(declared), needed);
    for (file, said) in [
        ("README.md", format!("Rust {declared}")),
        ("docs/getting-started.md", format!("| Rust | {declared} |")),
        (".github/workflows/ci.yml", format!("rust: \"{declared}\"")),
    ] {
        assert!(read(file).contains(&said), "{file}: {said}");
    }
}

/// The version of a crate in the workspace's dependencies, as far as `parts` say.
fn depended_on(name: &str, parts: usize) -> String {
    let manifest = read("Cargo.toml");
    let start = format!("{name} = {{ version = \"");
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix(&*start))
        .unwrap();
    let (version, _) = line.split_once('"').unwrap();
    version.split('.').take(parts).collect::<Vec<_>>().join(".")
}

#[test]
fn the_versions_in_the_documents_are_those_that_are_built_on() {
    let crates = [
        ("axum", "axum", 2),
        ("reqwest", "reqwest", 2),
        ("sqlx", "sqlx", 2),
        ("tokio", "tokio", 1),
        ("OpenTelemetry", "opentelemetry", 2),
    ];
    let (readme, started) = (read("README.md"), read("docs/getting-started.md"));
    for (title, name, parts) in crates {
        let version = depended_on(name, parts);
        assert!(
            readme.contains(&format!("{title} {version}")),
            "{title} {version}"
        );
        let row = format!("| {title} | {version} |");
        assert!(started.contains(&row), "{row}");
    }
}

#[test]
fn every_file_that_a_document_points_to_exists() {
    let mut missing = Vec::new();
    let mut documents: Vec<PathBuf> = vec![root().join("README.md"), root().join("SECURITY.md")];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "md") {
            documents.push(path);
        }
    }
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1) {
            let (link, _) = link.split_once(')').unwrap();
            let file = link.split('#').next().unwrap();
            let is_local = !link.contains("://") && !file.is_empty();
            if is_local && !exists(&document, file) {
                missing.push(format!("{link} in {}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn exists(document: &Path, file: &str) -> bool {
    document.parent().unwrap().join(file).exists()
}

/// The names of what a manifest depends on, for each system, but for tests.
fn named(manifest: &str) -> impl Iterator<Item = String> {
    let mut is_listed = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            is_listed = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
            return None;
        }
        let (name, _) = line.split_once(['.', ' ', '=']).filter(|_| is_listed)?;
        let is_name = !name.is_empty() && !name.starts_with(['#', '"', ']']);
        (is_name && !name.starts_with("otelier")).then(|| name.to_owned())
    })
}

#[test]
fn the_table_of_foreign_crates_names_each_that_a_crate_of_ours_depends_on() {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let depended_on: BTreeSet<_> = crates
        .filter_map(|ours| fs::read_to_string(ours.unwrap().path().join("Cargo.toml")).ok())
        .flat_map(|manifest| named(&manifest).collect::<Vec<_>>())
        .collect();
    let text = read("CONTRIBUTING.md");
    let (_, table) = text.split_once("## Crates of others").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows = table.lines().filter_map(|row| row.strip_prefix("| `"));
    let listed: BTreeSet<_> = rows
        .filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect();
    assert_eq!(listed, depended_on);
}
