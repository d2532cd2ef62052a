//! What the commands about runs share: settings, the journal, and where runs keep their files.

use std::{path::PathBuf, process::Child};

use crate::{
    cli::{Common, Exit, load, refusal::Refusal},
    clock::Clock,
    config::Loaded,
    domain::run::Run,
    ledger::{actor, open},
    runbook::{
        approve::Barred,
        journal::{Journal, JournalError},
        place,
        process::{Alive, alive},
        start::{self, NotStarted},
    },
};

/// Where runs are looked at and told what to do.
pub(super) struct Station<'a> {
    /// Settings and catalog.
    pub(super) loaded: Loaded,
    /// Where all runs keep their files.
    pub(super) runs: PathBuf,
    common: &'a Common,
}

impl<'a> Station<'a> {
    /// What the settings say.
    pub(super) fn open(common: &'a Common) -> Result<Self, Refusal> {
        let loaded = load::load(common).map_err(|exit| Refusal { exit, told: "nothing was done".to_owned() })?;
        let runs = place::all(&loaded.settings.ledger).map_err(Refusal::usage)?;
        Ok(Self { loaded, runs, common })
    }

    /// The journal, to write.
    pub(super) fn journal(&self) -> Result<Journal, Refusal> {
        let store = open::open(&self.loaded.settings.ledger, Clock::real()).map_err(Refusal::usage)?;
        Ok(Journal::open(store, actor::actor())?)
    }

    /// The journal, to read. There must be one.
    pub(super) fn reader(&self) -> Result<Journal, Refusal> {
        let store = open::open_to_read(&self.loaded.settings.ledger, Clock::real()).map_err(Refusal::usage)?;
        Ok(Journal::open(store, actor::actor())?)
    }

    /// Starts a worker for the run `id`.
    pub(super) fn worker(&self, id: &str, recover: bool) -> Result<Child, Refusal> {
        let mut arguments = self.common.passed_on();
        if recover {
            arguments.push("--recover".into());
        }
        start::worker(&self.runs, id, &arguments).map_err(|error| {
            let told = format!(
                "{id} is recorded, and no worker can be started: {error}; `warroom runbook attach {id} --recover` tries it again"
            );
            Refusal { exit: Exit::Unknown, told }
        })
    }

    /// Starts a worker when the one that `run` had is gone for certain.
    pub(super) fn worker_if_gone(&self, run: &Run) -> Result<Option<Child>, Refusal> {
        match run.worker.as_ref().map(alive) {
            Some(Alive::No) => self.worker(&run.id, false).map(Some),
            _ => Ok(None),
        }
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Refused(refused) => Self::no(refused),
            JournalError::Store(crate::ledger::store::StoreError::Unsure { .. }) => Self::unknown(error),
            error => Self::usage(error),
        }
    }
}

impl From<NotStarted> for Refusal {
    fn from(error: NotStarted) -> Self {
        match error {
            NotStarted::Unfit(_) | NotStarted::Ledger(_) | NotStarted::Barred(Barred::Store(_)) => Self::usage(error),
            NotStarted::Barred(_) | NotStarted::Held(_) => Self::no(error),
            NotStarted::Journal(error) => error.into(),
        }
    }
}
