//! Whether the files of a crate name each other in circles.
//!
//! A file names another where a path in it, or an import, leads to something that
//! the other defines. An import out of a module that only hands on leads to where
//! the thing is defined. Tests are left out: they name what they please.

mod graph;
mod modules;
mod tokens;

use self::modules::Modules;
use crate::{Report, workspace::Workspace};

pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for package in &workspace.packages {
        let root = package.folder.join("src/lib.rs");
        if !package.is_published || !root.exists() {
            continue;
        }
        let modules = Modules::read(&root)?;
        let arrows = modules.arrows();
        let circles = graph::circles(modules.files.len(), &arrows);
        let (name, files, count) = (&package.name, modules.files.len(), circles.len());
        let line = format!(
            "{name}: {files} files, {} arrows, {count} circles",
            arrows.len()
        );
        match circles.is_empty() {
            true => report.say(line),
            false => report.fail(line),
        }
        for circle in &circles {
            let inside = |file: &usize| circle.contains(file);
            let arrows = arrows
                .iter()
                .filter(|(from, to)| inside(from) && inside(to));
            for (from, to) in arrows {
                report.say(format!(
                    "    {} -> {}",
                    modules.files[*from], modules.files[*to]
                ));
            }
        }
    }
    Ok(report)
}
