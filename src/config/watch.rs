//! Files that change while warroom runs.
//!
//! A thread of its own waits for news from the file system, lets them settle, loads everything again and tells what came out
//! of it, if that is different. It looks by itself now and then too: network file systems tell nothing.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, mpsc as std_mpsc},
    thread,
    time::{Duration, Instant, SystemTime},
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use tokio::sync::mpsc;

use super::{
    Loaded, Options, Report, Settings, ThemeFile,
    catalog::{DIRECTORIES, FILES},
    load,
    origin::Origin,
};
use crate::domain::catalog::Catalog;

/// What became of a change.
#[derive(Debug)]
pub enum Event {
    /// Everything was read anew, and it is different from before.
    Loaded(Box<Loaded>),
    /// The files are broken. What was loaded before stays in force; who holds it keeps it.
    Broken(Report),
}

/// How patient the watching is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long nothing must happen before files are read: an editor writes in several steps.
    pub settle: Duration,
    /// How often it looks without being told.
    pub look: Duration,
    /// The same where the file system tells nothing at all.
    pub look_alone: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { settle: Duration::from_millis(100), look: Duration::from_secs(10), look_alone: Duration::from_secs(2) }
    }
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watch {
    events: mpsc::Receiver<Event>,
    news: std_mpsc::Sender<News>,
}

impl Watch {
    /// The next event; `None` when watching ended, which it does only with the program. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.events.close();
        // A thread that has gone already needs no news.
        let _ = self.news.send(News::Stop);
    }
}

/// What wakes the thread.
enum News {
    /// One of these paths changed.
    Changed(Vec<PathBuf>),
    /// Nobody listens any more.
    Stop,
}

/// Watches the files of `options`, of which `loaded` was read. A change between the two is noticed too. Needs no runtime.
///
/// # Errors
/// When no thread can be started.
pub fn watch(options: Options, loaded: &Loaded, pace: Pace) -> std::io::Result<Watch> {
    let (news, wakes) = std_mpsc::channel();
    let (sender, events) = mpsc::channel(4);
    let mut watching = Watching {
        options,
        pace,
        watcher: watcher(news.clone()),
        watched: BTreeMap::new(),
        told: false,
        last: Outcome::of(loaded),
        catalog_dir: loaded.catalog_dir.clone(),
        mentioned: BTreeSet::new(),
        seen: 0,
    };
    thread::Builder::new().name("config".to_owned()).spawn(move || watching.run(&wakes, &sender))?;
    Ok(Watch { events, news })
}

fn watcher(news: std_mpsc::Sender<News>) -> Option<RecommendedWatcher> {
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let paths = match event {
            // Reading a file is news too, and it is we who read them.
            Ok(event) if is_change(event.kind) => event.paths,
            Ok(_) => return,
            // Events were lost: look at everything.
            Err(_) => Vec::new(),
        };
        let _ = news.send(News::Changed(paths));
    });
    match made {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(%error, "the system tells nothing about files: looking now and then");
            None
        }
    }
}

const fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => matches!(access, AccessKind::Close(AccessMode::Write)),
        _ => true,
    }
}

/// Device, number and time of birth of a directory. One that was replaced differs in one of them.
type Identity = (u64, u64, Option<SystemTime>);

fn identity(directory: &Path) -> Option<Identity> {
    let metadata = fs::metadata(directory).ok()?;
    Some((metadata.dev(), metadata.ino(), metadata.created().ok()))
}

/// What loading came to, to be compared.
#[derive(PartialEq)]
enum Outcome {
    Good(Box<Taken>),
    Broken(Report),
}

/// What was loaded.
#[derive(PartialEq)]
struct Taken {
    settings: Settings,
    catalog: Arc<Catalog>,
    catalog_dir: Option<PathBuf>,
    themes: Vec<ThemeFile>,
    warnings: Report,
}

impl Outcome {
    fn of(loaded: &Loaded) -> Self {
        Self::Good(Box::new(Taken {
            settings: loaded.settings.clone(),
            catalog: Arc::clone(&loaded.catalog),
            catalog_dir: loaded.catalog_dir.clone(),
            themes: loaded.themes.clone(),
            warnings: loaded.warnings.clone(),
        }))
    }
}

struct Watching {
    options: Options,
    pace: Pace,
    watcher: Option<RecommendedWatcher>,
    /// Directories that the system watches for us, and which ones they were: the name may be that of another one by now.
    watched: BTreeMap<PathBuf, Identity>,
    /// Whether it could watch all of them.
    told: bool,
    last: Outcome,
    catalog_dir: Option<PathBuf>,
    /// Files that the last report names.
    mentioned: BTreeSet<PathBuf>,
    /// The fingerprint of what was read last.
    seen: u64,
}

impl Watching {
    fn run(&mut self, wakes: &std_mpsc::Receiver<News>, events: &mpsc::Sender<Event>) {
        self.arm();
        // What changed before anything was watched.
        let mut due = true;
        loop {
            if due && !self.load(events) {
                return;
            }
            let patience = if self.told { self.pace.look } else { self.pace.look_alone };
            due = match wakes.recv_timeout(patience) {
                Ok(News::Changed(paths)) => {
                    let concerned = self.hear(&paths);
                    match self.settled(wakes, concerned) {
                        Some(concerned) => concerned || self.fingerprint() != self.seen,
                        None => return,
                    }
                }
                Err(std_mpsc::RecvTimeoutError::Timeout) => {
                    // A directory that was not there may be now.
                    self.arm();
                    self.fingerprint() != self.seen
                }
                Ok(News::Stop) | Err(std_mpsc::RecvTimeoutError::Disconnected) => return,
            };
        }
    }

