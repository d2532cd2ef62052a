//! The embedded store: one `SQLite` file, shared by all processes of a machine.
//!
//! WAL lets readers read while one writes; `BEGIN IMMEDIATE` takes the place and the link in one step; `synchronous=FULL`
//! makes an acknowledged event survive a power cut. Not for network file systems.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, TransactionBehavior, params};

use super::{Head, PATIENCE, SCHEMA, Scribe, Store, StoreError};
use crate::domain::ledger::{
    audit::Stored,
    event::{Entry, Event},
    hash::Hash,
};

/// `warr`: marks a file as a ledger of warroom (`SQLite`'s `application_id`).
const APPLICATION: i64 = 0x7761_7272;

const TABLES: &str = "
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        release TEXT,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX event_release ON event (release, seq) WHERE release IS NOT NULL;
    CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END;
    CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END;
";

/// A ledger in a file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    connection: Connection,
    scribe: Scribe,
}

/// Makes an empty file with the rights of its directory, so that all who may write there may append: the usual umask would let
/// only the first one. `SQLite` gives its side files the rights of the file. Nobody else than owner and group ever writes.
fn make(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    let rights = fs::metadata(directory.unwrap_or(Path::new(".")))?.permissions().mode() & 0o664 | 0o600;
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(rights))
}

