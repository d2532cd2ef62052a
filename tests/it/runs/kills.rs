//! Consoles, workers and shims that are killed at random moments, and taken up again: no write is done twice, none is lost, and
//! every run ends in a stated outcome.

use std::{
    fmt, fs,
    process::Child,
    sync::{Mutex, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;
use warroom::{
    domain::{
        plan::Plan,
        run::{Outcome, Run, Worker},
        runbook::Part,
    },
    runbook::process::{Alive, alive},
};

use super::{
    desk::{Desk, kill, person, until},
    journal::wanted,
    plans::{counts, looks, plan, post, runtime, script, write},
};
use crate::{ledger::database::Server, support::DEADLINE};

/// At how many moments somebody is killed; `WARROOM_RUN_KILLS` says another number.
const MOMENTS: usize = 48;

/// The same with a ledger in a database.
const MOMENTS_IN_DATABASE: usize = 12;

/// At how many moments somebody of one run is killed at most.
const EACH: usize = 4;

/// How many runs go on at once.
const AT_ONCE: usize = 4;

/// The moments in which most happens, in milliseconds after a console's start; a database takes longer than a file.
const AFTER: std::ops::Range<u64> = 0..600;
const AFTER_IN_DATABASE: std::ops::Range<u64> = 0..1_500;

/// Who was killed, and what came of it.
#[derive(Default)]
struct Count {
    moments: usize,
    runs: usize,
    consoles: usize,
    workers: usize,
    shims: usize,
    unknown: usize,
    verified: usize,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { moments, runs, consoles, workers, shims, unknown, verified } = self;
        write!(
            f,
            "{moments} moments in {runs} runs: {consoles} consoles, {workers} workers and {shims} shims killed; "
        )?;
        write!(f, "{unknown} outcomes that a person had to say; {verified} runs verified, the others undone")
    }
}

fn writes(desk: &Desk, url: &str, fails: bool) -> Plan {
    let slowly = |line: &str| format!("sleep 0.03; {}; sleep 0.03", desk.appends(line, "log"));
    let mut first = write("first", script(&slowly("first")));
    first.undo = Some(script(&slowly("first-back")));
    let code = if fails { 7 } else { 0 };
    plan(vec![
        looks("ready", Part::Before, "exit 0"),
        first,
        write("posted", post(url)),
        write("last", script(&format!("{}; exit {code}", slowly("last")))),
        looks("seen", Part::Validation, "exit 0"),
    ])
}

/// A console: it presses when there is no run, and otherwise attaches to the run and picks it up.
fn console(desk: &Desk, plan: &Plan) -> Child {
    match desk.newest() {
        None => desk.start(plan, &[]),
        Some(run) => desk.warroom(&["runbook", "attach", &run.id, "--recover"]).spawn().expect("warroom runs"),
    }
}

/// The workers of this desk that run, also those that did not take their run up yet.
fn workers(desk: &Desk) -> Vec<u32> {
    let config = desk.path().join("config.toml").display().to_string();
    let processes = fs::read_dir("/proc").expect("a list of processes");
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_worker = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let mut words = line.split('\0');
        words.nth(1) == Some("_exec") && words.any(|word| word == config)
    };
    numbers.filter(is_worker).collect()
}

/// The shim of the last step, when it runs.
fn shim(desk: &Desk, run: &Run) -> Option<u32> {
    let last = run.attempts.last()?;
    let index = run.plan.steps.iter().position(|step| step.id == last.step)?;
    let undo = if last.undo { ".undo" } else { "" };
    let place = desk.runs().join(&run.id).join(format!("{index:02}-{}{undo}.{}", last.step, last.number));
    let shim: Worker = serde_json::from_slice(&fs::read(place.join("begun")).ok()?).expect("who began it");
    // An HTTP request is begun by the worker itself.
    let is_shim = fs::read(format!("/proc/{}/cmdline", shim.pid)).is_ok_and(|line| contains(&line, b"_step"));
    (is_shim && alive(&shim) == Alive::Yes).then_some(shim.pid)
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|window| window == word)
}

/// Kills some of those who have to do with the run, at a random moment.
fn strike(desk: &Desk, mut console: Child, count: &mut Count) {
    let after = if desk.is_in_database() { AFTER_IN_DATABASE } else { AFTER };
    thread::sleep(Duration::from_millis(fastrand::u64(after)));
    let who = fastrand::u8(1..8);
    if who & 1 > 0 {
        count.consoles += usize::from(matches!(console.try_wait(), Ok(None)));
        console.kill().expect("killed");
    }
    if who & 2 > 0 {
        for worker in workers(desk) {
            kill(worker);
            count.workers += 1;
        }
    }
    if who & 4 > 0
        && let Some(shim) = desk.newest().and_then(|run| shim(desk, &run))
    {
        kill(shim);
        count.shims += 1;
    }
    // Who is left goes away too: the next console comes to what is there.
    let _ = console.kill();
    console.wait().expect("gone");
    count.moments += 1;
}

