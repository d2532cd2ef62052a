//! When a runbook was last rehearsed as it is now, and how that is told wherever the runbook stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Runbook;
use crate::domain::{
    catalog::Catalog,
    checklist::{
        Checklist,
        check::Check,
        state::{Evidence, Finding},
    },
    ledger::hash::Hash,
    run::runs::Runs,
    time::{Span, Timestamp},
};

/// What is known of the last rehearsal that went through. A rehearsal counts for exactly the content that was rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rehearsed {
    /// No ledger can be read, so nobody knows.
    Unknown,
    /// The record has none.
    Never,
    /// It went through.
    Done {
        /// When it ended.
        at: Timestamp,
        /// How long it took.
        took: Span,
    },
}

impl Rehearsed {
    /// What the record knows of the runbook with the content `digest`, in `environment` or anywhere. No record, and one that
    /// is not there yet, is not known, never "never".
    #[must_use]
    pub fn of(digest: Hash, environment: Option<&str>, runs: Option<&Runs>) -> Self {
        let Some(runs) = runs else { return Self::Unknown };
        runs.rehearsed(digest, environment).map_or(Self::Never, |(at, took)| Self::Done { at, took })
    }

    /// For people: `rehearsed 12 days ago, 4m10s of 10m`.
    #[must_use]
    pub fn words(self, budget: Span, now: Timestamp) -> String {
        match self {
            Self::Unknown => "rehearsals not known: there is no ledger to read".to_owned(),
            Self::Never => "never rehearsed as it is now".to_owned(),
            Self::Done { at, took } => format!("rehearsed {} ago, {} of {budget}", ago(at, now), took.age()),
        }
    }

    /// How long ago it was, when there was one.
    #[must_use]
    pub fn age(self, now: Timestamp) -> Option<Span> {
        match self {
            Self::Done { at, .. } => Some(Span::between(at, now)),
            _ => None,
        }
    }
}

/// What the record says about the items of `checklist` that ask for a rehearsal, by their identifiers. No source is asked.
#[must_use]
pub fn evidence(
    checklist: &Checklist,
    catalog: &Catalog,
    runs: Option<&Runs>,
    now: Timestamp,
) -> BTreeMap<String, Evidence> {
    let asks = checklist.items().filter_map(|item| match &item.check {
        Check::Rehearsal { runbook, within } => Some((item.id.clone(), runbook, *within)),
        _ => None,
    });
    asks.map(|(id, name, within)| {
        let (finding, words) = match catalog.runbooks.get(name) {
            Some(runbook) => judge(runbook, within, runs, now),
            None => (Finding::Unknown, format!("there is no runbook {name}")),
        };
        (id, Evidence { at: now, finding, words, by: "ledger".to_owned(), took: Span::ZERO, subject: None })
    })
    .collect()
}

fn judge(runbook: &Runbook, within: Span, runs: Option<&Runs>, now: Timestamp) -> (Finding, String) {
    let rehearsed = Rehearsed::of(runbook.digest, None, runs);
    let words = format!("{} {} (at most {within} ago)", runbook.name, rehearsed.words(runbook.budget, now));
    let finding = match (rehearsed, rehearsed.age(now)) {
        (Rehearsed::Unknown, _) => Finding::Unknown,
        (_, Some(age)) if age <= within => Finding::Pass,
        _ => Finding::Fail,
    };
    (finding, words)
}

/// The time since `at`: in days from the second one on, because nobody plans a rehearsal by the hour.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let age = Span::between(at, now);
    match age.millis() / Span::from_days(1).millis() {
        0 | 1 => age.age(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        checklist::{Due, Group, Item},
        plan::Mode,
        run::{
            Outcome,
            example::{Journal, plan},
        },
        runbook::example::example,
    };

    #[test]
    fn an_item_passes_while_its_rehearsal_is_fresh_and_is_unknown_without_a_record() {
        let mut rehearsal = plan();
        rehearsal.mode = Mode::Rehearsal;
        let runbook = Runbook { digest: rehearsal.runbook.digest, ..example("back", Vec::new()) };
        let mut journal = Journal::started(rehearsal);
        let mut catalog = Catalog::default();
        let within = Span::from_days(30);
        let check = Check::Rehearsal { runbook: "back".into(), within };
        let item = Item {
            id: "rehearsed".into(),
            title: "The way back was rehearsed".into(),
            owner: None,
            mandatory: true,
            weight: 1,
            due: Due::Start,
            check,
            every: Span::from_mins(1),
            timeout: Span::from_secs(1),
        };
        let checklist = Checklist {
            name: "service".into(),
            title: None,
            groups: vec![Group { name: "Back".into(), items: vec![item] }],
            signoffs: Vec::new(),
            digest: Hash::NONE,
            commit: None,
        };
        let now = journal.events.last().expect("an event").ts;
        let found = |catalog: &Catalog, runs: Option<&Runs>, now| {
            evidence(&checklist, catalog, runs, now).remove("rehearsed").expect("evidence").finding
        };
        assert_eq!(found(&catalog, Some(&journal.runs), now), Finding::Unknown, "no such runbook");
        catalog.runbooks.insert("back".into(), runbook);
        assert_eq!(found(&catalog, None, now), Finding::Unknown, "no record");
        assert_eq!(found(&catalog, Some(&journal.runs), now), Finding::Fail, "it has not ended");
        journal.go(&[Outcome::Succeeded; 4]);
        let ended = journal.events.last().expect("an event").ts;
        assert_eq!(found(&catalog, Some(&journal.runs), ended), Finding::Pass);
        assert_eq!(found(&catalog, Some(&journal.runs), ended + within.delta()), Finding::Pass);
        let later = ended + within.times(2).delta();
        assert_eq!(found(&catalog, Some(&journal.runs), later), Finding::Fail);
        let changed = catalog.runbooks.get_mut("back").expect("it");
        changed.digest = Hash::of(b"changed since");
        assert_eq!(found(&catalog, Some(&journal.runs), ended), Finding::Fail, "another content was rehearsed");
    }

    #[test]
    fn what_nobody_knows_is_not_never_and_an_age_is_told_in_words() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("an instant");
        let done = |text: &str| Rehearsed::Done { at: text.parse().expect(text), took: Span::from_secs(250) };
        let budget = Span::from_mins(10);
        assert_eq!(done("2026-11-09T11:00:00Z").words(budget, now), "rehearsed 12 days ago, 4m10s of 10m");
        assert_eq!(done("2026-11-21T08:55:00Z").words(budget, now), "rehearsed 3h05m ago, 4m10s of 10m");
        assert_eq!(done("2026-11-22T00:00:00Z").words(budget, now), "rehearsed 0s ago, 4m10s of 10m", "clocks differ");
        assert_eq!(Rehearsed::Never.words(budget, now), "never rehearsed as it is now");
        assert!(Rehearsed::Unknown.words(budget, now).contains("not known"));
        assert_eq!(Rehearsed::Unknown.age(now), None);
    }
}
