//! What goes on beside a step: whether the run is told to stop, and how much of its budget is used.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    Opener,
    clock::{Elapsed, due},
};
use crate::{
    domain::run::{Run, Stop, Worker, act::Act, runs::Refused},
    ledger::actor,
    runbook::journal::{Journal, JournalError},
};

/// How long it waits for something new in the ledger.
const WAIT: Duration = Duration::from_millis(100);

/// Watches the ledger beside a worker. Ends with it.
pub(super) struct Watch {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// How the run is told to stop.
    pub(super) stops: watch::Receiver<Option<Stop>>,
}

/// What it watches for.
struct Watched {
    run: String,
    worker: Worker,
    used: Elapsed,
    told: watch::Sender<Option<Stop>>,
}

impl Watch {
    /// Watches the run `id` for `worker`; so much of its time is `used`.
    pub(super) fn start(open: Opener, id: &str, worker: &Worker, used: Elapsed) -> Self {
        let (told, stops) = watch::channel(None);
        let over = Arc::new(AtomicBool::new(false));
        let watched = Watched { run: id.to_owned(), worker: worker.clone(), used, told };
        let thread = {
            let over = Arc::clone(&over);
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    // A store that is away comes back; the worker itself waits for it too.
                    let _ = open().map(|store| watched.follow(store, &over));
                    thread::sleep(WAIT);
                }
            })
        };
        Self { over, thread: Some(thread), stops }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It only watched.
            let _ = thread.join();
        }
    }
}

impl Watched {
    fn follow(&self, store: Box<dyn crate::ledger::store::Store>, over: &AtomicBool) -> Result<(), JournalError> {
        let mut journal = Journal::open(store, actor::actor())?;
        while !over.load(Ordering::Relaxed) {
            let run = journal.run(&self.run)?;
            self.told.send_if_modified(|told| {
                let changed = *told != run.stop;
                *told = run.stop;
                changed
            });
            self.warn(&mut journal)?;
            journal.wait(WAIT)?;
            journal.catch_up()?;
        }
        Ok(())
    }

    fn warn(&self, journal: &mut Journal) -> Result<(), JournalError> {
        let run: &Run = journal.run(&self.run)?;
        let Some(percent) = due(run.plan.budget, self.used.span(), run.warned) else { return Ok(()) };
        if run.is_over() || run.worker.as_ref() != Some(&self.worker) {
            return Ok(());
        }
        let act = Act::Budget { epoch: run.epoch, percent };
        let recorded = journal.record_while(&self.run, &act, |runs| {
            let run = runs.run(&self.run).filter(|run| run.worker.as_ref() == Some(&self.worker));
            let due = run.is_some_and(|run| run.warned < percent);
            if due { Ok(()) } else { Err(Refused::Fenced(self.run.clone())) }
        });
        match recorded {
            // Somebody else told it, or does the work now.
            Ok(_) | Err(JournalError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
