//! Private directories that are gone when the process ends, also when a signal ends it.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use tempfile::TempDir;

/// Those that this process made. Dropping one removes it with all that is in it.
static MADE: Mutex<Vec<TempDir>> = Mutex::new(Vec::new());

/// Makes one that nobody else may look into, and tells where it is. [`remove`] takes it away.
///
/// # Errors
/// When it cannot be made.
pub fn directory(prefix: &str) -> io::Result<PathBuf> {
    let private = Permissions::from_mode(0o700);
    let made = tempfile::Builder::new().prefix(prefix).permissions(private).tempdir()?;
    let path = made.path().to_owned();
    MADE.lock().unwrap_or_else(PoisonError::into_inner).push(made);
    Ok(path)
}

/// Removes all of them: to be called on every way out of the process. What cannot be removed is left to the system, whose
/// temporary files they are.
pub fn remove() {
    MADE.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
