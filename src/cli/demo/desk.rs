//! What the demo's people work with: a private directory with a ledger and an ssh-agent for each. It is gone when the demo ends.

use std::{fs, io, path::PathBuf, thread};

use super::{agent, colleague};
use crate::{
    clock::Clock,
    config::schema::ledger::{Ledger, LedgerStore},
    domain::catalog::Catalog,
    ledger::agent::Agent,
    shell::{console::WORKER, scratch},
    sim::{Act, People, Running, YOU},
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
        Ledger { store: Some(LedgerStore::Sqlite(self.path("ledger.db"))) }
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

    /// Lets the people of `running` work here, on a thread of its own, so that nobody waits for it.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(super) fn open(&self, running: &Running, clock: Clock) -> io::Result<()> {
        let (desk, people) = (self.clone(), running.people().clone());
        let (acts, catalog) = (running.acts().to_vec(), running.settings().catalog.clone());
        let work = move || {
            if let Err(error) = desk.work(&people, &acts, &catalog, clock) {
                tracing::error!(%error, "the demo's people cannot work");
            }
        };
        thread::Builder::new().name(format!("{WORKER}-demo")).spawn(work).map(drop)
    }

    /// Holds the keys for as long as the process lives, and does what the story says.
    fn work(&self, people: &People, acts: &[Act], catalog: &Catalog, clock: Clock) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            fs::write(self.path("allowed_signers"), people.allowed_signers())?;
            for (name, key) in people.keys() {
                agent::hold(key.clone(), &self.socket(name))?;
            }
            colleague::play(acts, catalog, self, clock).await;
            std::future::pending().await
        })
    }

    /// The file of the ledger.
    pub(super) fn store(&self) -> PathBuf {
        self.path("ledger.db")
    }
}
