//! When the automatic items of releases are looked at: a task for each, so that none waits for another.
//!
//! Each item has its own cadence, by the console's clock. What is looked at, and what a look was about, follows the catalog:
//! when either changes, old tasks end and what they had begun is dropped.

use std::{collections::BTreeMap, sync::Arc};

use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
};

use super::{Checks, Subject};
use crate::domain::{
    catalog::{Catalog, ReleaseFile},
    checklist::{Item, state::Evidence},
    demand::Demand,
    ledger::hash::Hash,
    readiness,
    release::ReleaseId,
};

/// How much evidence waits for the reader at most.
const WAITING: usize = 8;

/// What one look at an item found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The release.
    pub release: ReleaseId,
    /// The item of its checklist.
    pub item: String,
    /// What was found, with what it is about.
    pub evidence: Evidence,
}

/// The looks of all items, going on. Dropping it ends every task and every look under way.
pub struct Looks {
    heard: mpsc::Receiver<Looked>,
    /// Dropped with it, which ends the tasks.
    _tasks: JoinSet<()>,
}

impl Looks {
    /// The next evidence. `None` when nobody says any more what is to be looked at. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Looked> {
        self.heard.recv().await
    }
}

/// Starts to look at the automatic items of the releases that `demand` names. Must be called within a tokio runtime.
#[must_use]
pub fn start(checks: Checks, demand: watch::Receiver<Demand>) -> Looks {
    // A reader that does not keep up holds the looks back: their evidence grows old, and says so.
    let (told, heard) = mpsc::channel(WAITING);
    let mut tasks = JoinSet::new();
    tasks.spawn(follow(Arc::new(checks), demand, told));
    Looks { heard, _tasks: tasks }
}

/// An item to look at, and what a look is about.
#[derive(Clone, Debug, PartialEq)]
struct Job {
    release: ReleaseId,
    file: ReleaseFile,
    subject: Hash,
    item: Item,
}

/// The automatic items of the wanted releases.
fn jobs(demand: &Demand) -> Vec<Job> {
    let catalog = &demand.catalog;
    let mut jobs = Vec::new();
    for release in &demand.checked {
        let Some(file) = catalog.releases.get(release.as_str()) else { continue };
        let checklist = file.checklist.as_ref().and_then(|name| catalog.checklists.get(name));
        let Some(checklist) = checklist else { continue };
        let subject = readiness::subject::Subject::declared(release, file, checklist.digest).hash();
        let Ok(subject) = subject else { continue };
        jobs.extend(checklist.items().filter(|item| item.check.is_looked_at()).map(|item| Job {
            release: release.clone(),
            file: file.clone(),
            subject,
            item: item.clone(),
        }));
    }
    jobs
}

/// Keeps one task for each job, and ends those of jobs that are no more.
async fn follow(checks: Arc<Checks>, mut demand: watch::Receiver<Demand>, told: mpsc::Sender<Looked>) {
    let mut tasks = JoinSet::new();
    let mut running: BTreeMap<(ReleaseId, String), (Job, AbortHandle)> = BTreeMap::new();
    let mut catalog: Arc<Catalog> = Arc::default();
    loop {
        let now = demand.borrow_and_update().clone();
        if catalog != now.catalog {
            // A look reads more of the catalog than its item: services, their labels, other releases.
            for (_, task) in running.values() {
                task.abort();
            }
            running.clear();
            catalog = Arc::clone(&now.catalog);
        }
        let mut wanted: BTreeMap<(ReleaseId, String), Job> =
            jobs(&now).into_iter().map(|job| ((job.release.clone(), job.item.id.clone()), job)).collect();
        running.retain(|key, (job, task)| {
            let stays = wanted.get(key) == Some(job);
            if stays {
                wanted.remove(key);
            } else {
                task.abort();
            }
            stays
        });
        for (key, job) in wanted {
            let (checks, catalog) = (Arc::clone(&checks), Arc::clone(&catalog));
            let task = tasks.spawn(repeat(checks, catalog, job.clone(), told.clone()));
            running.insert(key, (job, task));
        }
        // Ended tasks are forgotten here, so that they do not pile up.
        while tasks.try_join_next().is_some() {}
        if demand.changed().await.is_err() {
            return;
        }
    }
}

/// Looks at one item for ever.
async fn repeat(checks: Arc<Checks>, catalog: Arc<Catalog>, job: Job, told: mpsc::Sender<Looked>) {
    loop {
        let evidence = checks.look(&job.item, Subject { catalog: &catalog, release: &job.file }).await;
        let Some(evidence) = evidence else { return };
        let evidence = Evidence { subject: Some(job.subject), ..evidence };
        let looked = Looked { release: job.release.clone(), item: job.item.id.clone(), evidence };
        if told.send(looked).await.is_err() {
            return;
        }
        checks.context.clock.sleep(job.item.every).await;
    }
}
