//! What runs beside the interface: the schedule of the sources, and what reloads files. It goes on when nobody reads the terminal.

use std::{io, path::PathBuf, sync::Arc};

use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, watch},
};

use super::{
    console::{Feeds, WORKER},
    inbox::Inbox,
    wardrobe::Wardrobe,
};
use crate::{
    app::msg::Msg,
    clock::Clock,
    config::{self, Loaded, ThemeFile, schema::source::Source, watch::Watch},
    domain::{demand::Demand, object::SourceName},
    sources::{
        checks::{self, Checks, schedule::Looked},
        connection::{self, Connection},
        connector::Context,
        schedule::{self, Event},
    },
};

/// Threads of the runtime. One is enough to ask, and a second one would be woken each time to look whether it can help.
const WORKERS: usize = 1;

/// The runtime of a console or of a command.
///
/// # Errors
/// When its threads cannot be started.
pub fn start() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(WORKERS).thread_name(WORKER).enable_all().build()
}

/// What the files say from now on.
#[derive(Debug, Default)]
pub struct Files {
    /// Tells when they change; `None` where there are none, or where they cannot be watched.
    pub watch: Option<Watch>,
    /// `--namespace`, which holds whatever the files say.
    pub namespaces: Vec<String>,
    /// What looked wrong in them at the start.
    pub problems: Vec<String>,
    /// Where the catalog lies: what relative paths of checks are relative to.
    pub catalog: Option<PathBuf>,
    /// The user's themes, as they were at the start.
    pub themes: Vec<ThemeFile>,
    /// Whether nothing but the look is taken from them when they change: the demo has sources of its own.
    pub look_alone: bool,
}

/// What asking the sources needs.
#[derive(Debug)]
pub struct Asking {
    /// The console's clock.
    pub clock: Clock,
    /// Where everything goes.
    pub inbox: Arc<Inbox>,
    /// What connectors are built from.
    pub context: Context,
    /// The sources, as they are configured now.
    pub sources: Vec<Source>,
    /// The themes.
    pub wardrobe: Arc<Wardrobe>,
    /// What the files say from now on.
    pub files: Files,
}

/// The schedule of the sources, running.
#[derive(Clone, Debug)]
pub struct Sources {
    polls: mpsc::UnboundedSender<Option<SourceName>>,
    demand: watch::Sender<Demand>,
}

impl Sources {
    /// Starts to ask `connections`; what they say goes into the inbox, and so does what becomes of changed files. It ends with
    /// the last clone.
    #[must_use]
    pub fn start(runtime: &Runtime, connections: Vec<Connection>, demand: &Demand, asking: Asking) -> Self {
        let (polls, asked) = mpsc::unbounded_channel();
        let (demand, wanted) = watch::channel(demand.clone());
        runtime.spawn(ask(connections, wanted, asked, asking));
        Self { polls, demand }
    }
}

impl Feeds for Sources {
    fn poll(&self, source: Option<SourceName>) {
        // Nobody listens any more only when the console ends.
        let _ = self.polls.send(source);
    }

    fn demand(&self, demand: Demand) {
        self.demand.send_replace(demand);
    }
}

async fn ask(
    connections: Vec<Connection>,
    demand: watch::Receiver<Demand>,
    mut polls: mpsc::UnboundedReceiver<Option<SourceName>>,
    mut asking: Asking,
) {
    let mut watch = asking.files.watch.take();
    let (mut handle, mut events) = schedule::start(connections, asking.clock, &demand);
    let mut looks = checks::schedule::start(asking.checks(), demand.clone());
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(Event::Sources(specs)) => asking.tell(Msg::Sources(specs)),
                Some(Event::Delivery(delivery)) => asking.tell(Msg::Delivery(delivery)),
                // The schedule ends only with its handle, which is here.
                None => return,
            },
            Some(Looked { release, item, evidence }) = looks.next() => asking.tell(Msg::Evidence { release, item, evidence }),
            source = polls.recv() => match source {
                Some(source) => handle.poll_now(source.as_ref()),
                None => return,
            },
            event = changed(&mut watch) => match event {
                config::watch::Event::Loaded(loaded) => {
                    if let Some(connections) = asking.reload(*loaded) {
                        (handle, events) = schedule::start(connections, asking.clock, &demand);
                        looks = checks::schedule::start(asking.checks(), demand.clone());
                    }
                }
                config::watch::Event::Broken(_) if asking.files.look_alone => {}
                config::watch::Event::Broken(report) => asking.tell(Msg::ConfigProblems(report.lines())),
            },
        }
    }
}

/// The next change of files; never, where nothing is watched.
async fn changed(watch: &mut Option<Watch>) -> config::watch::Event {
    if let Some(watching) = watch
        && let Some(event) = watching.next().await
    {
        return event;
    }
    std::future::pending().await
}

impl Asking {
    fn checks(&self) -> Checks {
        let directory = self.files.catalog.clone().unwrap_or_default();
        Checks::new(self.sources.clone(), directory, self.context.clone())
    }

    fn tell(&self, msg: Msg) {
        self.inbox.tell(self.clock.now(), msg);
    }

    /// Takes what the files say now. Gives connections where other sources are to be asked.
    fn reload(&mut self, mut loaded: Loaded) -> Option<Vec<Connection>> {
        config::narrow(&mut loaded.settings, &self.files.namespaces);
        let look = &loaded.settings.look;
        let mut problems = self.wardrobe.fill(look, &loaded.themes);
        self.tell(Msg::Themes(self.wardrobe.names(&look.theme)));
        if self.files.look_alone {
            self.tell(Msg::ConfigProblems(problems));
            return None;
        }
        problems.extend(loaded.warnings.lines());
        self.tell(Msg::ConfigProblems(problems));
        self.tell(Msg::Catalog(loaded.catalog));
        self.tell(Msg::Notice("configuration read again".to_owned()));
        let moved = loaded.catalog_dir != self.files.catalog;
        self.files.catalog = loaded.catalog_dir;
        if loaded.settings.sources == self.sources && !moved {
            return None;
        }
        self.sources = loaded.settings.sources;
        Some(connection::build(&self.sources, &self.context))
    }
}