impl Sqlite {
    /// Opens the ledger at `path`, and makes it, with its directory, when there is none.
    ///
    /// # Errors
    /// When it cannot be opened, is none, or is newer than this program.
    pub fn open(path: &Path, scribe: Scribe) -> Result<Self, StoreError> {
        let cannot = |why: String| StoreError::Open { path: path.to_owned(), why };
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(|error| cannot(error.to_string()))?;
        }
        // What cannot be made so, `SQLite` cannot open either, and says why.
        let _ = make(path);
        let connection = Connection::open(path).map_err(|error| cannot(error.to_string()))?;
        let mut store = Self { path: path.to_owned(), connection, scribe };
        store.prepare()?;
        Ok(store)
    }

    /// Opens the ledger at `path` to read it. It must be there.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open_to_read(path: &Path, scribe: Scribe) -> Result<Self, StoreError> {
        let cannot = |why: String| StoreError::Open { path: path.to_owned(), why };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|error| cannot(error.to_string()))?;
        wait_in_small_steps(&mut connection).map_err(|error| cannot(error.to_string()))?;
        let store = Self { path: path.to_owned(), connection, scribe };
        let found = store.version().map_err(|error| store.told(&error))?;
        // Another process is about to make it: so far nobody has recorded anything.
        if found == (0, 0) && store.is_empty().map_err(|error| store.told(&error))? {
            return Err(StoreError::Missing);
        }
        store.known(found)?;
        Ok(store)
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        let made = (|| {
            wait_in_small_steps(&mut self.connection)?;
            self.connection.pragma_update(None, "journal_mode", "WAL")?;
            self.connection.pragma_update(None, "synchronous", "FULL")?;
            let found = self.version()?;
            if found != (0, 0) {
                return Ok(found);
            }
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Two processes may open a new ledger at once; the second finds what the first made.
            let empty: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if empty == 0 {
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "application_id", APPLICATION)?;
                transaction.pragma_update(None, "user_version", SCHEMA)?;
            }
            transaction.commit()?;
            self.version()
        })();
        let found = made.map_err(|error: rusqlite::Error| self.told(&error))?;
        self.known(found)
    }

    /// Whose file it is and of which version, as they are at one moment.
    fn version(&self) -> rusqlite::Result<(i64, i64)> {
        let moment = self.connection.unchecked_transaction()?;
        let application = moment.pragma_query_value(None, "application_id", |row| row.get(0))?;
        Ok((application, moment.pragma_query_value(None, "user_version", |row| row.get(0))?))
    }

    fn is_empty(&self) -> rusqlite::Result<bool> {
        let tables: i64 = self.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok(tables == 0)
    }

    fn known(&self, (application, version): (i64, i64)) -> Result<(), StoreError> {
        match version {
            _ if application != APPLICATION => Err(StoreError::Foreign(self.path.display().to_string())),
            version if version > SCHEMA => Err(StoreError::Newer(version)),
            _ => Ok(()),
        }
    }

    fn write(&mut self, expected: Option<Head>, entry: &Entry) -> Result<Event, StoreError> {
        let path = self.path.clone();
        let told = |error: rusqlite::Error| told(&path, &error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
        let head = head_of(&transaction).map_err(told)?;
        if let Some(expected) = expected.filter(|expected| *expected != head) {
            return Err(StoreError::Moved { expected: expected.seq, found: head.seq });
        }
        let event = Event::new(entry.clone(), self.scribe.place(head));
        let bytes = event.to_bytes()?;
        let hash = Hash::leaf(&bytes);
        transaction
            .prepare_cached("INSERT INTO event (seq, hash, release, body) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut insert| insert.execute(params![event.seq.cast_signed(), hash.bytes(), event.release, bytes]))
            .map_err(told)?;
        transaction.commit().map_err(told)?;
        Ok(event)
    }

    fn told(&self, error: &rusqlite::Error) -> StoreError {
        told(&self.path, error)
    }
}

impl Store for Sqlite {
    fn append(&mut self, entry: &Entry) -> Result<Event, StoreError> {
        self.write(None, entry)
    }

    fn append_after(&mut self, head: Head, entry: &Entry) -> Result<Event, StoreError> {
        self.write(Some(head), entry)
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        head_of(&self.connection).map_err(|error| self.told(&error))
    }

    fn after(&mut self, seq: u64, limit: u32) -> Result<Vec<Stored>, StoreError> {
        let read: rusqlite::Result<Vec<Stored>> = (|| {
            let mut rows = self
                .connection
                .prepare_cached("SELECT seq, hash, body FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
            rows.query_map(params![seq.cast_signed(), limit], stored)?.collect()
        })();
        read.map_err(|error| self.told(&error))
    }

    fn wait(&mut self, seq: u64, limit: Duration) -> Result<(), StoreError> {
        // Another process cannot wake this one; `data_version` is a look into shared memory.
        let until = Instant::now() + limit;
        while Instant::now() < until && self.head()?.seq <= seq {
            thread::sleep(Duration::from_millis(250).min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }
}

fn head_of(connection: &Connection) -> rusqlite::Result<Head> {
    let mut last = connection.prepare_cached("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")?;
    let head = last.query_row([], |row| Ok(Head { seq: row.get::<_, i64>(0)?.cast_unsigned(), hash: hash(row, 1)? }));
    Ok(head.optional()?.unwrap_or(Head::EMPTY))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored { seq: row.get::<_, i64>(0)?.cast_unsigned(), hash: hash(row, 1)?, bytes: row.get(2)? })
}

fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Hash> {
    row.get::<_, [u8; 32]>(column).map(Hash::from_bytes)
}

/// `SQLite`'s own waiting sleeps up to 100 ms at a time and starves a writer among busy ones: wait in steps of about a
/// millisecond, of uneven length.
fn wait_in_small_steps(connection: &mut Connection) -> rusqlite::Result<()> {
    let mut since = Instant::now();
    connection.busy_handler(Some(move |attempt| {
        if attempt == 0 {
            since = Instant::now();
        }
        thread::sleep(Duration::from_micros(fastrand::u64(500..1_500)));
        since.elapsed() < PATIENCE
    }))
}

fn told(path: &Path, error: &rusqlite::Error) -> StoreError {
    // Where not even the memory that all share has room, it is told as an error of the disk.
    let no_room = |error: &rusqlite::ffi::Error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    match error.sqlite_error_code() {
        Some(_) if error.sqlite_error().is_some_and(no_room) => StoreError::Full,
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::NotADatabase) => StoreError::Foreign(path.display().to_string()),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreError::Open { path: path.to_owned(), why: error.to_string() }
        }
        _ => StoreError::Database(error.to_string()),
    }
}