/// One run, disturbed at `moments`, and brought to its end.
fn disturbed(desk: &Desk, moments: usize, runtime: &Runtime, count: &mut Count) {
    let (url, posted) = counts(runtime, Duration::from_millis(40));
    let the_plan = writes(desk, &url, fastrand::bool());
    for _ in 0..moments {
        let console = console(desk, &the_plan);
        strike(desk, console, count);
    }
    let times = |line: &str| desk.lines("log").iter().filter(|written| *written == line).count();
    let began = Instant::now();
    let mut console = self::console(desk, &the_plan);
    let over = || {
        assert!(began.elapsed() < 2 * DEADLINE, "it never ends: {:#?}", desk.newest());
        if !matches!(console.try_wait(), Ok(Some(_))) {
            return false;
        }
        let is_over = desk.newest().is_some_and(|run| run.is_over());
        if !is_over {
            // It waits for a person, or its worker was there before this one came.
            console = self::console(desk, &the_plan);
        }
        is_over
    };
    count.unknown += person(desk, over, |step, undo| match (step, undo) {
        ("posted", _) => posted.load(Ordering::SeqCst) > 0,
        (step, true) => times(&format!("{step}-back")) > 0,
        (step, false) => times(step) > 0,
    });
    let journal = desk.journal();
    let [run] = journal.runs().newest()[..] else {
        panic!("pressed once, and there are {:?}", journal.runs().newest())
    };
    until("the worker's end", || workers(desk).is_empty().then_some(()));
    for step in ["first", "last", "first-back"] {
        assert!(times(step) <= 1, "{step} was done {} times: {run:#?}", times(step));
    }
    assert!(posted.load(Ordering::SeqCst) <= 1, "posted twice: {run:#?}");
    for attempt in &run.attempts {
        let outcome = attempt.result.as_ref().map(|result| result.outcome);
        assert!(outcome.is_some_and(|outcome| outcome != Outcome::Unknown), "{attempt:?}");
        let there = match (attempt.step.as_str(), attempt.undo) {
            ("posted", false) => posted.load(Ordering::SeqCst),
            ("first", true) => times("first-back"),
            ("first" | "last", _) => times(&attempt.step),
            _ => continue,
        };
        if outcome == Some(Outcome::Succeeded) {
            assert_eq!(there, 1, "said to be done, and not there: {attempt:?}");
        }
    }
    assert!(journal.runs().leases().is_empty(), "what is over holds no lease");
    count.verified +=
        usize::from(run.state == warroom::domain::run::State::Ended(warroom::domain::run::Ending::Verified));
    count.runs += 1;
}

/// Disturbs runs on desks that `new` makes, until that was done at so many moments.
fn disturb(moments: usize, new: impl Fn(usize) -> Desk + Sync) {
    let (runtime, next, all) = (runtime(), Mutex::new(0), Mutex::new(Count::default()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let turn = {
                        let mut next = next.lock().expect("free");
                        *next += 1;
                        *next - 1
                    };
                    if turn * EACH >= moments {
                        return;
                    }
                    let desk = new(turn);
                    let mut count = Count::default();
                    disturbed(&desk, EACH.min(moments - turn * EACH), &runtime, &mut count);
                    all.lock().expect("free").add(&count);
                }
            });
        }
    });
    let all = all.into_inner().expect("free");
    println!("{all}");
    assert_eq!(all.moments, moments, "{all}");
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.moments += other.moments;
        self.runs += other.runs;
        self.consoles += other.consoles;
        self.workers += other.workers;
        self.shims += other.shims;
        self.unknown += other.unknown;
        self.verified += other.verified;
    }
}

#[test]
fn consoles_workers_and_shims_killed_at_any_moment_do_nothing_twice_and_lose_nothing() {
    disturb(wanted("WARROOM_RUN_KILLS", MOMENTS), |_| Desk::new());
}

#[test]
fn the_same_is_true_of_runs_whose_ledger_a_database_keeps() {
    let server = Server::start();
    disturb(wanted("WARROOM_RUN_KILLS", MOMENTS_IN_DATABASE).min(200), |turn| {
        Desk::at(&server, &format!("ledger_{turn}"))
    });
}
