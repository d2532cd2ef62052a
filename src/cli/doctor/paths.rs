//! Whether there is room for what is written: the log, and exports.

use std::{
    env,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

use super::{Finding, State};

const AREA: &str = "paths";

/// What is to be said of the places that are written to. Nothing is made or written for it.
pub(super) fn findings(log: Option<&Path>) -> Vec<Finding> {
    let logs = log.map_or_else(
        || {
            Finding::new(AREA, "log", State::Note, "there is no home directory: nothing is logged")
                .advise("set HOME or XDG_STATE_HOME, or `[log] directory` in the configuration")
        },
        |log| writable("log", log, "set `[log] directory` in the configuration"),
    );
    let exports = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    vec![logs, writable("exports", &exports, "start the console in a directory of your own")]
}

/// Whether `directory` can be written to; where it is not there yet, whether it can be made.
fn writable(what: &str, directory: &Path, otherwise: &str) -> Finding {
    let shown = directory.display();
    let Some(there) = directory.ancestors().find(|place| place.exists()) else {
        return Finding::new(AREA, what, State::Note, format!("{shown} is not there")).advise(otherwise);
    };
    let allowed = access(there, Access::WRITE_OK | Access::EXEC_OK);
    match (allowed, there == directory) {
        (Ok(()), _) if !there.is_dir() => {
            Finding::new(AREA, what, State::Note, format!("{} is not a directory", there.display())).advise(otherwise)
        }
        (Ok(()), true) => Finding::new(AREA, what, State::Ok, format!("{shown} can be written to")),
        (Ok(()), false) => Finding::new(AREA, what, State::Ok, format!("{shown} will be made when it is needed")),
        (Err(error), _) => {
            let found = format!("{} cannot be written to: {}", there.display(), std::io::Error::from(error));
            Finding::new(AREA, what, State::Note, found).advise(format!("make it writable, or {otherwise}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_can_be_made_is_as_good_as_one_that_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(writable("log", folder.path(), "").state, State::Ok);
        let later = writable("log", &folder.path().join("state/warroom/log"), "");
        assert_eq!((later.state, later.found.contains("will be made")), (State::Ok, true));
        assert!(!folder.path().join("state").exists(), "nothing was made");
    }

    #[test]
    fn a_file_in_the_way_is_noted_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("state");
        std::fs::write(&file, "").expect("a file");
        let finding = writable("log", &file.join("log"), "set it");
        assert_eq!(finding.state, State::Note);
        assert!(finding.advice.contains("set it"), "{finding:?}");
    }
}
