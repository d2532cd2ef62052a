//! The loop: messages in, model changed, effects out, a frame when something changed.

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use ratatui::buffer::Buffer;

use super::{
    alarm::Alarm,
    clipboard::{self, Between},
    export,
    frames::Frames,
    inbox::{Event, Inbox},
    input,
    ledger::Following,
    link::Link,
    operator::Operator,
    policies::Policies,
    profiles::Keeper,
    recorder::Recorder,
    scratch,
    screen::Screen,
    signals,
    tail::Tail,
    terminal::{self, Guard, NoTerminal, Terminal},
};
use crate::{
    app::{
        model::Model,
        msg::{Effect, Msg},
        update,
    },
    clock::Clock,
    domain::{demand::Demand, object::SourceName},
};

/// Data are drawn at most so often; keys at once.
const FRAME: Duration = Duration::from_millis(33);
/// The same at the end of a slow link.
const SLOW_FRAME: Duration = Duration::from_millis(250);
/// How often ages and the clock are drawn.
const TICK: Duration = Duration::from_secs(1);
/// Asking by hand is answered at most so often.
const ASKING: Duration = Duration::from_secs(2);
/// The exit code when the terminal is gone, as after SIGHUP.
const HUNG_UP: i32 = 129;
/// Threads of this name may fail without ending the console: one source less is not the end.
pub const WORKER: &str = "warroom-worker";

/// What asks the sources.
pub trait Feeds {
    /// Asks this source, or all of them, as soon as possible.
    fn poll(&self, source: Option<SourceName>);

    /// Tells what to look at from now on.
    fn demand(&self, demand: Demand);
}

/// Draws a model.
pub type Paint = Box<dyn FnMut(&Model, &mut Buffer)>;

/// What a console needs.
pub struct Console {
    /// Its state at the start.
    pub model: Model,
    /// Its clock.
    pub clock: Clock,
    /// Where deliveries and everything else come in.
    pub inbox: Arc<Inbox>,
    /// What asks the sources.
    pub feeds: Box<dyn Feeds>,
    /// The ledger, where this console has one.
    pub ledger: Option<Following>,
    /// What records acts, where this console has a ledger and may.
    pub recorder: Option<Recorder>,
    /// What plans, starts and tells runs, where this console may.
    pub operator: Option<Operator>,
    /// What follows the output of steps, where this console has a ledger.
    pub tail: Option<Tail>,
    /// What asks the policies.
    pub policies: Policies,
    /// What keeps profiles of versions, where there is a place for them.
    pub keeper: Option<Keeper>,
    /// What draws.
    pub paint: Paint,
    /// What lies between us and the terminal.
    pub between: Between,
    /// Whether the terminal is at the other end of a network.
    pub over_ssh: bool,
    /// The connection to it, where the kernel tells about that.
    pub link: Option<Link>,
    /// Whether the wheel of the mouse is listened to.
    pub mouse: bool,
    /// What is done when something grows worse.
    pub alarm: Alarm,
    /// Where exports go.
    pub directory: PathBuf,
}

impl Console {
    /// Runs until somebody quits.
    ///
    /// # Errors
    /// When the terminal cannot be used. Once it runs, a terminal that goes away ends the process (129), and so do signals
    /// (128 and the number).
    pub fn run(self) -> Result<(), NoTerminal> {
        let terminal = Terminal::open()?;
        let _guard = Guard(Arc::clone(&terminal));
        report_panics(&terminal);
        // From the first change on there is somebody who undoes it.
        signals::listen(Arc::clone(&terminal), Arc::clone(&self.inbox), self.clock)?;
        terminal.enter()?;
        if self.mouse {
            terminal.listen_to_mouse()?;
        }
        input::listen(Arc::clone(&terminal), Arc::clone(&self.inbox), self.clock, self.over_ssh, self.mouse)?;
        let mut running = Running {
            screen: Screen::new(terminal::size()),
            frames: Frames::new(Arc::clone(&terminal), self.link.clone()),
            terminal: Arc::clone(&terminal),
            console: self,
            plain: false,
            asked: None,
        };
        if running.until_quit().is_err() {
            terminal::leave(&terminal, HUNG_UP, "the terminal is gone");
        }
        Ok(())
    }
}

struct Running {
    console: Console,
    terminal: Arc<Terminal>,
    screen: Screen,
    frames: Frames,
    /// The main screen shows plain text; the next key goes back.
    plain: bool,
    /// When the sources were last asked by hand.
    asked: Option<Instant>,
}

/// What happened to the screen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Nothing.
    Never,
    /// Data changed.
    Soon,
    /// A person did something, or a second passed.
    Now,
}

