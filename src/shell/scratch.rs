//! Private directories that are gone when the process ends, also when a signal ends it.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
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

/// Does something that makes files in `directory`, while it is certainly there: what ends the process waits for it, and nothing is
/// made afterwards. `None` when it is gone.
pub fn while_there<T>(directory: &Path, act: impl FnOnce() -> T) -> Option<T> {
    let made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.iter().any(|one| one.path() == directory).then(act)
}

/// Removes all of them: to be called on every way out of the process. What cannot be removed is left to the system, whose
/// temporary files they are.
pub fn remove() {
    MADE.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_private_and_gone_afterwards_and_nothing_is_made_in_it_then() {
        let path = directory("warroom-test-").expect("a directory");
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o700);
        let made = while_there(&path, || std::fs::write(path.join("file"), "text").is_ok());
        assert_eq!(made, Some(true));
        remove();
        assert!(!path.exists());
        assert_eq!(while_there(&path, || ()), None);
    }
}
