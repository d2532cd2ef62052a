//! From settings to a ledger.

use std::{
    env,
    path::{Path, PathBuf},
    thread,
};

use postgres::Config;
use rustix::fs::{Access, access};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use secrecy::ExposeSecret as _;

use super::{
    actor,
    store::{
        Scribe, Store, StoreError,
        postgres::{Address, Postgres},
        sqlite::Sqlite,
    },
};
use crate::{
    clock::Clock,
    config::{
        schema::ledger::{Ledger, LedgerStore},
        secret,
    },
    domain::{secret::SecretRef, source::SourceError},
};

/// The directory that all of one machine share, where it is there.
const SHARED: &str = "/var/lib/warroom";

/// Why the ledger of the settings cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no place for it.
    #[error("there is no place for the ledger: set HOME or XDG_STATE_HOME, or `[ledger] store` in the configuration")]
    Nowhere,
    /// The database's address makes no sense.
    #[error("the URL of the ledger's database cannot be read: {0}; write postgresql://USER@HOST/DATABASE")]
    Url(String),
    /// The password stands in the file.
    #[error(
        "the URL of the ledger's database holds a password; name where it comes from in `ledger.store.postgres.password`"
    )]
    PasswordInUrl,
    /// There is no password.
    #[error("the password of the ledger's database: {0}")]
    Password(SourceError),
    /// Nobody can vouch for the server.
    #[error("the authorities in {0} cannot be read: {1}; they must be PEM")]
    Authorities(PathBuf, String),
    /// The store says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the ledger of `settings` to read and to write, and makes it when there is none. Blocks.
///
/// # Errors
/// Why it cannot be had, and what to do.
pub fn open(settings: &Ledger, clock: Clock) -> Result<Box<dyn Store>, OpenError> {
    match place(settings)? {
        LedgerStore::Sqlite(path) => Ok(Box::new(Sqlite::open(&path, scribe(clock))?)),
        LedgerStore::Postgres { url, password, ca } => {
            let address = address(&url, password.as_ref(), ca.as_deref())?;
            Ok(Box::new(Postgres::open(address, scribe(clock))?))
        }
    }
}

/// Opens the ledger of `settings` to read it. A file must be there. Blocks.
///
/// # Errors
/// Why it cannot be had, and what to do.
pub fn open_to_read(settings: &Ledger, clock: Clock) -> Result<Box<dyn Store>, OpenError> {
    match place(settings)? {
        LedgerStore::Sqlite(path) => Ok(Box::new(Sqlite::open_to_read(&path, scribe(clock))?)),
        LedgerStore::Postgres { url, password, ca } => {
            let address = address(&url, password.as_ref(), ca.as_deref())?;
            Ok(Box::new(Postgres::open_to_read(address, scribe(clock))?))
        }
    }
}

/// Why nothing can be recorded in the ledger of `settings`, as far as the system tells it beforehand; `None` where nothing
/// is in the way, and for a database, which is asked when something is recorded.
#[must_use]
pub fn unwritable(settings: &Ledger) -> Option<String> {
    let Ok(LedgerStore::Sqlite(path)) = place(settings) else { return None };
    // Where the directory is missing, it is made.
    let directory = path.ancestors().skip(1).find(|directory| directory.exists())?;
    let barred = |place: &Path| access(place, Access::WRITE_OK).is_err().then(|| place.display().to_string());
    let what = if path.exists() { barred(&path).or_else(|| barred(directory)) } else { barred(directory) };
    what.map(|what| format!("{what} is not writable for you; ask its owner for the right to write"))
}

/// Where the ledger of `settings` is kept: what they say, or the usual file.
///
/// # Errors
/// When there is no home.
pub fn place(settings: &Ledger) -> Result<LedgerStore, OpenError> {
    settings
        .store
        .clone()
        .or_else(|| usual(Path::new(SHARED), state_directory()).map(LedgerStore::Sqlite))
        .ok_or(OpenError::Nowhere)
}

/// The ledger's file in `shared` where that can be written, otherwise in the user's own `state` directory.
fn usual(shared: &Path, state: Option<PathBuf>) -> Option<PathBuf> {
    let usable = shared.is_dir() && access(shared, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    let directory = if usable { Some(shared.to_owned()) } else { state.map(|state| state.join("warroom")) };
    directory.map(|directory| directory.join("ledger.db"))
}

fn state_directory() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
}

fn scribe(clock: Clock) -> Scribe {
    Scribe::new(actor::host(), clock)
}

fn address(url: &str, password: Option<&SecretRef>, ca: Option<&Path>) -> Result<Address, OpenError> {
    let mut config: Config = url.parse().map_err(|error: postgres::Error| OpenError::Url(error.to_string()))?;
    if config.get_password().is_some() {
        return Err(OpenError::PasswordInUrl);
    }
    if let Some(reference) = password {
        let password = resolved(reference).map_err(OpenError::Password)?;
        config.password(password.expose_secret());
    }
    Ok(Address { config, authorities: authorities(ca)? })
}

/// The secret, looked up on a thread of its own: the caller may belong to a runtime that must not be blocked twice.
fn resolved(reference: &SecretRef) -> Result<secrecy::SecretString, SourceError> {
    let broken = |why: String| SourceError::new(crate::domain::source::ErrorKind::Configuration, why);
    thread::scope(|scope| {
        let looked = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime
                .map_err(|error| broken(error.to_string()))?
                .block_on(secret::resolve(reference, secret::process_variable))
        });
        looked.join().unwrap_or_else(|_| Err(broken("looking it up failed".to_owned())))
    })
}

/// Who may vouch for a server: the certificates in the file `ca`, or the system's authorities.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub fn authorities(ca: Option<&Path>) -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let bad = |why: String| OpenError::Authorities(path.to_owned(), why);
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))? {
        roots.add(certificate.map_err(|error| bad(error.to_string()))?).map_err(|error| bad(error.to_string()))?;
    }
    if roots.is_empty() { Err(bad("there is no certificate in it".to_owned())) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_the_machine_is_used_where_it_can_be_written_and_the_users_own_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = Some(PathBuf::from("/home/jo/.local/state"));
        assert_eq!(usual(folder.path(), state.clone()), Some(folder.path().join("ledger.db")));
        let own = Some(PathBuf::from("/home/jo/.local/state/warroom/ledger.db"));
        assert_eq!(usual(&folder.path().join("missing"), state), own);
        assert_eq!(usual(&folder.path().join("missing"), None), None);
    }

    #[test]
    fn a_password_in_the_url_is_refused_and_not_repeated() {
        let store = |url: &str| LedgerStore::Postgres { url: url.to_owned(), password: None, ca: None };
        let refused = |url: &str| {
            let settings = Ledger { store: Some(store(url)), ..Ledger::default() };
            open(&settings, Clock::real()).err().expect("refused").to_string()
        };
        let told = refused("postgresql://warroom:hunter2@db.example.net/warroom");
        assert!(told.contains("ledger.store.postgres.password") && !told.contains("hunter2"), "{told}");
        assert!(refused("http://db.example.net").contains("postgresql://USER@HOST/DATABASE"));
    }
}