impl Running {
    fn until_quit(&mut self) -> io::Result<()> {
        let (columns, rows) = terminal::size();
        self.tell(Msg::Resize(columns, rows))?;
        self.draw()?;
        let mut drawn = Instant::now();
        let mut tick = drawn + TICK;
        let mut due = Due::Never;
        loop {
            let mut next = if due == Due::Soon { tick.min(drawn + self.frame()) } else { tick };
            if let Some(look) = self.frames.look_again() {
                next = next.min(look);
            }
            for event in self.console.inbox.take(next.saturating_duration_since(Instant::now())) {
                match self.take(event)? {
                    Some(then) => due = due.max(then),
                    None => return Ok(()),
                }
            }
            let now = Instant::now();
            if now >= tick {
                tick = now + TICK;
                self.tell(Msg::Tick)?;
                due = Due::Now;
            }
            self.frames.send_on()?;
            if (due == Due::Now || (due == Due::Soon && now >= drawn + self.frame())) && self.may_draw()? {
                self.draw()?;
                drawn = Instant::now();
                due = Due::Never;
            }
        }
    }

    /// How far apart frames are that nobody asked for.
    const fn frame(&self) -> Duration {
        if self.console.model.ui.low_bandwidth { SLOW_FRAME } else { FRAME }
    }

    /// Whether the terminal has what was drawn before. Where it takes its time over SSH, less is drawn from then on.
    fn may_draw(&mut self) -> io::Result<bool> {
        let slow = self.console.model.ui.low_bandwidth;
        let ready = self.frames.ready(slow);
        if !ready && !slow && self.console.over_ssh && self.frames.stalled() {
            self.tell(Msg::SlowTerminal)?;
        }
        Ok(ready)
    }

    /// Takes one event. `None` ends the loop.
    fn take(&mut self, event: Event) -> io::Result<Option<Due>> {
        let (at, msg) = match event {
            Event::Msg(_, Msg::Key(_) | Msg::Burst(_)) if self.plain => {
                self.plain = false;
                self.screen.forget();
                self.frames.finish()?;
                self.terminal.hide_plain()?;
                return Ok(Some(Due::Now));
            }
            Event::Msg(at, msg) => (at, msg),
            Event::Repaint => {
                self.plain = false;
                self.screen.forget();
                return Ok(Some(Due::Now));
            }
        };
        let due = match &msg {
            Msg::Delivery(_)
            | Msg::Sources(_)
            | Msg::Catalog(_)
            | Msg::Ledger(_)
            | Msg::Evidence { .. }
            | Msg::Profiles(_)
            | Msg::Decided { .. }
            | Msg::Output(_)
            | Msg::ConfigProblems(_)
            | Msg::Themes(_) => Due::Soon,
            Msg::Key(_)
            | Msg::Burst(_)
            | Msg::Wheel { .. }
            | Msg::Paste(_)
            | Msg::Resize(..)
            | Msg::Tick
            | Msg::Focus(_)
            | Msg::Resumed
            | Msg::Notice(_)
            | Msg::Identified { .. }
            | Msg::Recorded { .. }
            | Msg::Planned { .. }
            | Msg::Started { .. }
            | Msg::Told { .. }
            | Msg::Breaker { .. }
            | Msg::SlowTerminal => Due::Now,
        };
        if let Msg::Resize(columns, rows) = msg {
            self.screen.resize((columns, rows));
        }
        let effects = update::update(&mut self.console.model, at, msg);
        Ok(self.carry_out(effects)?.then_some(due))
    }

    fn tell(&mut self, msg: Msg) -> io::Result<()> {
        let effects = update::update(&mut self.console.model, self.console.clock.now(), msg);
        self.carry_out(effects).map(|_| ())
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.plain {
            return Ok(());
        }
        let Self { console, screen, frames, .. } = self;
        frames.send(screen.frame(|buffer| (console.paint)(&console.model, buffer)))
    }

