//! The answer as GitHub Actions shows it: annotations on standard output, and a summary of the step in a file.

use std::{fmt::Write as _, fs::OpenOptions, io, io::Write as _, path::Path};

use super::{
    Gate,
    text::{line, word},
};
use crate::{
    cli::Exit,
    domain::{clean::clean, verdict::reason::Effect},
};

/// The most annotations: GitHub shows ten of a kind for a step.
const MOST: usize = 9;

/// An annotation for the answer, and one for each reason that is in the way.
pub(super) fn annotations(gate: &Gate<'_>) -> String {
    let kind = match gate.exit() {
        Exit::Ok => "notice",
        Exit::No | Exit::Usage | Exit::Unknown => "error",
    };
    let mut lines = vec![format!("::{kind} title=warroom gate::{}", message(&gate.headline()))];
    let in_the_way = gate.verdict.iter().flat_map(|verdict| &verdict.reasons);
    for reason in in_the_way.filter(|reason| reason.effect != Effect::Supports).take(MOST) {
        let kind = if reason.effect == Effect::Waits { "warning" } else { "error" };
        let title = property(&format!("{} {}", word(reason.effect), reason.short));
        lines.push(format!("::{kind} title={title}::{}", message(&line(gate, reason))));
    }
    lines.join("\n")
}

/// Appends the summary to the file at `path`.
pub(super) fn summarise(gate: &Gate<'_>, path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(summary(gate).as_bytes())
}

fn summary(gate: &Gate<'_>) -> String {
    let mut text = format!("### {}\n", markdown(&gate.headline()));
    let Some(verdict) = gate.verdict else { return text };
    text.push_str("\n| | reason | evidence | source |\n|---|---|---|---|\n");
    for reason in &verdict.reasons {
        let source = reason.source.as_deref().unwrap_or("");
        let cells = [word(reason.effect), &reason.text, &reason.evidence, source].map(markdown);
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    let _ = writeln!(text, "\n{}\n", markdown(&verdict.change(gate.model.now)));
    text
}

/// Text from outside as the message of a command.
fn message(text: &str) -> String {
    // No end of a line is left then.
    clean(text).replace('%', "%25")
}

/// Text from outside as a property of a command.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text from outside in a table: no cell ends, no link, no HTML.
fn markdown(text: &str) -> String {
    let mut safe = String::new();
    for c in clean(text).chars() {
        match c {
            '|' | '[' | ']' | '`' | '*' | '_' | '!' | '\\' | '#' => {
                safe.push('\\');
                safe.push(c);
            }
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_makes_no_command_and_no_cell() {
        let told = message("100 %\n::error::x");
        assert!(told.starts_with("100 %25") && !told.contains('\n'), "{told:?}");
        assert_eq!(property("a: b, c"), "a%3A b%2C c");
        assert_eq!(markdown("a|b <img> [x](y)"), "a\\|b &lt;img&gt; \\[x\\](y)");
    }
}
