//! The journal of runs: what is known of them, and the one way to add to it.
//!
//! A writer folds to the head, asks the rules whether its event would count, and appends behind that head. When somebody
//! was faster it folds on and asks again. So an event that counts when it is written counts for every reader, and who lost
//! a lease can record nothing.

use std::{
    fmt,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    domain::{
        breaker::countdown::{self, Said},
        ledger::{
            audit::{Stored, look},
            event::{Actor, Entry, Event, Signed},
            hash::Hash,
        },
        run::{
            Run,
            act::Act,
            runs::{Refused, Runs},
        },
    },
    ledger::store::{Head, PATIENCE, Store, StoreError},
};

/// How many events are asked for at once.
const BATCH: u32 = 2_048;

/// How the canonical bytes of every event begin: keys are sorted, and its action is the first.
const ACTION: &[u8] = b"{\"action\":\"";

/// What is known of all runs, and a store to add to it. Calls block.
pub struct Journal {
    store: Box<dyn Store>,
    actor: Actor,
    runs: Runs,
    head: Head,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("head", &self.head).finish_non_exhaustive()
    }
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is said about a run cannot be trusted.
    #[error(
        "event {0} is damaged, and it is about a run: what may be done is not known; `warroom ledger verify` says more"
    )]
    Damaged(u64),
    /// It cannot be written as JSON.
    #[error("it cannot be recorded: {0}")]
    Json(#[from] serde_json::Error),
}

impl JournalError {
    /// Whether it may be gone when the same is tried again later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Store(
                StoreError::Full
                    | StoreError::Busy
                    | StoreError::Moved { .. }
                    | StoreError::Away(_)
                    | StoreError::Unsure { .. }
                    | StoreError::Database(_)
            )
        )
    }
}

impl Journal {
    /// The journal in `store`, folded to its end; `actor` is who adds to it.
    ///
    /// # Errors
    /// When the store cannot be read, or what it says about runs is damaged.
    pub fn open(store: Box<dyn Store>, actor: Actor) -> Result<Self, JournalError> {
        let mut journal = Self { store, actor, runs: Runs::default(), head: Head::EMPTY };
        journal.read_on(&mut Vec::new())?;
        Ok(journal)
    }

    /// What is known of all runs, as far as the journal was read.
    #[must_use]
    pub const fn runs(&self) -> &Runs {
        &self.runs
    }

    /// The run of that identifier, as far as the journal was read.
    ///
    /// # Errors
    /// When there is none.
    pub fn run(&self, id: &str) -> Result<&Run, Refused> {
        self.runs.run(id).ok_or_else(|| Refused::NoRun(id.to_owned()))
    }

