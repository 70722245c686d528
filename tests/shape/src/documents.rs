//! What rustdoc tells of each published crate, as JSON.

use std::{cell::OnceCell, fs, iter};

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
        let made = document(self.workspace, |_| true, Some("otel"))?;
        Ok(self.recording.get_or_init(|| made))
    }

    /// Of those that have the feature `otel`, without it.
    pub(crate) fn silent(&self) -> anyhow::Result<Vec<Document<'a>>> {
        document(self.workspace, Package::has_switch, None)
    }
}

/// Documents the packages that are asked for, each with one more feature.
fn document<'a>(
    workspace: &'a Workspace,
    is_asked: impl Fn(&Package) -> bool,
    feature: Option<&str>,
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
    // Whose tests ask for more of itself is documented alone, by the features' names:
    // of `package/feature` cargo takes the package for the one that the tests ask for.
    let (alone, together): (Vec<&Package>, _) =
        packages.iter().partition(|package| package.asks_itself);
    for group in iter::once(&*together).chain(alone.chunks(1)) {
        let mut features = Vec::new();
        for package in group {
            let with_switch = feature.filter(|_| package.has_switch());
            for name in package.silent_features().chain(with_switch) {
                features.push(match package.asks_itself {
                    true => name.to_owned(),
                    false => format!("{}/{name}", package.name),
                });
            }
        }
        let mut command = cargo();
        command
            .args(["doc", "--quiet", "--locked", "--no-deps", "--lib"])
            .arg("--target-dir")
            .arg(&target)
            .args(["--no-default-features", "--features", &features.join(" ")])
            .args(group.iter().flat_map(|package| ["-p", &package.name]))
            .current_dir(&workspace.root)
            .env("RUSTC_BOOTSTRAP", "1")
            .env(
                "RUSTDOCFLAGS",
                "-Zunstable-options --output-format=json --cap-lints=allow",
            );
        ensure!(command.status()?.success(), "cargo doc failed");
    }
    let read = |package: &'a Package| {
        let file = folder.join(format!("{}.json", package.name.replace('-', "_")));
        let text = fs::read(&file).with_context(|| file.display().to_string())?;
        let json = serde_json::from_slice(&text)?;
        Ok(Document { package, json })
    };
    packages.into_iter().map(read).collect()
}
