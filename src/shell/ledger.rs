//! The ledger, followed on a thread of its own: read, verified and folded there; the interface gets the result.

use std::{
    collections::VecDeque,
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{attendance::Attendance, console::WORKER, inbox::Inbox};
use crate::{
    app::{
        ledger::{KEPT, Ledger, Recorded, Stalled, State},
        msg::Msg,
    },
    clock::Clock,
    config::schema::ledger::{Ledger as Settings, LedgerStore},
    domain::{
        ledger::{
            audit::{Chain, Looked, Stored, look},
            claim::{self, Nonces},
            proof::{Proof, proof},
            signature::Verified,
            signers::Signers,
        },
        readiness::record::Record,
        run::{approval::Approvals, runs::Runs},
    },
    ledger::{
        export::cursor::Cursor,
        open::{self, OpenError},
        store::{Store, StoreError},
        verify::{Batch, Live, in_order},
    },
};

/// How often it is told how far the first reading is.
const PROGRESS: Duration = Duration::from_millis(250);
/// How long one wait for news lasts at most: changes of who may sign are looked for after it.
const PATIENCE: Duration = Duration::from_millis(800);
/// How long it is until a ledger that cannot be had is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// A ledger that is followed. It ends with this.
#[derive(Debug)]
pub struct Following {
    signers: Arc<Mutex<Signers>>,
    /// Only there to be dropped.
    _ends: Option<Sender<()>>,
}

impl Following {
    /// Begins to follow the ledger of `settings`; what there is goes into `inbox`. Returns at once.
    #[must_use]
    pub fn start(settings: Settings, signers: Signers, clock: Clock, inbox: Arc<Inbox>) -> Self {
        let signers = Arc::new(Mutex::new(signers));
        let (ends, ended) = channel();
        let told = Arc::clone(&inbox);
        let follower = Follower {
            settings,
            signers: Arc::clone(&signers),
            clock,
            inbox,
            ended,
            ledger: Ledger { state: State::Opening, ..Ledger::default() },
            attendance: Attendance::default(),
        };
        let spawned = thread::Builder::new().name(format!("{WORKER}-ledger")).spawn(move || follower.run());
        if let Err(error) = spawned {
            let why = format!("no thread can be started: {error}");
            let state = State::Away { why, since: clock.now() };
            told.tell(clock.now(), Msg::Ledger(Box::new(Ledger { state, ..Ledger::default() })));
        }
        Self { signers, _ends: Some(ends) }
    }

    /// Who may sign from now on. When it changes, everything is verified again.
    pub fn signers(&self, signers: &Signers) {
        let mut known = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != *signers {
            known.clone_from(signers);
        }
    }
}

struct Follower {
    settings: Settings,
    signers: Arc<Mutex<Signers>>,
    clock: Clock,
    inbox: Arc<Inbox>,
    ended: Receiver<()>,
    ledger: Ledger,
    attendance: Attendance,
}

/// What was read of a ledger so far.
struct Read {
    signers: Signers,
    chain: Chain,
    nonces: Nonces,
    record: Record,
    runs: Runs,
    approvals: Approvals,
    newest: VecDeque<Arc<Recorded>>,
    upto: u64,
    damage: Option<String>,
}

impl Follower {
    fn run(mut self) {
        self.tell();
        loop {
            if self.is_missing() {
                self.nothing_there("its file is gone");
            } else if let Err(why) = self.follow() {
                self.away(why);
            }
            if self.ends_within(AGAIN) {
                return;
            }
        }
    }

    /// Whether the ledger is a file that is not there.
    fn is_missing(&self) -> bool {
        matches!(open::place(&self.settings), Ok(LedgerStore::Sqlite(path)) if !path.exists())
    }

    /// There is no ledger. What was recorded before and is gone is no empty one.
    fn nothing_there(&mut self, gone: &str) {
        if self.ledger.events == 0 {
            self.ledger.read_at = Some(self.clock.now());
            self.ledger.unwritable = open::unwritable(&self.settings);
            self.state(State::Empty);
        } else {
            self.away(gone.to_owned());
        }
    }

    /// Follows until it cannot be read, until its file is gone, or until the console ends.
    fn follow(&mut self) -> Result<(), String> {
        let mut store = match open::open_to_read(&self.settings, self.clock) {
            // It is made by whoever records first.
            Err(OpenError::Store(StoreError::Missing)) => {
                self.nothing_there("its tables are gone");
                return Ok(());
            }
            opened => opened.map_err(|error| error.to_string())?,
        };
        let mut read = Read::new(self.signers());
        self.catch_up(store.as_mut(), &mut read)?;
        loop {
            self.told(&read);
            loop {
                store.wait(read.upto, PATIENCE).map_err(|error| error.to_string())?;
                if self.ends_within(Duration::ZERO) || self.is_missing() {
                    return Ok(());
                }
                if *self.signers.lock().unwrap_or_else(PoisonError::into_inner) != read.signers {
                    read = Read::new(self.signers());
                }
                // A worker, an export and a right can change without an event.
                let changed =
                    self.stalled() != self.ledger.stalled || open::unwritable(&self.settings) != self.ledger.unwritable;
                let new = self.catch_up(store.as_mut(), &mut read)?;
                if self.attendance.look(&read.runs, self.clock) || new || changed {
                    break;
                }
            }
        }
    }

    /// Reads up to the end. Whether there was anything.
    fn catch_up(&mut self, store: &mut dyn Store, read: &mut Read) -> Result<bool, String> {
        let begun = read.upto;
        let live = Live::behind(store, begun).map_err(|error| error.to_string())?;
        let signers = read.signers.clone();
        let mut told = Instant::now();
        // Reading and signatures are most of the work: they are done on all cores.
        let reading = in_order(
            live,
            |batch| match batch {
                Batch::Stored(events) => events.iter().map(|stored| look_with(stored, &signers)).collect(),
                Batch::Lines { .. } => Vec::new(),
            },
            |looked: Vec<(u64, Looked, Option<Proof>)>| {
                for (seq, looked, proof) in looked {
                    read.take(seq, looked, proof);
                }
                if !self.ledger.is_known() && told.elapsed() > PROGRESS {
                    told = Instant::now();
                    self.ledger.events = read.upto;
                    self.tell();
                }
                if self.ends_within(Duration::ZERO) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        reading.map_err(|error| error.to_string())?;
        Ok(read.upto > begun)
    }

    /// The exports that stand still, by their cursors.
    fn stalled(&self) -> Vec<Stalled> {
        let look = |path: &PathBuf| {
            let export = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match Cursor::read(path) {
                Ok(Cursor { stalled: None, .. }) if path.exists() => None,
                Ok(Cursor { stalled: None, .. }) => {
                    Some(Stalled { export, since: None, upto: 0, why: "it has never run".to_owned() })
                }
                Ok(Cursor { stalled: Some(stalled), seq, .. }) => {
                    Some(Stalled { export, since: Some(stalled.since), upto: seq, why: stalled.why })
                }
                Err(error) => Some(Stalled { export, since: None, upto: 0, why: error.to_string() }),
            }
        };
        self.settings.cursors.iter().filter_map(look).collect()
    }

    fn signers(&self) -> Signers {
        self.signers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn told(&mut self, read: &Read) {
        self.ledger = Ledger {
            state: State::Following,
            record: Arc::new(read.record.clone()),
            runs: Arc::new(read.runs.clone()),
            approvals: Arc::new(read.approvals.clone()),
            newest: read.newest.iter().cloned().collect(),
            events: read.upto,
            read_at: Some(self.clock.now()),
            damage: read.damage.clone(),
            unwritable: open::unwritable(&self.settings),
            unattended: self.attendance.unattended().clone(),
            stalled: self.stalled(),
        };
        self.tell();
    }

    fn away(&mut self, why: String) {
        let since = match &self.ledger.state {
            State::Away { since, .. } => *since,
            _ => self.clock.now(),
        };
        self.state(State::Away { why, since });
    }

    /// Tells a state that is another than the one before.
    fn state(&mut self, state: State) {
        if self.ledger.state != state {
            self.ledger.state = state;
            self.tell();
        }
    }

    fn tell(&self) {
        self.inbox.tell(self.clock.now(), Msg::Ledger(Box::new(self.ledger.clone())));
    }

    /// Waits; whether the console ended meanwhile.
    fn ends_within(&self, limit: Duration) -> bool {
        self.ended.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
    }
}

impl Read {
    fn new(signers: Signers) -> Self {
        Self {
            signers,
            chain: Chain::new(Vec::new()),
            nonces: Nonces::default(),
            record: Record::default(),
            runs: Runs::default(),
            approvals: Approvals::default(),
            newest: VecDeque::new(),
            upto: 0,
            damage: None,
        }
    }

    fn take(&mut self, seq: u64, looked: Looked, proof: Option<Proof>) {
        self.upto = seq;
        let event = match self.chain.push(looked) {
            Ok(event) => event,
            Err(fault) => {
                self.damage.get_or_insert_with(|| fault.to_string());
                return;
            }
        };
        let Some(proof) = proof else { return };
        // A copy of what counts must not look like it.
        let proof = self.nonces.held(proof, claim::nonce(&event));
        let verified = match &proof {
            Proof::Verified { principal } => {
                Some(Verified { principal: principal.clone(), fingerprint: event.actor.key.clone() })
            }
            _ => None,
        };
        self.record.apply(&event, verified.as_ref());
        // What does not count stays in the ledger; `warroom ledger verify` tells of it.
        let _ = self.runs.apply(&event);
        self.approvals.apply(&event, verified.as_ref());
        if self.newest.len() == KEPT {
            self.newest.pop_back();
        }
        self.newest.push_front(Arc::new(Recorded { event, proof }));
    }
}

/// An event alone, and what its signature proves.
fn look_with(stored: &Stored, signers: &Signers) -> (u64, Looked, Option<Proof>) {
    let looked = look(stored);
    let proof = looked.event.as_ref().ok().map(|event| proof(event, Some(signers)));
    (stored.seq, looked, proof)
}
