//! What the commands `checklist`, `sign`, `waive` and `decide` share: the catalog, what the ledger says, and how an act is recorded.

pub(super) mod confirm;
pub(super) mod elsewhere;
pub(super) mod preview;
pub(super) mod record;

use std::collections::BTreeMap;

use super::{Common, load, output, refusal::Refusal};
use crate::{
    clock::Clock,
    config::{Loaded, schema::ledger::LedgerStore},
    domain::{
        catalog::ReleaseFile,
        checklist::{
            Item,
            state::{Evidence, Finding},
        },
        join::releases,
        readiness::{
            next::Next,
            rules::{Breach, Rules},
            said::Said,
            standing::{Inputs, Standing},
        },
        release::Release,
        room::Room as Sources,
        runbook::rehearsal,
        time::{Span, Timestamp},
    },
    ledger::{
        agent::Agent,
        open::{self, OpenError},
        reading::{self, Reading},
        store::{Store, StoreError},
    },
};

/// The exit codes of commands that record something.
pub(super) const EXIT_CODES: &str = "Exit codes: 0 recorded, 1 refused: nothing was recorded, 2 asked wrongly, no key or no ledger: nothing was recorded, 3 it is not known whether it was recorded.";

/// What is known without asking a source.
pub(super) struct Room {
    /// Settings and catalog.
    pub(super) loaded: Loaded,
    /// What the ledger says.
    pub(super) reading: Reading,
    /// When it was read.
    pub(super) now: Timestamp,
}

impl Room {
    /// Loads settings and catalog, and reads the ledger. One that is not there yet says nothing.
    pub(super) fn open(common: &Common) -> Result<Self, Refusal> {
        let loaded = load::load(common).map_err(|exit| Refusal { exit, told: String::new() })?;
        let clock = Clock::real();
        let reading = match reader(&loaded, clock)? {
            Some(mut store) => reading::read(store.as_mut(), &loaded.catalog.signers).map_err(Refusal::usage)?,
            None => Reading::default(),
        };
        if let Some(damage) = &reading.damage {
            output::complain(&format!("warroom: the ledger is damaged: {damage}; `warroom ledger verify` says more"));
        }
        Ok(Self { loaded, reading, now: clock.now() })
    }

    /// What acts about `release` are held against.
    pub(super) fn rules<'a>(&'a self, release: &'a str) -> Result<Rules<'a>, Breach> {
        Rules::of(&self.loaded.catalog, &self.reading.record, release)
    }

    /// What its file says.
    pub(super) fn file(&self, rules: &Rules<'_>) -> Result<&ReleaseFile, Breach> {
        self.loaded.catalog.releases.get(rules.release).ok_or_else(|| Breach::NoRelease(rules.release.to_owned()))
    }

    /// How the release stands before `next`, by `evidence`. An automatic item without any is UNKNOWN: nobody looked.
    pub(super) fn standing(
        &self,
        rules: &Rules<'_>,
        next: Next,
        evidence: &BTreeMap<String, Evidence>,
    ) -> Result<Standing, Breach> {
        let mut all = evidence.clone();
        let (catalog, runs) = (&self.loaded.catalog, self.reading.runs.as_ref());
        all.extend(rehearsal::evidence(rules.checklist, catalog, runs, self.now));
        for item in rules.checklist.items().filter(|item| !item.check.is_manual()) {
            all.entry(item.id.clone()).or_insert_with(|| not_looked_at(rules.release, item, self.now));
        }
        let nothing = Said::default();
        let inputs = Inputs {
            release: &self.release(rules)?,
            checklist: rules.checklist,
            roles: rules.roles,
            said: self.reading.record.said(rules.release).unwrap_or(&nothing),
            evidence: &all,
            subject: rules.subject,
        };
        Ok(Standing::before(next, self.now, &inputs))
    }

    /// The release as its file declares it; no source is asked, so nothing is known of its rollout.
    fn release(&self, rules: &Rules<'_>) -> Result<Release, Breach> {
        let sources = Sources::new(self.loaded.catalog.clone(), Vec::new());
        let mut releases = releases::build(&sources, &[], self.now).into_iter();
        releases.find(|release| release.id == rules.release).ok_or_else(|| Breach::NoRelease(rules.release.to_owned()))
    }

    /// The ledger, to write.
    pub(super) fn store(&self) -> Result<Box<dyn Store>, Refusal> {
        open::open(&self.loaded.settings.ledger, Clock::real()).map_err(Refusal::usage)
    }
}

/// The ledger to read; `None` where nobody has recorded anything.
pub(super) fn reader(loaded: &Loaded, clock: Clock) -> Result<Option<Box<dyn Store>>, Refusal> {
    let settings = &loaded.settings.ledger;
    if matches!(open::place(settings), Ok(LedgerStore::Sqlite(path)) if !path.exists()) {
        return Ok(None);
    }
    match open::open_to_read(settings, clock) {
        Ok(store) => Ok(Some(store)),
        Err(OpenError::Store(StoreError::Missing)) => Ok(None),
        Err(error) => Err(Refusal::usage(error)),
    }
}

/// What stands in the place of evidence where nobody looked. It is by nobody.
pub(super) fn not_looked_at(release: &str, item: &Item, now: Timestamp) -> Evidence {
    Evidence {
        at: now,
        finding: Finding::Unknown,
        words: format!("not looked at; `warroom checklist run {release} --item {}` looks", item.id),
        by: String::new(),
        took: Span::ZERO,
        subject: None,
    }
}

/// The agent of this session.
pub(super) fn agent() -> Agent {
    Agent::own()
}
