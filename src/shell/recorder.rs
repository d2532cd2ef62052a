//! What people confirmed is recorded here, beside the interface: agent and store may take their time.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Handle, sync::Notify, time::timeout};

use super::inbox::Inbox;
use crate::{
    app::{
        act::{Authorised, Placed, Signer},
        msg::Msg,
    },
    clock::Clock,
    config::schema::ledger::Ledger as Settings,
    domain::{
        catalog::Catalog,
        ledger::{
            event::{Entry, Event},
            signature::Meaning,
        },
    },
    ledger::{
        agent::Agent,
        open,
        say::{Refusal, Rules, SharedStore, say, say_only},
        store::{Head, Store, StoreError},
    },
};

/// How long the ledger may take to be opened.
const TO_OPEN: Duration = Duration::from_secs(15);

/// Records acts in a ledger, with the keys of an ssh-agent.
#[derive(Debug)]
pub struct Recorder {
    /// Where its work runs.
    runtime: Handle,
    settings: Settings,
    agent: Agent,
    clock: Clock,
    inbox: Arc<Inbox>,
    underway: Arc<Mutex<BTreeMap<u64, Arc<Underway>>>>,
}

impl Recorder {
    /// Records in the ledger of `settings`. What becomes of it goes into `inbox`.
    #[must_use]
    pub fn new(runtime: Handle, settings: Settings, agent: Agent, clock: Clock, inbox: Arc<Inbox>) -> Self {
        Self { runtime, settings, agent, clock, inbox, underway: Arc::default() }
    }

    /// Asks the agent who it would sign as. Returns at once.
    pub fn identify(&self, act: u64, meaning: Meaning, catalog: Arc<Catalog>) {
        let (agent, clock, inbox) = (self.agent.clone(), self.clock, Arc::clone(&self.inbox));
        self.runtime.spawn(async move {
            let identity = agent.identity(&catalog.signers, meaning, clock.now()).await;
            let outcome = identity
                .map(|identity| Signer { key: identity.fingerprint(), principal: identity.principal })
                .map_err(|refusal| refusal.to_string());
            inbox.tell(clock.now(), Msg::Identified { act, outcome });
        });
    }

    /// Records what was confirmed. Returns at once.
    pub fn record(&self, authorised: Authorised) {
        let act = authorised.act();
        let underway = Arc::new(Underway::default());
        self.underway().insert(act, Arc::clone(&underway));
        let (settings, agent) = (self.settings.clone(), self.agent.clone());
        let (clock, inbox, all) = (self.clock, Arc::clone(&self.inbox), Arc::clone(&self.underway));
        self.runtime.spawn(async move {
            let recorded = recorded(&authorised, settings, &agent, clock, &underway);
            let outcome = tokio::select! {
                outcome = recorded => outcome,
                () = underway.told.notified() => Err("it was given up; nothing was recorded".to_owned()),
            };
            all.lock().unwrap_or_else(PoisonError::into_inner).remove(&act);
            inbox.tell(clock.now(), Msg::Recorded { act, outcome });
        });
    }

    /// Gives up what is being recorded, unless the ledger has it already.
    pub fn give_up(&self, act: u64) {
        if let Some(underway) = self.underway().get(&act) {
            underway.give_up();
        }
    }

    fn underway(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Underway>>> {
        self.underway.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn recorded(
    authorised: &Authorised,
    settings: Settings,
    agent: &Agent,
    clock: Clock,
    underway: &Arc<Underway>,
) -> Result<Placed, String> {
    let opening = tokio::task::spawn_blocking(move || open::open(&settings, clock));
    let opened = timeout(TO_OPEN, opening).await;
    let opened = opened.map_err(|_| format!("the ledger did not open within {} s", TO_OPEN.as_secs()))?;
    let store = opened.map_err(|_| Refusal::Lost.to_string())?.map_err(|error| error.to_string())?;
    let store: SharedStore = Arc::new(Mutex::new(Box::new(Gated { store, underway: Arc::clone(underway) })));
    let proposal = authorised.proposal();
    let catalog = authorised.catalog();
    let rules = Rules::of(catalog, authorised.record(), &proposal.release).map_err(|breach| breach.to_string())?;
    let act = proposal.act();
    if let Some(wanted) = authorised.principal()
        && let Some(statement) = act.statement()
    {
        // It is signed as the one that the dialog named, or not at all.
        let identity = agent.identity(&catalog.signers, statement.about.meaning(), clock.now()).await;
        let found = identity.map_err(|refusal| refusal.to_string())?.principal;
        if found != wanted {
            return Err(format!("the ssh-agent signs as {found} now, and not as {wanted} as was shown; open it again"));
        }
    }
    let event = match authorised.principal() {
        Some(principal) => say_only(principal, act, &rules, clock.now(), agent, store).await,
        None => say(act, &rules, clock.now(), agent, store).await,
    };
    let event = event.map_err(|refusal| refusal.to_string())?;
    let signed = event.signed.is_some();
    let who = event.actor.principal.unwrap_or(event.actor.user);
    Ok(Placed { seq: event.seq, who, signed })
}

/// Something that is being recorded, and can be given up until the moment that the ledger gets it.
#[derive(Debug, Default)]
struct Underway {
    stage: AtomicU8,
    told: Notify,
}

const WAITING: u8 = 0;
const APPENDING: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Underway {
    fn give_up(&self) {
        if self.to(GIVEN_UP) {
            self.told.notify_one();
        }
    }

    /// Leaves the first stage for `stage`; `false` where something else was faster.
    fn to(&self, stage: u8) -> bool {
        self.stage.compare_exchange(WAITING, stage, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// A store that takes nothing that was given up.
struct Gated {
    store: Box<dyn Store>,
    underway: Arc<Underway>,
}

impl Gated {
    fn pass(&self) -> Result<(), StoreError> {
        // It is tried again where others were faster.
        let passed = self.underway.to(APPENDING) || self.underway.stage.load(Ordering::SeqCst) == APPENDING;
        if passed { Ok(()) } else { Err(StoreError::Database("it was given up; nothing was recorded".to_owned())) }
    }
}

impl Store for Gated {
    fn append(&mut self, entry: &Entry) -> Result<Event, StoreError> {
        self.pass()?;
        self.store.append(entry)
    }

    fn append_after(&mut self, head: Head, entry: &Entry) -> Result<Event, StoreError> {
        self.pass()?;
        self.store.append_after(head, entry)
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        self.store.head()
    }

    fn after(&mut self, seq: u64, limit: u32) -> Result<Vec<crate::domain::ledger::audit::Stored>, StoreError> {
        self.store.after(seq, limit)
    }

    fn wait(&mut self, seq: u64, limit: Duration) -> Result<(), StoreError> {
        self.store.wait(seq, limit)
    }
}
