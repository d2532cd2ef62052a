//! The picture as text: words first, a line each.

use std::fmt::Write as _;

use super::{Part, risk, word};
use crate::{
    app::table::{self, Table},
    domain::verdict::reason::Effect,
};

/// `BAD: 2 releases, 12 SLOs, 1 alert, 3 sources`.
pub(super) fn headline(part: &Part<'_>) -> String {
    let count = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!(
        "{}: {}, {}, {}, {}",
        word(part.exit()),
        count(part.releases.len(), "release", "releases"),
        count(part.slos.len(), "SLO", "SLOs"),
        count(part.alerts.len(), "alert", "alerts"),
        count(part.sources.len(), "source", "sources"),
    )
}

pub(super) fn write(part: &Part<'_>) -> String {
    let at = part.picture.at;
    let mut text = format!("{} at {}\n", headline(part), at.format("%Y-%m-%dT%H:%M:%SZ"));
    let tables = [
        (table::releases_table(part.picture, &part.releases, at), "no release in flight"),
        (table::slos_table(&part.slos), "no SLO"),
        (table::alerts_table(&part.alerts, at), "no alert"),
        (table::sources_table(&part.sources), "no source"),
    ];
    for (table, none) in tables {
        text.push('\n');
        text.push_str(&section(&table, none));
    }
    for release in &part.releases {
        if let Some(countdown) = part.countdowns.get(&release.id) {
            let _ = writeln!(text, "\n{}", super::breaker::text(countdown, &release.name, at));
        }
        if let Some(verdict) = part.verdicts.get(&release.id) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\nVERDICT {}: {}, {}", release.name, verdict.word.word(), verdict.change(at));
            for reason in verdict.reasons.iter().filter(|reason| reason.effect > Effect::Supports).take(5) {
                let _ = writeln!(text, "  {}", reason.text);
            }
            if let Some(human) = &verdict.human {
                let _ = writeln!(text, "  people: {}: {}", human.words(), human.reason);
                if let Some(computed) = &human.computed {
                    let _ = writeln!(text, "  computed then: {}", computed.words());
                }
                if human.is_disputed() {
                    let _ = writeln!(text, "  {}", human.escalation);
                }
            }
            if let Some(risk) = &verdict.risk {
                text.push_str(&risk::text(&release.name, risk, part.releases.len() == 1));
            }
        }
    }
    if let Some(readiness) = &part.readiness {
        text.push('\n');
        text.push_str(&readiness.text());
    }
    text.push_str(&part.reviews.text(at));
    text
}

/// A table under its title; a word where there is nothing, because nothing is not the same as no answer.
fn section(table: &Table, none: &str) -> String {
    if table.rows.is_empty() { format!("{}: {none}\n", table.title) } else { table.text() }
}
