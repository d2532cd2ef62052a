//! The loop of `watch`: what sources say goes through the console's own model, and what changed in its picture is said.

use std::fmt::Write as _;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
};

use super::{
    lines::{Lines, heartbeat, summary},
    voice::{self, Voice, When},
};
use crate::{
    app::{
        model::{Mode, Model},
        msg::{Effect, Msg},
        update,
    },
    cli::{
        Exit,
        console::{self, Start},
        output, setup,
    },
    clock::Clock,
    domain::{
        room::Room,
        time::{Span, Timestamp},
    },
    shell::{
        console::Feeds,
        inbox::{Event, Inbox},
        runtime::{Asking, Sources},
        scratch,
        wardrobe::Wardrobe,
    },
    sources::connection::{self, Connection},
};

/// How often it is looked whether anything changed, and whether anybody still reads.
const LOOK: Duration = Duration::from_secs(1);
/// How often ages are worked out anew where nothing arrives.
const AGES: Duration = Duration::from_secs(5);
/// So long nothing is said at most, by the clock of the room.
const SILENCE: Span = Span::from_mins(1);
/// So long the first summary waits for sources that have not answered.
const PATIENCE: Duration = Duration::from_secs(15);
/// So long a signal waits for a last line that nobody reads.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Watches until a signal comes or nobody reads any more. `why` tells how it came to lines, where nobody asked for them.
#[must_use]
pub fn start(mut start: Start, why: Option<&str>) -> Exit {
    let runtime = match console::runtime() {
        Ok(runtime) => runtime,
        Err(exit) => return exit,
    };
    let clock = start.clock;
    let inbox = Arc::new(Inbox::default());
    if let Some(notice) = setup::start_log(&start.settings) {
        inbox.tell(clock.now(), Msg::Notice(notice));
    }
    if let Some(notice) = start.notice.take() {
        inbox.tell(clock.now(), Msg::Notice(notice));
    }
    let problems = std::mem::take(&mut start.files.problems);
    if !problems.is_empty() {
        inbox.tell(clock.now(), Msg::ConfigProblems(problems));
    }
    let signal = match listen_to_signals(Arc::clone(&inbox)) {
        Ok(signal) => signal,
        Err(error) => {
            output::complain(&format!("warroom: cannot listen to signals: {error}"));
            return Exit::Usage;
        }
    };
    let connections = connection::build(&start.settings.sources, &start.context);
    let room = Room::new(Arc::clone(&start.catalog), connections.iter().map(Connection::spec).collect());
    // Lines have no look.
    let wardrobe = Wardrobe::default();
    let model = Model::new(setup::of_model(&start, &wardrobe, clock.now()), room, clock.now());
    let demand = update::demand(&model);
    let asking = Asking {
        wardrobe: Arc::new(wardrobe),
        clock,
        inbox: Arc::clone(&inbox),
        context: start.context,
        sources: start.settings.sources.clone(),
        files: start.files,
    };
    let feeds = Sources::start(&runtime, connections, &demand, asking);
    let voice = Voice { zone: start.settings.look.zone };
    let mut watch =
        Watch { model, clock, inbox, feeds, voice, signal, lines: Lines::default(), told: None, spoken: clock.now() };
    let ended = watch.run(why);
    runtime.shutdown_background();
    watch.end(ended)
}

/// TERM, INT, HUP and QUIT are remembered and wake the loop. Where the loop waits for a reader, the process ends all the same.
fn listen_to_signals(inbox: Arc<Inbox>) -> io::Result<Arc<AtomicI32>> {
    let got = Arc::new(AtomicI32::new(0));
    let remembered = Arc::clone(&got);
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            remembered.store(signal, Ordering::SeqCst);
            inbox.put(Event::Repaint);
            thread::sleep(LAST_WORDS);
            scratch::remove();
            std::process::exit(128 + signal);
        }
    })?;
    Ok(got)
}

struct Watch {
    model: Model,
    clock: Clock,
    inbox: Arc<Inbox>,
    feeds: Sources,
    voice: Voice,
    /// The number of the signal that came; 0 for none.
    signal: Arc<AtomicI32>,
    lines: Lines,
    /// What problems of files were told last; `None` before the first summary.
    told: Option<Vec<String>>,
    /// When something was said last.
    spoken: Timestamp,
}

