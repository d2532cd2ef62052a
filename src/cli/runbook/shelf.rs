//! The runbooks of the catalog with what the ledger knows of their rehearsals. No source is asked.

use crate::{
    cli::{Common, load, output, readiness::reader, refusal::Refusal},
    clock::Clock,
    config::Loaded,
    domain::{
        run::{Run, runs::Runs},
        runbook::{
            Runbook,
            lint::{Finding, Level, lint},
            rehearsal::Rehearsed,
        },
        time::Timestamp,
    },
    ledger::reading,
};

/// The runbooks of the catalog, and what is known of their runs.
pub(super) struct Shelf {
    pub(super) loaded: Loaded,
    /// `None` where no ledger can be read, or nobody has recorded anything.
    pub(super) runs: Option<Runs>,
    pub(super) now: Timestamp,
}

/// A runbook, and what is said about it.
pub(super) struct Judged<'a> {
    pub(super) runbook: &'a Runbook,
    pub(super) rehearsed: Rehearsed,
    pub(super) findings: Vec<Finding>,
    /// Runs of it without their approvals that nobody looked at afterwards.
    pub(super) owed: Vec<&'a Run>,
}

impl Shelf {
    /// Loads the catalog and reads the ledger. One that cannot be read is told, and leaves rehearsals unknown.
    pub(super) fn open(common: &Common) -> Result<Self, Refusal> {
        let loaded = load::load(common).map_err(|exit| Refusal { exit, told: "nothing was read".to_owned() })?;
        let clock = Clock::real();
        let read = reader(&loaded, clock).and_then(|store| match store {
            Some(mut store) => {
                let reading = reading::read(store.as_mut(), &loaded.catalog.signers).map_err(Refusal::usage)?;
                Ok(reading.runs)
            }
            None => Ok(None),
        });
        let runs = read.unwrap_or_else(|refusal| {
            output::complain(&format!("warroom: rehearsals are not known: {}", refusal.told));
            None
        });
        Ok(Self { loaded, runs, now: clock.now() })
    }

    /// Every runbook, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = Judged<'_>> {
        self.loaded.catalog.runbooks.values().map(|runbook| self.judged(runbook))
    }

    /// The runs whose review is owed.
    pub(super) fn owed(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().flat_map(Runs::owed)
    }

    /// The runbook of that name.
    pub(super) fn one(&self, name: &str) -> Result<Judged<'_>, Refusal> {
        let runbooks = &self.loaded.catalog.runbooks;
        let runbook = runbooks.get(name).ok_or_else(|| {
            let known = runbooks.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let known =
                if known.is_empty() { "the catalog has none".to_owned() } else { format!("there are: {known}") };
            Refusal::usage(format!("there is no runbook `{name}`; {known}"))
        })?;
        Ok(self.judged(runbook))
    }

    fn judged<'a>(&'a self, runbook: &'a Runbook) -> Judged<'a> {
        let rehearsed = Rehearsed::of(runbook.digest, None, self.runs.as_ref());
        let findings = lint(runbook, &self.loaded.catalog.runbooks, rehearsed, self.now);
        let owed = self.owed().filter(|run| run.plan.runbook.name == runbook.name).collect();
        Judged { runbook, rehearsed, findings, owed }
    }
}

impl Judged<'_> {
    /// Whether it does not do what it is for.
    pub(super) fn is_broken(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Error)
    }

    /// `1 error, 2 warnings`; `clean` when there is nothing.
    pub(super) fn lint(&self) -> String {
        let count = |level: Level| {
            let number = self.findings.iter().filter(|finding| finding.level == level).count();
            (number > 0).then(|| format!("{number} {}{}", level.word(), if number == 1 { "" } else { "s" }))
        };
        let counts: Vec<_> = [Level::Error, Level::Warning, Level::Note].into_iter().filter_map(count).collect();
        if counts.is_empty() { "clean".to_owned() } else { counts.join(", ") }
    }

    /// The services and environments that it is for: `checkout, cart in prod`, `any service, anywhere`.
    pub(super) fn scope(&self) -> String {
        let services =
            if self.runbook.services.is_empty() { "any service".to_owned() } else { self.runbook.services.join(", ") };
        match self.runbook.environments.as_slice() {
            [] => format!("{services}, anywhere"),
            all => format!("{services} in {}", all.join(", ")),
        }
    }
}

/// `REVIEW OWED …` for each of `owed`, and how it is closed.
pub(in crate::cli) fn reviews<'a>(
    owed: impl IntoIterator<Item = &'a Run>,
    now: Timestamp,
    indent: &str,
    text: &mut String,
) {
    for (run, words) in owed.into_iter().filter_map(|run| Some((run, run.owed(now)?))) {
        output::line(text, format_args!("{indent}REVIEW OWED  {words}"));
        let closes = format!("warroom runbook resolve {} --reviewed --reason TEXT", run.id);
        output::line(text, format_args!("{indent}             `{closes}` closes it"));
    }
}