    /// Waits until nothing more happens, for a second at most. Whether anything concerned our files; `None` to stop.
    fn settled(&mut self, wakes: &std_mpsc::Receiver<News>, mut concerned: bool) -> Option<bool> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(1).max(self.pace.settle) {
            match wakes.recv_timeout(self.pace.settle) {
                Ok(News::Changed(paths)) => concerned |= self.hear(&paths),
                Ok(News::Stop) | Err(std_mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(std_mpsc::RecvTimeoutError::Timeout) => break,
            }
        }
        Some(concerned)
    }

    /// Reads everything and tells what is different. Whether anybody still listens.
    fn load(&mut self, events: &mpsc::Sender<Event>) -> bool {
        let before = self.fingerprint();
        let result = load(&self.options);
        let undisturbed = before == self.fingerprint();
        let (outcome, event) = match result {
            Ok(loaded) => {
                self.catalog_dir.clone_from(&loaded.catalog_dir);
                let written = loaded.catalog.changes.values().filter_map(|change| change.file.as_ref());
                self.mentioned = written.map(PathBuf::from).collect();
                (Outcome::of(&loaded), Event::Loaded(Box::new(loaded)))
            }
            Err(report) => {
                self.mentioned = report.diagnostics.iter().filter_map(|one| file_of(&one.origin)).collect();
                (Outcome::Broken(report.clone()), Event::Broken(report))
            }
        };
        self.arm();
        // What changed while files were read is read again at the next look.
        self.seen = if undisturbed { self.fingerprint() } else { 0 };
        if outcome == self.last {
            return !events.is_closed();
        }
        self.last = outcome;
        events.blocking_send(event).is_ok()
    }

    /// The directories that hold, or will hold, our files.
    fn directories(&self) -> BTreeSet<PathBuf> {
        let mut directories = BTreeSet::new();
        let mut add = |path: &Path| {
            // One that is not there yet is found at the next look. Its parent is not watched instead: that may be /etc or a home,
            // where every program that starts opens something, and each time would wake us.
            directories.extend(path.is_dir().then(|| path.to_path_buf()));
        };
        for catalog in self.catalogs() {
            add(&catalog);
            for name in DIRECTORIES {
                add(&catalog.join(name));
            }
        }
        if let Some(themes) = self.options.themes_dir() {
            add(&themes);
        }
        for file in self.options.places().iter().map(|place| &place.path).chain(&self.mentioned) {
            if let Some(parent) = file.parent() {
                add(parent);
            }
        }
        directories
    }

    /// Catalogs: the one in use, and those that would be used if they were there.
    fn catalogs(&self) -> BTreeSet<PathBuf> {
        let beside = self.options.places().into_iter().filter_map(|place| Some(place.path.parent()?.join("catalog")));
        beside.chain(self.catalog_dir.clone()).collect()
    }

    /// Lets the system watch the directories as they are now.
    fn arm(&mut self) {
        let wanted = self.directories();
        let Some(watcher) = &mut self.watcher else {
            self.told = false;
            return;
        };
        self.told = true;
        for gone in self.watched.keys().filter(|known| !wanted.contains(*known)) {
            // It may have gone by itself.
            let _ = watcher.unwatch(gone);
        }
        let mut armed = BTreeMap::new();
        for directory in wanted {
            let Some(identity) = identity(&directory) else { continue };
            // A directory that was replaced has the same name and is no longer watched. The others are left alone: each call
            // wakes the thread that listens to the system.
            if self.watched.get(&directory) == Some(&identity) {
                armed.insert(directory, identity);
                continue;
            }
            match watcher.watch(&directory, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    armed.insert(directory, identity);
                }
                Err(error) => {
                    tracing::warn!(%error, directory = %directory.display(), "not watched: looking now and then");
                    self.told = false;
                }
            }
        }
        self.watched = armed;
    }

    /// Takes news. What happened to a directory itself may have ended its watching. Whether files of ours are concerned.
    fn hear(&mut self, paths: &[PathBuf]) -> bool {
        for path in paths {
            self.watched.remove(path);
        }
        self.concerns(paths)
    }

    /// Whether one of `paths` is a file of ours; no paths at all means that nobody knows.
    fn concerns(&self, paths: &[PathBuf]) -> bool {
        let places = self.options.places();
        let mut trees = self.catalogs();
        trees.extend(self.options.themes_dir());
        paths.is_empty()
            || paths.iter().any(|path| {
                places.iter().any(|place| place.path == *path) || trees.iter().any(|tree| path.starts_with(tree))
            })
    }

    /// Names, sizes and times of our files: what differs was changed.
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let mut files: BTreeSet<PathBuf> = self.options.places().into_iter().map(|place| place.path).collect();
        files.extend(self.mentioned.iter().cloned());
        for catalog in self.catalogs() {
            for directory in DIRECTORIES.iter().map(|name| catalog.join(name)) {
                let entries = fs::read_dir(&directory).into_iter().flatten().flatten();
                files.extend(entries.map(|entry| entry.path()));
            }
            files.extend(FILES.iter().map(|name| catalog.join(name)));
            files.insert(catalog);
        }
        if let Some(themes) = self.options.themes_dir() {
            files.extend(fs::read_dir(themes).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
        for file in files {
            let metadata = fs::metadata(&file);
            file.hash(&mut hasher);
            if let Ok(metadata) = metadata {
                metadata.is_dir().hash(&mut hasher);
                if metadata.is_file() {
                    (metadata.len(), metadata.modified().ok()).hash(&mut hasher);
                }
            }
        }
        hasher.finish()
    }
}

fn file_of(origin: &Origin) -> Option<PathBuf> {
    match origin {
        Origin::File(path) => Some(path.clone()),
        _ => None,
    }
}