impl Watch {
    fn run(&mut self, why: Option<&str>) -> io::Result<()> {
        self.greet(why)?;
        let started = Instant::now();
        let (mut look, mut ages) = (started + LOOK, started + AGES);
        while self.signal.load(Ordering::SeqCst) == 0 {
            for event in self.inbox.take(look.saturating_duration_since(Instant::now())) {
                self.take(event)?;
            }
            let now = Instant::now();
            if now < look {
                continue;
            }
            look = now + LOOK;
            if voice::is_gone() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            if now >= ages {
                ages = now + AGES;
                self.tell(Msg::Tick);
            }
            self.speak(now.duration_since(started) >= PATIENCE)?;
        }
        let words = format!("ENDED watching, by signal {}.", self.signal.load(Ordering::SeqCst));
        self.voice.say(self.clock.now(), When::Day, &[words])
    }

    /// The first line: at once, so that a reader knows that it runs.
    fn greet(&mut self, why: Option<&str>) -> io::Result<()> {
        let names: Vec<&str> = self.model.room.sources.iter().map(|source| source.spec.name.as_str()).collect();
        let mut line = format!("WAITING for the first answers of {}.", names.join(", "));
        if let Mode::Demo { scenario, speed } = &self.model.setup.mode {
            let _ = write!(line, " This is the demo: the story {scenario} at speed {speed}.");
        }
        if let Some(why) = why {
            let _ = write!(line, " A line for each change, because {why}.");
        }
        line.push_str(" Ctrl-C ends it.");
        self.say(When::Day, &[line])
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Msg(_, Msg::Notice(text)) => self.say(When::Time, &[format!("NOTE {text}.")]),
            Event::Msg(at, msg) => {
                let effects = update::update(&mut self.model, at, msg);
                self.carry_out(effects);
                Ok(())
            }
            Event::Repaint => Ok(()),
        }
    }

    fn tell(&mut self, msg: Msg) {
        let effects = update::update(&mut self.model, self.clock.now(), msg);
        self.carry_out(effects);
    }

    fn carry_out(&self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Demand(demand) = effect {
                self.feeds.demand(demand);
            }
        }
    }

    /// Says what changed; all that matters, the first time that every source has answered or `late` it is.
    fn speak(&mut self, late: bool) -> io::Result<()> {
        let first = self.told.is_none();
        if first && !late && !all_heard(&self.model.room) {
            return Ok(());
        }
        let problems = self.model.config_problems.clone();
        let mut lines = Vec::new();
        if self.told.as_ref() != Some(&problems) {
            lines.extend(problems.iter().map(|problem| format!("WATCH configuration: {problem}.")));
            if problems.is_empty() && !first {
                lines.push("OK configuration: can be read again.".to_owned());
            }
            self.told = Some(problems);
        }
        if first {
            self.say(When::Day, &[summary(&self.model.picture)])?;
            lines.extend(self.lines.first(&self.model.picture));
        } else {
            lines.extend(self.lines.news(&self.model.picture));
        }
        if !lines.is_empty() {
            return self.say(When::Time, &lines);
        }
        if Span::between(self.spoken, self.clock.now()) >= SILENCE {
            return self.say(When::Day, &[heartbeat(&self.model.picture)]);
        }
        Ok(())
    }

    fn say(&mut self, when: When, lines: &[String]) -> io::Result<()> {
        self.spoken = self.clock.now();
        self.voice.say(self.clock.now(), when, lines)
    }

    /// A reader that has heard enough is no error; a terminal that is gone counts as hung up.
    fn end(&self, ended: io::Result<()>) -> Exit {
        let signal = self.signal.load(Ordering::SeqCst);
        scratch::remove();
        match ended {
            _ if signal != 0 => std::process::exit(128 + signal),
            Ok(()) => Exit::Ok,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Ok,
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                std::process::exit(128 + SIGHUP)
            }
            Err(error) => {
                output::complain(&format!("warroom: cannot write to standard output: {error}"));
                Exit::Usage
            }
        }
    }
}

/// Whether every feed of every source has answered or failed.
fn all_heard(room: &Room) -> bool {
    let mut feeds = room.sources.iter().flat_map(|source| source.feeds.values());
    feeds.all(|state| state.feed.good.is_some() || state.feed.failure.is_some())
}
