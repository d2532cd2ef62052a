//! How far an export has come: a small file that is written only after a collector took what it says.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::domain::{ledger::hash::Hash, time::Timestamp};

/// How far an export has come, and whether it stands still. This is what a screen shows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The version of this file's form: 1.
    pub v: u64,
    /// The last event that the collector took; 0 before the first.
    pub seq: u64,
    /// Its hash, so that a ledger that was cut or is another one is noticed.
    pub hash: Hash,
    /// Since when nothing gets through, and why. Absent when the last attempt ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stalled: Option<Stalled>,
}

/// Nothing gets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stalled {
    /// Since when.
    pub since: Timestamp,
    /// Why. Text from outside.
    pub why: String,
}

/// Why a cursor cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// The file cannot be read or written.
    #[error("the cursor {0} cannot be read or written: {1}")]
    Io(PathBuf, io::Error),
    /// The file holds something else.
    #[error("{0} is no cursor: {1}; remove it to export all events again")]
    Broken(PathBuf, serde_json::Error),
    /// Another export uses it.
    #[error("another export uses the cursor {0}; wait for it, or name another file")]
    InUse(PathBuf),
}

impl Default for Cursor {
    fn default() -> Self {
        Self { v: 1, seq: 0, hash: Hash::NONE, stalled: None }
    }
}

impl Cursor {
    /// Reads the cursor at `path`; before the first event when there is none.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn read(path: &Path) -> Result<Self, CursorError> {
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| CursorError::Broken(path.to_owned(), error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(CursorError::Io(path.to_owned(), error)),
        }
    }

    /// Writes it to `path`: the whole of it or nothing, durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CursorError> {
        let beside = beside(path, "new");
        let written = (|| {
            let mut file = fs::File::create(&beside)?;
            serde_json::to_writer(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&beside, path)
        })();
        written.map_err(|error| CursorError::Io(path.to_owned(), error))
    }
}

/// Holds the cursor at `path` for one export, until the file that is given back is dropped.
///
/// # Errors
/// [`CursorError::InUse`], or when the file beside it cannot be made.
pub fn hold(path: &Path) -> Result<fs::File, CursorError> {
    let failed = |error| CursorError::Io(path.to_owned(), error);
    let file = fs::File::create(beside(path, "lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(CursorError::InUse(path.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}
