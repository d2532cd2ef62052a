//! How far the checklist of a release is, as far as one look at sources and ledger can say: `status` runs no checks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    cli::readiness::{not_looked_at, reader},
    clock::Clock,
    config::Loaded,
    domain::{
        checklist::state::ItemState,
        readiness::{
            progress::Progress,
            said::Said,
            standing::{Inputs, Standing},
            subject::Subject,
        },
        release::Release,
        runbook::rehearsal,
        time::Timestamp,
    },
    ledger::reading::{self, Reading},
};

/// The checklist of one release.
pub(super) struct Readiness {
    checklist: String,
    release: String,
    /// The next step, in words.
    before: String,
    progress: Progress,
    /// What the next step waits for.
    waits_for: Vec<(String, ItemState)>,
    waivers: usize,
    ledger: Ledger,
}

/// What is known of what people said.
pub(super) enum Ledger {
    Read,
    /// Nobody has recorded anything.
    Empty,
    /// What people said is not known.
    Unknown(String),
}

/// The checklist of `release`. `None` for one that has none.
pub(super) fn of(
    loaded: &Loaded,
    (ledger, reading): (Ledger, &Reading),
    release: Option<&&Release>,
    now: Timestamp,
) -> Option<Readiness> {
    let release = *release?;
    let checklist = loaded.catalog.checklists.get(release.file.as_ref()?.checklist.as_ref()?)?;
    let standing = standing(loaded, reading, release, now)?;
    let known = |state| match (&ledger, state) {
        (Ledger::Unknown(_), ItemState::Open) => ItemState::Unknown,
        _ => state,
    };
    let mut progress = Progress::default();
    for line in standing.lines() {
        progress.add(known(line.state), line.mandatory, Some(line.weight));
    }
    for signed in &standing.signoffs {
        progress.add(known(signed.state), true, None);
    }
    Some(Readiness {
        checklist: checklist.name.clone(),
        release: release.id.clone(),
        before: standing.next.words(),
        progress,
        waits_for: standing.blocks.iter().map(|block| (block.id.clone(), known(block.state))).collect(),
        waivers: standing.waivers.len(),
        ledger,
    })
}

/// How `release` stands against its checklist, when no check is run. `None` for one that has none.
pub(super) fn standing(loaded: &Loaded, reading: &Reading, release: &Release, now: Timestamp) -> Option<Standing> {
    let catalog = &loaded.catalog;
    let checklist = catalog.checklists.get(release.file.as_ref()?.checklist.as_ref()?)?;
    let subject = Subject::of(release, checklist.digest).hash().ok()?;
    let automatic = checklist.items().filter(|item| !item.check.is_manual());
    let mut evidence: BTreeMap<_, _> =
        automatic.map(|item| (item.id.clone(), not_looked_at(&release.id, item, now))).collect();
    evidence.extend(rehearsal::evidence(checklist, catalog, reading.runs.as_ref(), now));
    let nothing = Said::default();
    let said = reading.record.said(&release.id).unwrap_or(&nothing);
    let inputs = Inputs { release, checklist, roles: &catalog.roles, said, evidence: &evidence, subject };
    Some(Standing::at(now, &inputs))
}

/// What people said, and whether that is known.
pub(super) fn read(loaded: &Loaded) -> (Ledger, Reading) {
    let unknown = |why: String| (Ledger::Unknown(why), Reading::default());
    let mut store = match reader(loaded, Clock::real()) {
        Ok(Some(store)) => store,
        Ok(None) => return (Ledger::Empty, Reading::default()),
        Err(refusal) => return unknown(refusal.told),
    };
    match reading::read(store.as_mut(), &loaded.catalog.signers) {
        Ok(Reading { damage: Some(damage), .. }) => unknown(format!("the ledger is damaged: {damage}")),
        Ok(reading) => (Ledger::Read, reading),
        Err(error) => unknown(error.to_string()),
    }
}

impl Readiness {
    /// Lines for people.
    pub(super) fn text(&self) -> String {
        let Self { checklist, release, before, progress, .. } = self;
        let parts = [
            (progress.failed, "failed"),
            (progress.unknown, "UNKNOWN"),
            (progress.outdated, "outdated"),
            (progress.waiting, "waiting"),
            (progress.waived, "waived"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!(", {count} {word}"));
        let counts = format!("{} of {} hold{}", progress.passed, progress.total, parts.collect::<String>());
        let waits: Vec<String> = self.waits_for.iter().map(|(id, state)| format!("{id} {}", state.word())).collect();
        let waits = if waits.is_empty() { "nothing".to_owned() } else { waits.join(", ") };
        let people = match &self.ledger {
            Ledger::Read => "as the ledger has it".to_owned(),
            Ledger::Empty => "nobody has recorded anything".to_owned(),
            Ledger::Unknown(why) => format!("UNKNOWN: {why}"),
        };
        format!(
            "CHECKLIST {checklist}: {counts}\n  before {before} it waits for: {waits}\n  what people said: {people}\n  \
             checks were not looked at; `warroom checklist run {release}` looks\n"
        )
    }

    /// The object for programs.
    pub(super) fn json(&self) -> Value {
        let (ledger, error) = match &self.ledger {
            Ledger::Read => ("read", None),
            Ledger::Empty => ("empty", None),
            Ledger::Unknown(why) => ("unknown", Some(why)),
        };
        let progress = &self.progress;
        let waits = self.waits_for.iter().map(|(id, state)| json!({ "id": id, "state": state }));
        json!({
            "name": self.checklist,
            "before": self.before,
            "total": progress.total,
            "passed": progress.passed,
            "failed": progress.failed,
            "unknown": progress.unknown,
            "waiting": progress.waiting,
            "outdated": progress.outdated,
            "waived": progress.waived,
            "waivers": self.waivers,
            "waits_for": waits.collect::<Vec<_>>(),
            "ledger": ledger,
            "ledger_error": error,
        })
    }
}
