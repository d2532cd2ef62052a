//! The profiles of versions in a file of the user's own: read when a program starts, and written beside the interface.
//!
//! Several consoles share the file. Whoever writes holds a lock, reads it anew, merges, and puts a new file in its place; so nobody
//! reads half of it, and nobody's counts are lost. A file that cannot be understood is never written over.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use super::{console::WORKER, inbox::Inbox};
use crate::{
    app::msg::Msg,
    clock::Clock,
    domain::canary::profile::{Profiles, Unreadable},
};

/// The name of the file, in the directory where this program keeps its state.
pub const NAME: &str = "canary-profiles.json";

/// A larger file is not read, and not written.
const LARGEST: u64 = 64 << 20;

/// Why the stored profiles cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The system says no.
    #[error("the profiles of versions in {0} cannot be {1}: {2}; make it a file of your own")]
    Io(PathBuf, &'static str, io::Error),
    /// It is larger than it ever should be.
    #[error("the profiles of versions in {0} are over 64 MiB: nothing is read or kept until you move the file away")]
    TooLarge(PathBuf),
    /// Its content makes no sense.
    #[error(
        "the profiles of versions in {0} are not used, and left as they are: {1}; to begin anew, move the file away"
    )]
    Document(PathBuf, Unreadable),
}

/// The profiles in the file at `path`; none where there is no file. Blocks.
///
/// # Errors
/// Why they cannot be used, and what to do.
pub fn read(path: &Path) -> Result<Profiles, Unusable> {
    let failed = |error| Unusable::Io(path.to_owned(), "read", error);
    let size = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(failed(io::Error::other("it is no file"))),
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Profiles::default()),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    if size <= LARGEST {
        // It may grow while it is read.
        File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(failed)?;
    }
    if size.max(text.len() as u64) > LARGEST {
        return Err(Unusable::TooLarge(path.to_owned()));
    }
    Profiles::read(&text).map_err(|error| Unusable::Document(path.to_owned(), error))
}

/// Adds `found` to the file at `path`, and gives back all that it holds then. Blocks, also while another process writes.
///
/// # Errors
/// Why nothing was written, and what to do.
pub fn keep(path: &Path, found: Profiles) -> Result<Profiles, Unusable> {
    let failed = |error| Unusable::Io(path.to_owned(), "written", error);
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
    let mut options = OpenOptions::new();
    let lock = options.write(true).create(true).truncate(false).mode(0o600).open(path.with_extension("lock"));
    // Until it is dropped.
    let lock = lock.map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut all = read(path)?;
    if all.merge(found) {
        let text = serde_json::to_string(&all).map_err(|error| failed(error.into()))?;
        if text.len() as u64 > LARGEST {
            return Err(Unusable::TooLarge(path.to_owned()));
        }
        replace(directory, path, &text).map_err(failed)?;
    }
    Ok(all)
}

/// Puts `text` in the place of the file at `path`: whoever reads it finds all or nothing of it. A new file is for its owner alone.
fn replace(directory: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Keeps profiles, on a thread of its own. It ends with this.
#[derive(Debug)]
pub struct Keeper(Sender<Profiles>);

impl Keeper {
    /// Keeps what it gets in the file at `path`. What the file holds then, and what went wrong, goes into `inbox`.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn start(path: PathBuf, clock: Clock, inbox: Arc<Inbox>) -> io::Result<Self> {
        let (sender, receiver) = channel();
        thread::Builder::new()
            .name(format!("{WORKER}-profiles"))
            .spawn(move || keep_all(&receiver, &path, |msg| inbox.tell(clock.now(), msg)))?;
        Ok(Self(sender))
    }

    /// Keeps `found`. Returns at once.
    pub fn keep(&self, found: Profiles) {
        // Where the thread is gone, nothing is kept; it was told why.
        let _ = self.0.send(found);
    }
}

