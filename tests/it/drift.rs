//! What is generated or told twice agrees with the program. `WARROOM_WRITE_DOCS=1` writes the generated pages anew.

use std::{fmt::Write as _, fs, path::Path};

use clap::{CommandFactory as _, Parser as _};
use regex::Regex;
use warroom::{
    app::keymap::{Keymap, Scope, TEXT_KEYS},
    cli::Arguments,
};

const PAGES: [&str; 4] = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page of the project, with its path from the root.
fn pages() -> Vec<(String, String)> {
    let mut paths: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    for folder in ["docs", "docs/adr"] {
        for entry in fs::read_dir(root().join(folder)).expect("the folder of pages") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(root().join(&path)).expect("a page"))).collect()
}

/// The lines of shell blocks that start warroom, as arguments.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut shell = false;
    for line in page.lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            shell = !shell && matches!(fence.trim(), "sh" | "bash" | "shell" | "console");
            continue;
        }
        let line = line.split(" #").next().unwrap_or_default().split(['|', '>', '&', ';']).next().unwrap_or_default();
        let line = line.trim().trim_start_matches("$ ").trim_start_matches("cargo run --release -- ");
        let is_ours = line.starts_with("warroom ") || line == "warroom" || line == "demo";
        if shell && is_ours && !line.contains('…') {
            let words = words(line).into_iter().skip_while(|word| word == "warroom");
            let words: Vec<String> = words.collect();
            commands.push(std::iter::once("warroom".to_owned()).chain(words).collect());
        }
    }
    commands
}

/// The words of a line, as a shell takes them: what is between double quotes is one.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match (c, words.last_mut()) {
            ('"', _) => quoted = !quoted,
            (c, _) if c.is_whitespace() && !quoted => words.push(String::new()),
            (c, Some(word)) => word.push(c),
            (_, None) => {}
        }
    }
    let bare = words.iter().map(|word| word.trim_matches('\'').to_owned());
    bare.filter(|word| !word.is_empty()).collect()
}

#[test]
fn every_command_in_the_pages_is_one_that_the_program_takes() {
    let mut seen = 0;
    for (path, page) in pages() {
        for command in commands(&page) {
            seen += 1;
            if let Err(error) = Arguments::try_parse_from(&command) {
                let shown = matches!(
                    error.kind(),
                    clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
                );
                assert!(shown, "{path}: {}\n{error}", command.join(" "));
            }
        }
    }
    assert!(seen >= 6, "only {seen} commands were found in the pages");
}

#[test]
fn every_link_in_the_pages_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)#\s]+)").expect("a pattern");
    for (path, page) in pages() {
        let folder = root().join(&path).parent().expect("a folder").to_owned();
        for target in link.captures_iter(&page).filter_map(|found| found.get(1)) {
            let target = target.as_str();
            assert!(target.starts_with("https://") || folder.join(target).exists(), "{path} links to {target}");
        }
    }
}

#[test]
fn the_page_of_keys_is_the_keymap() {
    let mut page = String::from(
        "# Keys\n\nGenerated from `src/app/keymap.rs`. Single keys only look; what changes something comes behind \
         a chord prefix. `?` shows the keys of where you are.\n",
    );
    let keymap = Keymap::default();
    for scope in Scope::ALL {
        let _ = write!(page, "\n## {}\n\n| key | does |\n|---|---|\n", scope.title());
        for binding in keymap.bindings(scope) {
            let label = match keymap.keys_label(binding) {
                none if none.is_empty() => format!(":{}", binding.action.name()),
                keys => keys,
            };
            let keys: Vec<String> = label.split(" or ").map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            let _ = writeln!(page, "| {} | {} |", keys.join(", "), binding.action.help());
        }
    }
    page.push_str("\n## Where text is typed\n\n| key | does |\n|---|---|\n");
    for (key, does) in TEXT_KEYS {
        let _ = writeln!(page, "| `{key}` | {does} |");
    }
    agrees("docs/keys.md", &page);
}

#[test]
fn the_page_of_commands_is_the_help() {
    let mut page = String::from("# Commands\n\nGenerated from the program's own help.\n");
    let mut command = Arguments::command().term_width(100);
    command.build();
    describe(&mut command, &mut page);
    agrees("docs/commands.md", &page);
}

fn describe(command: &mut clap::Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help" && !inner.is_hide_set()) {
        describe(inner, page);
    }
}

fn agrees(path: &str, generated: &str) {
    let file = root().join(path);
    if std::env::var_os("WARROOM_WRITE_DOCS").is_some() {
        fs::write(&file, generated).expect("the page can be written");
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == generated, "{path} is old: WARROOM_WRITE_DOCS=1 tests/run drift writes it anew");
}

#[test]
fn the_changelog_speaks_of_this_version_or_the_next() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).expect("the changelog");
    assert!(changelog.contains("## Unreleased") || changelog.contains(env!("CARGO_PKG_VERSION")));
}
