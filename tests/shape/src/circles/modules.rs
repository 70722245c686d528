//! The modules of a crate, and which file names which.

use std::{
    collections::BTreeMap,
    fs, mem,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{
    graph::Arrows,
    tokens::{Token, tokens},
};

/// Imports out of modules that hand on are followed so far.
const FAR: usize = 16;

/// The files of a crate, each a module; a module that has two, one of them chosen
/// by a feature, is both.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// As they are shown: beneath `src`.
    pub(super) files: Vec<String>,
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    parent: Option<usize>,
    children: BTreeMap<String, Vec<usize>>,
    /// What is imported, by the name that it has here.
    imports: BTreeMap<String, Vec<String>>,
    /// Every path in the file.
    paths: Vec<Vec<String>>,
}

impl Modules {
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut modules = Self::default();
        let folder = root.parent().context("a folder")?;
        modules.add(root, folder, folder, None)?;
        Ok(modules)
    }

    /// Adds a file, whose children are in `folder`.
    fn add(
        &mut self,
        file: &Path,
        folder: &Path,
        source: &Path,
        parent: Option<usize>,
    ) -> anyhow::Result<usize> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let read = Reader::read(&tokens(&text));
        let at = self.nodes.len();
        self.files
            .push(file.strip_prefix(source)?.display().to_string());
        self.nodes.push(Node {
            parent,
            imports: read.imports,
            paths: read.paths,
            ..Node::default()
        });
        for Declared {
            name,
            paths,
            is_elsewhere,
        } in read.modules
        {
            let beside = file.parent().context("a folder")?;
            let mut files: Vec<PathBuf> = paths.iter().map(|path| beside.join(path)).collect();
            // One path of two leaves the usual place for the other build.
            if files.len() < 2 && !is_elsewhere {
                let usual = [
                    folder.join(format!("{name}.rs")),
                    folder.join(&name).join("mod.rs"),
                ];
                files.extend(usual.into_iter().filter(|file| file.exists()));
            }
            for file in files {
                let is_folder = file.file_name().is_some_and(|name| name == "mod.rs");
                let below = match (is_folder, paths.is_empty()) {
                    (true, _) | (_, false) => file.parent().context("a folder")?.to_owned(),
                    (false, true) => folder.join(&name),
                };
                let child = self.add(&file, &below, source, Some(at))?;
                self.nodes[at]
                    .children
                    .entry(name.clone())
                    .or_default()
                    .push(child);
            }
        }
        Ok(at)
    }

    /// Which file names which.
    pub(super) fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (from, node) in self.nodes.iter().enumerate() {
            for path in &node.paths {
                let to = self.targets(from, path, FAR);
                arrows.extend(to.into_iter().filter(|to| *to != from).map(|to| (from, to)));
            }
        }
        arrows
    }

    /// The files that define what a path leads to, none if it leads out of the
    /// crate.
    fn targets(&self, from: usize, path: &[String], far: usize) -> Vec<usize> {
        let Some((first, rest)) = path.split_first() else {
            return vec![from];
        };
        let node = &self.nodes[from];
        match first.as_str() {
            "crate" => self.within(0, rest, far),
            "self" => self.within(from, rest, far),
            "super" => node.parent.map_or(Vec::new(), |parent| match rest.first() {
                Some(next) if next == "super" => self.targets(parent, rest, far),
                _ => self.within(parent, rest, far),
            }),
            name if node.children.contains_key(name) => self.within(from, path, far),
            _ => Vec::new(),
        }
    }

    /// The same for a path that begins in a module.
    fn within(&self, at: usize, path: &[String], far: usize) -> Vec<usize> {
        let node = &self.nodes[at];
        let Some((name, rest)) = path.split_first() else {
            return vec![at];
        };
        if let Some(children) = node.children.get(name) {
            let children = children.iter();
            return children
                .flat_map(|child| self.within(*child, rest, far))
                .collect();
        }
        match (node.imports.get(name), far.checked_sub(1)) {
            (Some(import), Some(far)) => {
                let further: Vec<_> = import.iter().chain(rest).cloned().collect();
                self.targets(at, &further, far)
            }
            _ => vec![at],
        }
    }
}

/// A module that has a file.
#[derive(Debug)]
struct Declared {
    name: String,
    /// Where its files are, as far as it is told.
    paths: Vec<String>,
    /// It is in no other place in either build.
    is_elsewhere: bool,
}

/// What a file says.
#[derive(Debug, Default)]
struct Reader {
    modules: Vec<Declared>,
    imports: BTreeMap<String, Vec<String>>,
    paths: Vec<Vec<String>>,
}

impl Reader {
    fn read(tokens: &[Token]) -> Self {
        let mut reader = Self::default();
        reader.block(tokens, 0);
        reader
    }