    /// Does what was asked for. `false` ends the loop.
    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<bool> {
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(false),
                Effect::Suspend => self.suspend(),
                Effect::Repaint => self.screen.forget(),
                Effect::Poll(source) => self.poll(source),
                Effect::Demand(demand) => {
                    if let Some(ledger) = &self.console.ledger {
                        ledger.signers(&demand.catalog.signers);
                    }
                    self.console.feeds.demand(demand);
                }
                Effect::AskPolicies(questions) => self.console.policies.ask(*questions),
                Effect::Identify { .. } | Effect::Record(_) | Effect::GiveUp(_) => self.record(effect),
                Effect::Plan { .. }
                | Effect::AskApproval(_)
                | Effect::Approve(_)
                | Effect::StartRun(_)
                | Effect::TellRun(_)
                | Effect::Breaker(_)
                | Effect::Hold(_)
                | Effect::RecoverRun(_) => self.run(effect),
                Effect::Tail(wanted) => {
                    if let Some(tail) = &self.console.tail {
                        tail.follow(wanted);
                    }
                }
                Effect::KeepProfiles(found) => {
                    if let Some(keeper) = &self.console.keeper {
                        keeper.keep(*found);
                    }
                }
                Effect::Copy { what, text } => self.copy(&what, &text)?,
                Effect::ShowPlain(text) => {
                    self.plain = true;
                    self.frames.finish()?;
                    self.terminal.show_plain(&text)?;
                }
                Effect::Export { name, content } => self.export(name, content),
                Effect::Title(title) => self.frames.send(&self.terminal.title(&title))?,
                Effect::Alarm(text) => {
                    self.frames.send(self.console.alarm.sequence(&text, self.console.between).as_bytes())?;
                }
            }
        }
        Ok(true)
    }

    /// What concerns the ledger, for the one who records. Without one nothing is offered.
    fn record(&self, effect: Effect) {
        let Some(recorder) = &self.console.recorder else { return };
        match effect {
            Effect::Identify { act, meaning, catalog } => recorder.identify(act, meaning, catalog),
            Effect::Record(authorised) => recorder.record(*authorised),
            Effect::GiveUp(act) => recorder.give_up(act),
            _ => {}
        }
    }

    /// What concerns plans and runs. A console that may not write has nobody for it.
    fn run(&self, effect: Effect) {
        let tell = |msg| self.console.inbox.tell(self.console.clock.now(), msg);
        let none = || "this console cannot do it".to_owned();
        match (&self.console.operator, effect) {
            (Some(operator), effect) => operator.take(effect),
            (None, Effect::Plan { act, .. }) => tell(Msg::Planned { act, outcome: Err(none()), unknown: Vec::new() }),
            (None, Effect::StartRun(run)) => tell(Msg::Started { act: run.act(), outcome: Err(none()) }),
            (None, Effect::Approve(said)) => tell(Msg::Told { act: said.act(), outcome: Err(none()) }),
            (None, Effect::RecoverRun(run)) => tell(Msg::Told { act: run.act(), outcome: Err(none()) }),
            (None, Effect::TellRun(order)) => tell(Msg::Told { act: order.act(), outcome: Err(none()) }),
            (None, _) => {}
        }
    }

    fn notice(&self, text: impl Into<String>) {
        self.console.inbox.tell(self.console.clock.now(), Msg::Notice(text.into()));
    }

    /// Stops the whole job, as the terminal would have done: `cargo run` and `sudo` in front of us have to stop too. The signal
    /// thread does the rest.
    fn suspend(&self) {
        if !terminal::has_shell() {
            self.notice("no shell to go to");
        } else if let Err(error) = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP) {
            self.notice(format!("cannot suspend: {error}"));
        }
    }

    fn poll(&mut self, source: Option<SourceName>) {
        let now = Instant::now();
        if self.asked.is_some_and(|asked| now < asked + ASKING) {
            self.notice("asked just now");
            return;
        }
        self.asked = Some(now);
        self.console.feeds.poll(source);
    }

    fn copy(&mut self, what: &str, text: &str) -> io::Result<()> {
        let between = self.console.between;
        if let Some(sequence) = clipboard::sequence(text, between) {
            self.frames.send(sequence.as_bytes())?;
        }
        self.notice(clipboard::told(what, text, between));
        Ok(())
    }

    /// In a thread of its own: the directory may be on a slow network.
    fn export(&self, name: String, content: String) {
        let inbox = Arc::clone(&self.console.inbox);
        let clock = self.console.clock;
        let directory = self.console.directory.clone();
        let writing = move || {
            let text = match export::write(&directory, &name, &content) {
                Ok(path) => export::written(&path),
                Err(error) => export::failed(&directory, &name, &error),
            };
            inbox.tell(clock.now(), Msg::Notice(text));
        };
        if let Err(error) = std::thread::Builder::new().name("export".to_owned()).spawn(writing) {
            self.notice(format!("cannot write a file: {error}"));
        }
    }
}

/// A panic is logged; then the terminal is put back, and only then the panic is reported, where people can read it. One in a
/// worker ends a poll and not the console.
fn report_panics(terminal: &Arc<Terminal>) {
    let terminal = Arc::downgrade(terminal);
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!("{info}");
        if std::thread::current().name().is_some_and(|name| name.starts_with(WORKER)) {
            return;
        }
        if let Some(terminal) = terminal.upgrade() {
            terminal.restore();
        }
        report(info);
        if std::thread::current().name() != Some("main") {
            scratch::remove();
            std::process::exit(101);
        }
    }));
}
