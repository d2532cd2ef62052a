//! The shared store: one PostgreSQL database for several bastions.
//!
//! An advisory lock gives the writers their order; `NOTIFY` wakes readers, who always catch up by place. The connection is
//! made again when it breaks; a write whose answer was lost is looked for by its identifier before anybody is told.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use postgres::{
    Client, Config, NoTls, Row, config::SslMode, error::SqlState, fallible_iterator::FallibleIterator as _, types::Type,
};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Head, PATIENCE, SCHEMA, Scribe, Store, StoreError};
use crate::domain::ledger::{
    audit::Stored,
    event::{Entry, Event},
    hash::Hash,
};

/// The advisory lock of writers: `warroom` in ASCII.
const LOCK: i64 = 0x0077_6172_726f_6f6d;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS warroom_schema (version BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS warroom_event (
        seq BIGINT PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        hash BYTEA NOT NULL CHECK (octet_length(hash) = 32),
        release TEXT,
        body BYTEA NOT NULL
    );
    CREATE INDEX IF NOT EXISTS warroom_event_release ON warroom_event (release, seq) WHERE release IS NOT NULL;
    CREATE OR REPLACE FUNCTION warroom_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a ledger is append-only'; END $$;
    CREATE OR REPLACE TRIGGER warroom_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON warroom_event
        FOR EACH STATEMENT EXECUTE FUNCTION warroom_append_only();
";

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Address {
    /// Host, port, user, password, database: what `libpq` understands, as a URL or as words.
    pub config: Config,
    /// Who may vouch for the server. The system's own authorities when empty.
    pub authorities: RootCertStore,
}

/// A ledger in a database.
pub struct Postgres {
    address: Address,
    scribe: Scribe,
    client: Option<Client>,
}

impl Postgres {
    /// Opens the ledger at `address`, and makes its tables when there are none.
    ///
    /// # Errors
    /// When the database cannot be reached, or its tables are newer than this program.
    pub fn open(address: Address, scribe: Scribe) -> Result<Self, StoreError> {
        let mut store = Self::at(address, scribe);
        store.with(|client| {
            let mut transaction = client.transaction()?;
            transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
            transaction.batch_execute(TABLES)?;
            transaction.execute(
                "INSERT INTO warroom_schema SELECT $1 WHERE NOT EXISTS (SELECT FROM warroom_schema)",
                &[&SCHEMA],
            )?;
            transaction.commit()
        })?;
        store.known()
    }

    /// Opens the ledger at `address` to read it: the right to SELECT from its two tables is enough. They must be there.
    ///
    /// # Errors
    /// As [`Postgres::open`], and when there is no ledger.
    pub fn open_to_read(address: Address, scribe: Scribe) -> Result<Self, StoreError> {
        Self::at(address, scribe).known()
    }

    fn at(mut address: Address, scribe: Scribe) -> Self {
        address
            .config
            .connect_timeout(PATIENCE)
            .tcp_user_timeout(PATIENCE)
            .keepalives_idle(Duration::from_secs(5))
            .application_name("warroom");
        Self { address, scribe, client: None }
    }

    fn known(mut self) -> Result<Self, StoreError> {
        let version: Option<i64> =
            self.with(|client| Ok(client.query_one("SELECT max(version) FROM warroom_schema", &[])?.get(0)))?;
        match version {
            None => Err(StoreError::Missing),
            Some(version) if version > SCHEMA => Err(StoreError::Newer(version)),
            Some(_) => Ok(self),
        }
    }

    fn connect(&self) -> Result<Client, postgres::Error> {
        let mut client = if self.address.config.get_ssl_mode() == SslMode::Disable {
            self.address.config.connect(NoTls)?
        } else {
            let roots = self.address.authorities.clone();
            let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
            self.address.config.connect(MakeRustlsConnect::new(tls))?
        };
        client.batch_execute("SET synchronous_commit = on; SET lock_timeout = '10s'; SET statement_timeout = '15s'")?;
        Ok(client)
    }

    /// Runs `work` on a live connection. One that broke is made anew, once.
    fn with<T>(&mut self, work: impl Fn(&mut Client) -> Result<T, postgres::Error>) -> Result<T, StoreError> {
        let mut client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect().map_err(|error| told(&error))?,
        };
        match work(&mut client) {
            Err(error) if client.is_closed() => Err(told(&error)),
            result => {
                self.client = Some(client);
                result.map_err(|error| told(&error))
            }
        }
    }

    fn write(&mut self, expected: Option<Head>, entry: &Entry) -> Result<Event, StoreError> {
        let scribe = self.scribe.clone();
        let tried = RefCell::new(None);
        let written = self.with(|client| {
            let mut transaction = client.transaction()?;
            // One question for each step and none to prepare it: others wait for the lock meanwhile. The head is looked at in a step of
            // its own, because a step sees what was there when it began, and the lock may come later.
            transaction.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK})"))?;
            let head = transaction.query_typed_opt(LAST, &[])?.map_or(Head::EMPTY, |row| head(&row));
            if let Some(expected) = expected.filter(|expected| *expected != head) {
                return Ok(Err(StoreError::Moved { expected: expected.seq, found: head.seq }));
            }
            let event = Event::new(entry.clone(), scribe.place(head));
            let bytes = match event.to_bytes() {
                Ok(bytes) => bytes,
                Err(error) => return Ok(Err(error.into())),
            };
            let hash = Hash::leaf(&bytes);
            transaction.query_typed(
                "WITH told AS (INSERT INTO warroom_event (seq, id, hash, release, body) VALUES ($1, $2, $3, $4, $5) RETURNING seq)
                 SELECT pg_notify('warroom_event', seq::text) FROM told",
                &[
                    (&event.seq.cast_signed(), Type::INT8),
                    (&event.id, Type::TEXT),
                    (&hash.bytes().as_slice(), Type::BYTEA),
                    (&event.release, Type::TEXT),
                    (&bytes, Type::BYTEA),
                ],
            )?;
            tried.replace(Some(event.clone()));
            transaction.commit()?;
            Ok(Ok(event))
        });
        match (written, tried.into_inner()) {
            // The connection broke while the commit was under way: it may be there.
            (Err(StoreError::Away(why)), Some(event)) => match self.holds(&event.id) {
                Ok(true) => Ok(event),
                Ok(false) => Err(StoreError::Away(why)),
                Err(_) => Err(StoreError::Unsure { id: event.id, why }),
            },
            (written, _) => written?,
        }
    }

    fn holds(&mut self, id: &str) -> Result<bool, StoreError> {
        self.with(|client| Ok(client.query_opt("SELECT FROM warroom_event WHERE id = $1", &[&id])?.is_some()))
    }
}