    /// Reads what is in a file, or in a module within it, `depth` modules deep.
    fn block(&mut self, mut tokens: &[Token], depth: usize) {
        let mut paths = Vec::new();
        let mut is_test = false;
        let mut is_elsewhere = false;
        while let Some(token) = tokens.first() {
            if token.is('#') && tokens.get(1).is_some_and(|next| next.is('[')) {
                let attribute = &tokens[1..=1 + enclosed(&tokens[1..])];
                is_test |= attribute
                    .windows(3)
                    .any(|three| three[0].word() == Some("cfg") && three[2].word() == Some("test"));
                is_elsewhere |= attribute.get(1).and_then(Token::word) == Some("path");
                paths.extend(attribute.windows(3).filter_map(|three| match three {
                    [Token::Word(word), Token::Mark('='), Token::Text(path)] if word == "path" => {
                        Some(path.clone())
                    }
                    _ => None,
                }));
                tokens = &tokens[1 + attribute.len()..];
                continue;
            }
            let length = match token.word() {
                Some("mod") => {
                    let module = Declared {
                        name: String::new(),
                        paths: mem::take(&mut paths),
                        is_elsewhere,
                    };
                    self.module(tokens, module, is_test, depth)
                }
                // `impl Trait + use<T>` imports nothing.
                Some("use") if !tokens.get(1).is_some_and(|next| next.is('<')) => {
                    self.import(tokens, depth)
                }
                Some("pub") => {
                    // The attributes stay with what follows; so does a restriction.
                    let restriction = tokens.get(1).filter(|next| next.is('('));
                    tokens = &tokens[1 + restriction.map_or(0, |_| 1 + enclosed(&tokens[1..]))..];
                    continue;
                }
                Some(_) => self.path(tokens, depth),
                None => 1,
            };
            tokens = &tokens[length..];
            paths.clear();
            is_test = false;
            is_elsewhere = false;
        }
    }

    fn module(
        &mut self,
        tokens: &[Token],
        mut module: Declared,
        is_test: bool,
        depth: usize,
    ) -> usize {
        let Some(name) = tokens.get(1).and_then(Token::word) else {
            return 1;
        };
        match tokens.get(2) {
            Some(Token::Mark(';')) => {
                if !is_test {
                    name.clone_into(&mut module.name);
                    self.modules.push(module);
                }
                3
            }
            Some(Token::Mark('{')) => {
                let end = 2 + enclosed(&tokens[2..]);
                if !is_test {
                    self.block(&tokens[3..end], depth + 1);
                }
                end + 1
            }
            _ => 1,
        }
    }

    fn import(&mut self, tokens: &[Token], depth: usize) -> usize {
        let length = tokens.iter().position(|token| token.is(';'));
        let length = length.unwrap_or(tokens.len());
        self.tree(&tokens[1..length], &[], depth);
        length
    }

    /// Reads `a::{b, c as d, e::*}` behind a prefix.
    fn tree(&mut self, mut tokens: &[Token], prefix: &[String], depth: usize) {
        let mut path = prefix.to_vec();
        loop {
            match tokens {
                [Token::Word(word), Token::Word(alias), Token::Word(name), ..] if alias == "as" => {
                    path.push(word.clone());
                    return self.imported(name.clone(), path, depth);
                }
                [Token::Word(word), rest @ ..] => {
                    // `a::{self}` is `a`.
                    if word != "self" || path.is_empty() {
                        path.push(word.clone());
                    }
                    tokens = rest;
                }
                [Token::Sep, rest @ ..] => tokens = rest,
                [Token::Mark('{'), rest @ ..] => {
                    let inner = &rest[..enclosed(tokens).saturating_sub(1)];
                    for part in parts(inner) {
                        self.tree(part, &path, depth);
                    }
                    return;
                }
                [Token::Mark('*'), ..] => return self.paths.extend(inner_path(path, depth)),
                _ => {
                    if let Some(name) = path.last().cloned() {
                        self.imported(name, path, depth);
                    }
                    return;
                }
            }
        }
    }

    fn imported(&mut self, name: String, path: Vec<String>, depth: usize) {
        if let Some(path) = inner_path(path, depth) {
            self.paths.push(path.clone());
            if depth == 0 {
                self.imports.insert(name, path);
            }
        }
    }

    /// A path in the code, of two words at least.
    fn path(&mut self, tokens: &[Token], depth: usize) -> usize {
        let mut path = Vec::new();
        let mut length = 0;
        while let Some(word) = tokens.get(length).and_then(Token::word) {
            path.push(word.to_owned());
            length += 1;
            match tokens.get(length..length + 2) {
                Some([Token::Sep, Token::Word(_)]) => length += 1,
                _ => break,
            }
        }
        if path.len() > 1 {
            self.paths.extend(inner_path(path, depth));
        }
        length
    }
}

/// A path as the file has it, where it is in a module within the file; `None` if
/// it stays there.
fn inner_path(path: Vec<String>, depth: usize) -> Option<Vec<String>> {
    if depth == 0 || path.first().is_some_and(|first| first == "crate") {
        return Some(path);
    }
    let ups = path.iter().take_while(|word| *word == "super").count();
    (ups >= depth).then(|| {
        let own = std::iter::once("self".to_owned());
        match ups - depth {
            0 => own.chain(path.into_iter().skip(ups)).collect(),
            _ => path.into_iter().skip(depth).collect(),
        }
    })
}

/// Where the bracket that opens first is closed.
fn enclosed(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// What stands between the commas of the outermost level.
fn parts(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_i32;
    let mut split = |token: &Token| {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            _ => {}
        }
        depth == 0 && token.is(',')
    };
    let parts = tokens.split(|token| split(token));
    // Behind the last comma there is none.
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests;
