//! What the demo's people work with: a private directory with a ledger and an ssh-agent for each. It is gone when the demo ends.

use std::{io, path::PathBuf, thread};

use super::{Prepared, agent, colleague};
use crate::{
    clock::Clock,
    config::schema::ledger::{Ledger, LedgerStore},
    domain::time::Timestamp,
    ledger::{
        agent::Agent,
        store::{Scribe, StoreError, sqlite::Sqlite},
    },
    shell::{console::WORKER, scratch},
    sim::{self, Act, People, Settings, Urls, YOU},
};

/// The directory.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    directory: PathBuf,
}

impl Desk {
    /// Makes it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { directory: scratch::directory("warroom-demo-")? })
    }

    /// The ledger of the story.
    pub(super) fn ledger(&self) -> Ledger {
        Ledger { store: Some(LedgerStore::Sqlite(self.path("ledger.db"))), ..Ledger::default() }
    }

    /// The settings of a warroom that joins.
    pub(super) fn config(&self) -> PathBuf {
        self.path("config.toml")
    }

    /// Who signs for `name`.
    pub(super) fn agent(&self, name: &str) -> Agent {
        Agent::at(Some(self.socket(name)))
    }

    fn socket(&self, name: &str) -> PathBuf {
        if name == YOU { self.path("agent") } else { self.path(&format!("agent-{name}")) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// How to join from another terminal, where there is a checklist to work on.
    pub(super) fn invitation(&self, prepared: &Prepared) -> Option<String> {
        let invite = || format!("another terminal joins: warroom --config {}", self.config().display());
        (!prepared.settings.catalog.checklists.is_empty()).then(invite)
    }

    /// Lets the people of the story work here, on a thread of its own, so that nobody waits for it.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(super) fn open(&self, prepared: &Prepared) -> io::Result<()> {
        let desk = self.clone();
        let story = Story {
            people: prepared.running.people().clone(),
            acts: prepared.running.acts().to_vec(),
            settings: prepared.settings.clone(),
            scenario: prepared.scenario.clone(),
            urls: prepared.running.urls().clone(),
            start: prepared.running.start(),
            clock: prepared.clock,
        };
        let work = move || {
            if let Err(error) = desk.work(&story) {
                tracing::error!(%error, "the demo's people cannot work");
            }
        };
        thread::Builder::new().name(format!("{WORKER}-demo")).spawn(work).map(drop)
    }

    /// Holds the keys for as long as the process lives, and does what the story says.
    fn work(&self, story: &Story) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match scratch::while_there(&self.directory, || self.furnish(story)) {
                Some(furnished) => furnished?,
                None => return Ok(()),
            }
            colleague::play(&story.acts, &story.settings, self, story.clock).await;
            std::future::pending().await
        })
    }

    /// Puts in place what people work with: an agent for each key, and files for a warroom that joins.
    fn furnish(&self, story: &Story) -> io::Result<()> {
        for (name, key) in story.people.keys() {
            agent::hold(key.clone(), &self.socket(name))?;
        }
        if !story.settings.catalog.checklists.is_empty() || !story.settings.catalog.runbooks.is_empty() {
            sim::write(&self.directory, &story.scenario, None, &story.urls, story.start, &story.people)
                .map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Opens the ledger for somebody at `host`, to write. `None` when the demo has ended.
    pub(super) fn ledger_at(&self, host: &str, clock: Clock) -> Option<Result<Sqlite, StoreError>> {
        let scribe = Scribe::new(host.to_owned(), clock);
        scratch::while_there(&self.directory, || Sqlite::open(&self.path("ledger.db"), scribe))
    }
}

/// What the people of a story need.
struct Story {
    people: People,
    acts: Vec<Act>,
    settings: Settings,
    scenario: String,
    urls: Urls,
    start: Timestamp,
    clock: Clock,
}