const LAST: &str = "SELECT seq, hash FROM warroom_event ORDER BY seq DESC LIMIT 1";

impl Store for Postgres {
    fn append(&mut self, entry: &Entry) -> Result<Event, StoreError> {
        self.write(None, entry)
    }

    fn append_after(&mut self, head: Head, entry: &Entry) -> Result<Event, StoreError> {
        self.write(Some(head), entry)
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        self.with(|client| Ok(client.query_opt(LAST, &[])?.map_or(Head::EMPTY, |row| head(&row))))
    }

    fn after(&mut self, seq: u64, limit: u32) -> Result<Vec<Stored>, StoreError> {
        self.with(|client| {
            let rows = client.query(
                "SELECT seq, hash, body FROM warroom_event WHERE seq > $1 ORDER BY seq LIMIT $2",
                &[&seq.cast_signed(), &i64::from(limit)],
            )?;
            Ok(rows.iter().map(|row| Stored { seq: head(row).seq, hash: head(row).hash, bytes: row.get(2) }).collect())
        })
    }

    fn wait(&mut self, seq: u64, limit: Duration) -> Result<(), StoreError> {
        let until = Instant::now() + limit;
        // Only who waits listens: each listener is woken for each event.
        self.with(|client| client.batch_execute("LISTEN warroom_event"))?;
        while self.head()?.seq <= seq {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            // A broken connection gives no notification and no error; the next look at the head tells.
            let step = left.min(Duration::from_secs(1));
            self.with(|client| client.notifications().timeout_iter(step).next().map(|_| ()))?;
        }
        Ok(())
    }
}

fn head(row: &Row) -> Head {
    let hash: &[u8] = row.get(1);
    Head { seq: row.get::<_, i64>(0).cast_unsigned(), hash: hash.try_into().map_or(Hash::NONE, Hash::from_bytes) }
}

fn told(error: &postgres::Error) -> StoreError {
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED) => StoreError::Busy,
        Some(&SqlState::UNDEFINED_TABLE) => StoreError::Missing,
        Some(&SqlState::DISK_FULL) => StoreError::Full,
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION | &SqlState::INSUFFICIENT_PRIVILEGE) => StoreError::ReadOnly,
        Some(_) => {
            StoreError::Database(error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned()))
        }
        None => StoreError::Away(with_cause(error)),
    }
}

fn with_cause(error: &postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