    /// Reads on to the end; what came new about runs, in its order.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn catch_up(&mut self) -> Result<Vec<Event>, JournalError> {
        let mut new = Vec::new();
        match self.read_on(&mut new) {
            // What was read is told first; the next look says again what is wrong.
            Err(error) if new.is_empty() => Err(error),
            _ => Ok(new),
        }
    }

    fn read_on(&mut self, new: &mut Vec<Event>) -> Result<(), JournalError> {
        loop {
            let batch = self.store.after(self.head.seq, BATCH)?;
            if batch.is_empty() {
                return Ok(());
            }
            for stored in &batch {
                if is_of(stored, countdown::FAMILY) {
                    // A damaged one stops the breaker, and nobody else.
                    match look(stored).event {
                        Ok(event) => drop(self.runs.apply(&event)),
                        Err(_) => self.runs.distrust_breaker(),
                    }
                } else if is_about_a_run(stored) {
                    let event = look(stored).event.map_err(|_| JournalError::Damaged(stored.seq))?;
                    // An event that does not count stays in the ledger and changes nothing.
                    if self.runs.apply(&event).is_ok() {
                        new.push(event);
                    }
                }
                self.head = Head { seq: stored.seq, hash: stored.hash };
            }
        }
    }

    /// Everything that was recorded about the run `id` so far, in its order, whether it counts or not.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn about(&mut self, id: &str) -> Result<Vec<Event>, JournalError> {
        let (mut upto, mut all) = (self.run(id)?.epoch.saturating_sub(1), Vec::new());
        while upto < self.head.seq {
            let batch = self.store.after(upto, BATCH)?;
            let Some(last) = batch.last() else { break };
            upto = last.seq;
            for stored in batch.iter().filter(|stored| stored.seq <= self.head.seq && is_about_a_run(stored)) {
                let event = look(stored).event.map_err(|_| JournalError::Damaged(stored.seq))?;
                all.extend((event.target == id).then_some(event));
            }
        }
        Ok(all)
    }

    /// Records `act` about `run`, when it counts.
    ///
    /// # Errors
    /// Why it does not count, or cannot be recorded.
    pub fn record(&mut self, run: &str, act: &Act) -> Result<Event, JournalError> {
        self.record_while(run, act, |_| Ok(()))
    }

    /// The same, as long as `holds` finds nothing against it in what is known when it is recorded.
    ///
    /// # Errors
    /// As [`Journal::record`]; and what `holds` says.
    pub fn record_while(
        &mut self,
        run: &str,
        act: &Act,
        holds: impl Fn(&Runs) -> Result<(), Refused>,
    ) -> Result<Event, JournalError> {
        self.record_by((self.actor.clone(), None), run, act, holds)
    }

    /// The same by somebody else than who this journal is for, with what they signed.
    ///
    /// # Errors
    /// As [`Journal::record_while`].
    pub fn record_by(
        &mut self,
        (actor, signed): (Actor, Option<Signed>),
        run: &str,
        act: &Act,
        holds: impl Fn(&Runs) -> Result<(), Refused>,
    ) -> Result<Event, JournalError> {
        let until = Instant::now() + PATIENCE;
        loop {
            self.read_on(&mut Vec::new())?;
            self.runs.admits(run, act)?;
            holds(&self.runs)?;
            let entry = act.entry(actor.clone(), run, self.release(run, act))?;
            let entry = Entry { signed: signed.clone(), ..entry };
            match self.store.append_after(self.head, &entry) {
                Ok(event) => return self.recorded(event),
                Err(StoreError::Moved { .. }) if Instant::now() < until => {}
                Err(StoreError::Unsure { id, why }) => return self.was_recorded(id, why),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Records `said` about the circuit breaker of `release`, when it counts.
    ///
    /// # Errors
    /// Why it does not count, or cannot be recorded.
    pub fn record_countdown(
        &mut self,
        by: (Actor, Option<Signed>),
        release: &str,
        said: &Said,
    ) -> Result<Event, JournalError> {
        let until = Instant::now() + PATIENCE;
        let entry = said.entry(by, release)?;
        loop {
            self.read_on(&mut Vec::new())?;
            self.runs.countdowns().admits(release, said).map_err(Refused::from)?;
            match self.store.append_after(self.head, &entry) {
                Ok(event) => return self.recorded(event),
                Err(StoreError::Moved { .. }) if Instant::now() < until => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Who this journal is for.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    fn release<'a>(&'a self, run: &str, act: &'a Act) -> Option<&'a str> {
        let plan = match act {
            Act::Create { plan, .. } => Some(plan),
            _ => self.runs.run(run).map(|run| &run.plan),
        };
        plan.and_then(|plan| plan.target.release.as_deref())
    }

    fn recorded(&mut self, event: Event) -> Result<Event, JournalError> {
        let bytes = event.to_bytes().map_err(StoreError::from)?;
        self.runs.apply(&event)?;
        self.head = Head { seq: event.seq, hash: Hash::leaf(&bytes) };
        Ok(event)
    }

    /// Looks, as soon as the database answers again, whether the event `id` is there.
    fn was_recorded(&mut self, id: String, why: String) -> Result<Event, JournalError> {
        let (until, mut new) = (Instant::now() + PATIENCE, Vec::new());
        loop {
            match self.read_on(&mut new) {
                Ok(()) => {
                    let found = new.into_iter().find(|event| event.id == id);
                    // It was read, and it is not there: nothing was recorded.
                    return found.ok_or_else(|| StoreError::Away(why).into());
                }
                Err(JournalError::Store(_)) if Instant::now() < until => sleep(Duration::from_millis(250)),
                Err(_) => return Err(StoreError::Unsure { id, why }.into()),
            }
        }
    }

    /// Waits until there may be something new, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn wait(&mut self, limit: Duration) -> Result<(), JournalError> {
        Ok(self.store.wait(self.head.seq, limit)?)
    }
}

fn is_about_a_run(stored: &Stored) -> bool {
    is_of(stored, "run.")
}

/// Whether the action of `stored` is of the family that begins with these letters, as far as its bytes tell; others need not be read.
pub(super) fn is_of(stored: &Stored, family: &str) -> bool {
    if let Some(rest) = stored.bytes.strip_prefix(ACTION) {
        return rest.starts_with(family.as_bytes());
    }
    // It is damaged. Who reads it says so, when it may be about that.
    let mark = format!("\"action\":\"{family}");
    stored.bytes.windows(mark.len()).any(|window| window == mark.as_bytes())
}