fn keep_all(receiver: &Receiver<Profiles>, path: &Path, tell: impl Fn(Msg)) {
    let (mut unkept, mut told) = (Profiles::default(), None);
    while let Ok(found) = receiver.recv() {
        unkept.merge(found);
        for more in receiver.try_iter() {
            unkept.merge(more);
        }
        match keep(path, unkept.clone()) {
            Ok(all) => {
                (unkept, told) = (Profiles::default(), None);
                tell(Msg::Profiles(Box::new(all)));
            }
            Err(error) => {
                // What goes wrong in the same way each time is said once.
                let text = error.to_string();
                if told.as_ref() != Some(&text) {
                    tell(Msg::Notice(text.clone()));
                }
                told = Some(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::domain::{
        canary::{
            counts::Counts,
            profile::{Kept, Measure, Of},
        },
        join::example::at,
        ledger::hash::Hash,
    };

    fn profiles(service: &str) -> Profiles {
        let mut profiles = Profiles::default();
        let measure = Measure { slo: "http".to_owned(), source: "prom".into(), definition: Hash::of(b"") };
        let counts = Counts::new(1, 1_000).expect("possible");
        let of = Of { service, environment: "prod", version: "1.41.7" };
        profiles.add(of, measure, Kept { counts, from: at(0), until: at(3_600) });
        profiles
    }

    #[test]
    fn what_many_writers_keep_at_the_same_time_is_all_there_and_for_the_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/warroom").join(NAME);
        thread::scope(|scope| {
            for writer in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for index in 0..5 {
                        keep(path, profiles(&format!("service-{writer}-{index}"))).expect("kept");
                        // Whoever only reads finds a whole document at any time.
                        read(path).expect("readable");
                    }
                });
            }
        });
        assert_eq!(read(&path).expect("readable").len(), 40);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
        let names = fs::read_dir(path.parent().expect("a folder")).expect("readable").count();
        assert_eq!(names, 2, "the file and its lock");
    }

    #[test]
    fn a_file_that_is_damaged_newer_or_too_large_is_told_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        for (text, why) in [("{", "it is damaged"), (r#"{"version":2}"#, "use the newer one"), ("", "it is damaged")] {
            fs::write(&path, text).expect("written");
            let told = [read(&path), keep(&path, profiles("checkout"))].map(|it| it.expect_err(text).to_string());
            for told in told {
                assert!(told.contains(why) && told.contains("canary-profiles.json"), "{told}");
                assert!(told.ends_with("to begin anew, move the file away"), "{told}");
            }
            assert_eq!(fs::read_to_string(&path).expect("readable"), text);
        }
        File::create(&path).and_then(|file| file.set_len(LARGEST + 1)).expect("a large file");
        assert!(matches!(read(&path), Err(Unusable::TooLarge(_))));
    }

    #[test]
    fn no_file_is_no_profile_and_a_folder_in_its_place_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read(&folder.path().join("nothing/here.json")).expect("nothing").is_empty());
        assert!(read(folder.path()).expect_err("a folder").to_string().contains("it is no file"));
    }

    #[test]
    fn what_could_not_be_kept_is_told_once_and_kept_with_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        fs::write(&path, "damaged").expect("written");
        let inbox = Arc::new(Inbox::default());
        let keeper = Keeper::start(path.clone(), Clock::real(), Arc::clone(&inbox)).expect("a thread");
        let heard = || match inbox.take(std::time::Duration::from_secs(20)).pop() {
            Some(super::super::inbox::Event::Msg(_, msg)) => msg,
            other => panic!("{other:?}"),
        };
        keeper.keep(profiles("checkout"));
        assert!(matches!(heard(), Msg::Notice(text) if text.contains("it is damaged")));
        fs::remove_file(&path).expect("removed");
        keeper.keep(profiles("cart"));
        assert!(matches!(heard(), Msg::Profiles(all) if all.len() == 2));
    }
}
