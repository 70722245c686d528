//! What rustdoc tells of each published crate, as JSON.

use std::{cell::OnceCell, fs};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::workspace::{Package, Workspace, cargo};

/// The example of docs/edges.md, which is not published.
const EXAMPLE: &str = "cache-edge";

/// What each crate offers where telemetry is compiled in; made once, for all checks.
pub(crate) struct Documents<'a> {
    workspace: &'a Workspace,
    recording: OnceCell<Vec<Document<'a>>>,
}

pub(crate) struct Document<'a> {
    pub(crate) package: &'a Package,
    pub(crate) json: Value,
}

impl<'a> Documents<'a> {
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        Self {
            workspace,
            recording: OnceCell::new(),
        }
    }

    /// Of every crate, with the feature `otel` where there is one.
    pub(crate) fn recording(&self) -> anyhow::Result<&[Document<'a>]> {
        if let Some(documents) = self.recording.get() {
            return Ok(documents);
        }
        let made = document(self.workspace, |_| true, "otel")?;
        Ok(self.recording.get_or_init(|| made))
    }

    /// Of those that have the feature `otel`, without it.
    pub(crate) fn silent(&self) -> anyhow::Result<Vec<Document<'a>>> {
        document(self.workspace, Package::has_switch, "")
    }
}

/// Documents the packages that are asked for, each with one more feature.
fn document<'a>(
    workspace: &'a Workspace,
    is_asked: impl Fn(&Package) -> bool,
    feature: &str,
) -> anyhow::Result<Vec<Document<'a>>> {
    let packages = workspace.packages.iter();
    let packages: Vec<_> = packages
        .filter(|package| package.is_published || package.name == EXAMPLE)
        .filter(|package| is_asked(package))
        .collect();
    // Of its own, as a compiler that lets itself be asked for JSON builds all anew.
    let target = workspace.target.join("shape");
    let folder = target.join("doc");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut features = Vec::new();
    for package in &packages {
        features.extend(package.silent_features());
        if !feature.is_empty() && package.has_switch() {
            features.push(format!("{}/{feature}", package.name));
        }
    }
    let mut command = cargo();
    command
        .args(["doc", "--quiet", "--locked", "--no-deps", "--lib"])
        .arg("--target-dir")
        .arg(&target)
        .args(["--no-default-features", "--features", &features.join(" ")])
        .args(packages.iter().flat_map(|package| ["-p", &package.name]))
        .current_dir(&workspace.root)
        .env("RUSTC_BOOTSTRAP", "1")
        .env(
            "RUSTDOCFLAGS",
            "-Zunstable-options --output-format=json --cap-lints=allow",
        );
    ensure!(command.status()?.success(), "cargo doc failed");
    let read = |package: &'a Package| {
        let file = folder.join(format!("{}.json", package.name.replace('-', "_")));
        let text = fs::read(&file).with_context(|| file.display().to_string())?;
        let json = serde_json::from_slice(&text)?;
        Ok(Document { package, json })
    };
    packages.into_iter().map(read).collect()
}
