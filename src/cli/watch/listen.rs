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
    breaker::Breakers,
    lines::{Lines, heartbeat, summary},
    voice::{self, Voice, When},
};
use crate::{
    app::{model::Mode, msg::Msg},
    cli::{Exit, console::Start, headless::Headless, output, setup},
    domain::time::{Span, Timestamp},
    shell::{
        inbox::{Event, Inbox},
        scratch,
    },
};

/// How often it is looked whether anything changed, and whether anybody still reads.
const LOOK: Duration = Duration::from_secs(1);
/// So long nothing is said at most, by the clock of the room.
const SILENCE: Span = Span::from_mins(1);
/// So long the first summary waits for sources that have not answered.
const PATIENCE: Duration = Duration::from_secs(15);
/// So long a signal waits for a last line that nobody reads.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Watches until a signal comes or nobody reads any more. `why` tells how it came to lines, where nobody asked for them.
#[must_use]
pub fn start(mut start: Start, why: Option<&str>) -> Exit {
    let notices = setup::start_log(&start.settings).into_iter().chain(start.notice.take()).collect::<Vec<_>>();
    let problems = std::mem::take(&mut start.files.problems);
    let voice = Voice { zone: start.settings.look.zone };
    let headless = match Headless::start(start, true) {
        Ok(headless) => headless,
        Err(exit) => return exit,
    };
    let (clock, inbox) = (headless.clock, Arc::clone(&headless.inbox));
    for notice in notices {
        inbox.tell(clock.now(), Msg::Notice(notice));
    }
    if !problems.is_empty() {
        inbox.tell(clock.now(), Msg::ConfigProblems(problems));
    }
    let signal = match listen_to_signals(inbox) {
        Ok(signal) => signal,
        Err(error) => {
            output::complain(&format!("warroom: cannot listen to signals: {error}"));
            return Exit::Usage;
        }
    };
    let mut watch = Watch {
        headless,
        voice,
        signal,
        lines: Lines::default(),
        breakers: Breakers::default(),
        told: None,
        spoken: clock.now(),
    };
    let ended = watch.run(why);
    let exit = watch.end(ended);
    watch.headless.end();
    exit
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
    headless: Headless,
    voice: Voice,
    /// The number of the signal that came; 0 for none.
    signal: Arc<AtomicI32>,
    lines: Lines,
    breakers: Breakers,
    /// What problems of files were told last; `None` before the first summary.
    told: Option<Vec<String>>,
    /// When something was said last.
    spoken: Timestamp,
}

impl Watch {
    fn run(&mut self, why: Option<&str>) -> io::Result<()> {
        self.greet(why)?;
        let started = Instant::now();
        let mut look = started + LOOK;
        while self.signal.load(Ordering::SeqCst) == 0 {
            for notice in self.headless.turn(look.saturating_duration_since(Instant::now())) {
                self.say(When::Time, &[format!("NOTE {notice}.")])?;
            }
            let now = Instant::now();
            if now < look {
                continue;
            }
            look = now + LOOK;
            if voice::is_gone() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.speak(now.duration_since(started) >= PATIENCE)?;
        }
        let words = format!("ENDED watching, by signal {}.", self.signal.load(Ordering::SeqCst));
        self.voice.say(self.headless.clock.now(), When::Day, &[words])
    }

    /// The first line: at once, so that a reader knows that it runs.
    fn greet(&mut self, why: Option<&str>) -> io::Result<()> {
        let names: Vec<&str> =
            self.headless.model.room.sources.iter().map(|source| source.spec.name.as_str()).collect();
        let mut line = format!("WAITING for the first answers of {}.", names.join(", "));
        if let Mode::Demo { scenario, speed } = &self.headless.model.setup.mode {
            let _ = write!(line, " This is the demo: the story {scenario} at speed {speed}.");
        }
        if let Some(account) = &self.headless.model.setup.account {
            let _ = write!(line, " As {} it pauses and aborts by itself, where a trigger says so.", account.name);
        }
        if let Some(why) = why {
            let _ = write!(line, " A line for each change, because {why}.");
        }
        line.push_str(" Ctrl-C ends it.");
        self.say(When::Day, &[line])
    }

    /// Says what changed; all that matters, the first time that every source has answered or `late` it is.
    fn speak(&mut self, late: bool) -> io::Result<()> {
        let first = self.told.is_none();
        if first && !late && !(self.headless.all_heard() && self.headless.ledger_read()) {
            return Ok(());
        }
        let problems = self.headless.model.config_problems.clone();
        let mut lines = Vec::new();
        if self.told.as_ref() != Some(&problems) {
            lines.extend(problems.iter().map(|problem| format!("WATCH configuration: {problem}.")));
            if problems.is_empty() && !first {
                lines.push("OK configuration: can be read again.".to_owned());
            }
            self.told = Some(problems);
        }
        if first {
            self.say(When::Day, &[summary(&self.headless.model.picture)])?;
            lines.extend(self.lines.first(&self.headless.model.picture, &self.headless.model.verdicts));
        } else {
            lines.extend(self.lines.news(&self.headless.model.picture, &self.headless.model.verdicts));
        }
        let breakers = self.breakers.news(&self.headless.model);
        lines.splice(0..0, breakers);
        if !lines.is_empty() {
            return self.say(When::Time, &lines);
        }
        if Span::between(self.spoken, self.headless.clock.now()) >= SILENCE {
            return self.say(When::Day, &[heartbeat(&self.headless.model.picture, &self.headless.model.verdicts)]);
        }
        Ok(())
    }

    fn say(&mut self, when: When, lines: &[String]) -> io::Result<()> {
        self.spoken = self.headless.clock.now();
        self.voice.say(self.headless.clock.now(), when, lines)
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
