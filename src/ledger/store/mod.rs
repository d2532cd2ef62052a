//! Where a ledger is kept. Every store passes the same suite of tests (`tests/it/ledger`).

use std::{path::PathBuf, time::Duration};

use ulid::Ulid;

use crate::{
    clock::Clock,
    domain::ledger::{
        audit::Stored,
        canonical::CannotWrite,
        event::{Entry, Event, Place},
        hash::Hash,
    },
};

pub mod postgres;
pub mod sqlite;

/// The version of the tables that this program writes, and the newest that it reads.
pub const SCHEMA: i64 = 1;

/// How long a write waits for the writers before it.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The last event of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its place; 0 when there is none.
    pub seq: u64,
    /// Its hash; [`Hash::NONE`] when there is none.
    pub hash: Hash,
}

impl Head {
    /// The head of an empty ledger.
    pub const EMPTY: Self = Self { seq: 0, hash: Hash::NONE };
}

/// A place that keeps a ledger. Calls block: they belong on a thread of their own.
pub trait Store: Send {
    /// Appends `entry` behind the last event and returns it with its place. When it returns, the event is durable.
    ///
    /// # Errors
    /// When nothing was recorded, and why.
    fn append(&mut self, entry: &Entry) -> Result<Event, StoreError>;

    /// Appends `entry` when `head` is still the last event.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when somebody was faster; otherwise as [`Store::append`].
    fn append_after(&mut self, head: Head, entry: &Entry) -> Result<Event, StoreError>;

    /// The last event.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn head(&mut self) -> Result<Head, StoreError>;

    /// At most `limit` events behind place `seq`, in their order.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn after(&mut self, seq: u64, limit: u32) -> Result<Vec<Stored>, StoreError>;

    /// Waits until there may be events behind `seq`, at most `limit`. A hint: it may return early, and it may miss one.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn wait(&mut self, seq: u64, limit: Duration) -> Result<(), StoreError>;
}

/// Why a store did not do what it was asked. Nothing is ever recorded in part.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory or file cannot be opened.
    #[error("the ledger {path} cannot be opened: {why}; check that its directory exists and is writable for you")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It is something else.
    #[error("{0} is not a ledger of warroom; name another file in `ledger`")]
    Foreign(String),
    /// There is none yet.
    #[error("the database holds no ledger of warroom yet; it is made when something is recorded for the first time")]
    Missing,
    /// A newer program made it.
    #[error("the ledger has tables of version {0}, newer than this program knows ({SCHEMA}); use the newer warroom")]
    Newer(i64),
    /// It can be read only.
    #[error("the ledger cannot be written: it is read-only for you; ask its owner for the right to write")]
    ReadOnly,
    /// The disk is full.
    #[error("the ledger cannot be written: the disk is full; free some space, then do it again. Nothing was recorded")]
    Full,
    /// Others write without a pause.
    #[error("the ledger was busy for {} s; nothing was recorded, do it again", PATIENCE.as_secs())]
    Busy,
    /// Somebody recorded something in between.
    #[error("the ledger moved on from event {expected} to {found}; look again before you decide")]
    Moved {
        /// The event that was expected to be the last.
        expected: u64,
        /// The last one.
        found: u64,
    },
    /// The database cannot be reached.
    #[error("the database of the ledger does not answer: {0}; nothing was recorded")]
    Away(String),
    /// The connection broke while the event was written, and the database cannot be asked whether it was.
    #[error(
        "the connection broke while event {id} was written ({why}); whether it was recorded is not known: `warroom ledger show {id}` tells when the database is back"
    )]
    Unsure {
        /// The identifier of the event.
        id: String,
        /// What the connection says.
        why: String,
    },
    /// The entry holds what cannot be recorded.
    #[error(transparent)]
    Entry(#[from] CannotWrite),
    /// The last event in the store is damaged.
    #[error("the ledger is damaged at event {0}; `warroom ledger verify` says how. Nothing is recorded behind it")]
    Damaged(u64),
    /// Anything else that the database says.
    #[error("the database of the ledger refused: {0}")]
    Database(String),
}

/// What gives an entry its place, apart from the chain: machine, time and a new identifier.
#[derive(Clone, Debug)]
pub struct Scribe {
    host: String,
    clock: Clock,
}

impl Scribe {
    /// One on the machine `host`.
    #[must_use]
    pub const fn new(host: String, clock: Clock) -> Self {
        Self { host, clock }
    }

    /// The place behind `head`.
    pub(super) fn place(&self, head: Head) -> Place {
        let ts = self.clock.now();
        let millis = u64::try_from(ts.timestamp_millis()).unwrap_or(0);
        // Times are recorded to the millisecond.
        let ts = chrono::DateTime::from_timestamp_millis(ts.timestamp_millis()).unwrap_or(ts);
        let id = Ulid::from_parts(millis, fastrand::u128(..)).to_string();
        Place { seq: head.seq + 1, id, ts, host: self.host.clone(), prev: head.hash }
    }
}
