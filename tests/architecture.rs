//! Holds the layering of `ARCHITECTURE.md`: modules import downwards only, pure layers stay pure, files stay small.
#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "a test that cannot go on shall fail loudly")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Layers from the bottom to the top. Two of one rank do not know each other.
const LAYERS: [(&str, u8, Purity); 13] = [
    ("domain", 0, Purity::Pure),
    ("clock", 1, Purity::Impure),
    ("config", 2, Purity::Impure),
    ("ledger", 3, Purity::Impure),
    ("policy", 3, Purity::Impure),
    ("sim", 3, Purity::Impure),
    ("sources", 3, Purity::Impure),
    ("runbook", 4, Purity::Impure),
    ("app", 5, Purity::Pure),
    ("tui", 6, Purity::Pure),
    ("shell", 7, Purity::Impure),
    ("cli", 8, Purity::Impure),
    ("main", 9, Purity::Impure),
];

#[derive(Clone, Copy, PartialEq)]
enum Purity {
    Pure,
    Impure,
}

/// What a pure layer may not name: paths of the outside world, of clocks, and of a terminal.
const IMPURE: [&[&str]; 19] = [
    &["tokio"],
    &["reqwest"],
    &["crossterm"],
    &["rustix"],
    &["axum"],
    &["kube_client"],
    &["notify"],
    &["tracing_appender"],
    &["fastrand"],
    &["rusqlite"],
    &["postgres"],
    &["ssh_agent_lib"],
    &["std", "fs"],
    &["std", "env"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
];

/// Calls that read a clock.
const CLOCKS: [&[&str]; 3] = [&["Utc", "now"], &["Local", "now"], &["Instant", "now"]];

const MOST_LINES: usize = 600;

struct Source {
    path: PathBuf,
    layer: (&'static str, u8, Purity),
    /// Modules from the crate's root to this file.
    module: Vec<String>,
    text: String,
}

#[test]
fn modules_import_downwards_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        for path in paths(&source) {
            let Some(named) = LAYERS.iter().find(|(name, ..)| path.first().is_some_and(|first| first == name)) else {
                continue;
            };
            let (name, rank, purity) = source.layer;
            if named.0 != name && (named.1 >= rank || (purity == Purity::Pure && named.2 == Purity::Impure)) {
                wrong.push(format!("{}: {name} may not name {}", source.path.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn pure_layers_name_nothing_of_the_outside() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.layer.2 == Purity::Pure) {
        for path in all_paths(&source.text) {
            let begins =
                |banned: &&&[&str]| path.len() >= banned.len() && path.iter().zip(banned.iter()).all(|(a, b)| a == b);
            let ends = |banned: &&&[&str]| {
                path.len() >= banned.len() && path.iter().rev().zip(banned.iter().rev()).all(|(a, b)| a == b)
            };
            if IMPURE.iter().any(|banned| begins(&banned)) || CLOCKS.iter().any(|banned| ends(&banned)) {
                wrong.push(format!("{} names {}", source.path.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_file_is_about_one_idea() {
    let long: Vec<String> = sources()
        .iter()
        .map(|source| (source.text.lines().count(), source))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .map(|(lines, source)| format!("{}: {lines} lines, at most {MOST_LINES}", source.path.display()))
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_is_about() {
    let silent: Vec<String> = sources()
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no leading //! line in\n{}", silent.join("\n"));
}

#[test]
fn no_file_is_a_drawer_for_odds_and_ends() {
    for source in sources() {
        for name in ["util", "utils", "helper", "helpers", "misc", "common", "manager"] {
            assert!(!source.module.iter().any(|module| module == name), "{} is no noun", source.path.display());
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 20, "the sources were not found in {}", root.display());
    files
        .into_iter()
        .filter(|path| !path.ends_with("src/lib.rs"))
        .map(|path| {
            let inner = path.strip_prefix(&root).expect("below src").with_extension("");
            let mut module: Vec<String> = inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if module.last().is_some_and(|last| last == "mod") {
                module.pop();
            }
            let top = module.first().cloned().unwrap_or_default();
            let layer = *LAYERS.iter().find(|(name, ..)| *name == top).unwrap_or_else(|| {
                panic!("src/{top} is in no layer: give it a place in ARCHITECTURE.md and in this test")
            });
            let text = fs::read_to_string(&path).expect("readable");
            Source { path: Path::new("src").join(path.strip_prefix(&root).expect("below src")), layer, module, text }
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Paths that begin at the crate's root, as module paths from there: `crate::a::b`, `warroom::a::b` and `super::…` resolved.
fn paths(source: &Source) -> Vec<Vec<String>> {
    all_paths(&source.text)
        .into_iter()
        .filter_map(|path| match path.first().map(String::as_str) {
            Some("crate" | "warroom") => Some(path.into_iter().skip(1).collect()),
            Some("super") => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let depth = source.module.len().checked_sub(ups)?;
                let base = source.module.iter().take(depth).cloned();
                Some(base.chain(path.into_iter().skip(ups)).collect())
            }
            _ => None,
        })
        .collect()
}

/// Every path in the text, with the trees of `use` written out. Comments and strings are no paths.
fn all_paths(text: &str) -> Vec<Vec<String>> {
    let stream: TokenStream = text.parse().expect("Rust");
    let mut found = Vec::new();
    collect(stream, &[], &mut found);
    found
}

fn collect(stream: TokenStream, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let mut path: Vec<String> = prefix.to_vec();
    let mut colons = 2;
    for token in stream {
        match token {
            TokenTree::Ident(ident) => {
                if colons < 2 {
                    finish(&mut path, prefix, found);
                }
                path.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                let of_a_use = colons == 2 && group.delimiter() == Delimiter::Brace && path.len() > prefix.len();
                let inner: Vec<String> = if of_a_use { path.clone() } else { Vec::new() };
                finish(&mut path, prefix, found);
                collect(group.stream(), &inner, found);
                colons = 2;
            }
            _ => {
                finish(&mut path, prefix, found);
                colons = 2;
            }
        }
    }
    finish(&mut path, prefix, found);
}

fn finish(path: &mut Vec<String>, prefix: &[String], found: &mut Vec<Vec<String>>) {
    if path.len() > prefix.len() {
        found.push(path.clone());
    }
    path.clear();
    path.extend_from_slice(prefix);
}
