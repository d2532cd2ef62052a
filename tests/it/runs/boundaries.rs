//! Workers that end at every append to the journal: before it, behind it, and when its record is torn afterwards. What they left is
//! taken up by another one, and no write is done twice; nor when the clock of the wall jumps in between.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, atomic::Ordering},
    thread,
    time::Duration,
};

use warroom::{
    clock::Clock,
    domain::{
        catalog::Catalog,
        ledger::{
            audit::Stored,
            event::{Entry, Event},
        },
        plan::Plan,
        run::{Ending, State},
        runbook::Part,
    },
    ledger::store::{Head, Scribe, Store, StoreError, sqlite::Sqlite},
    runbook::{
        steps::Tools,
        worker::{Opener, Order, work},
    },
    sources::{checks::Checks, connector::Context},
};

use super::{
    desk::{Desk, person},
    plans::{counts, create, journal, looks, nothing, plan, post, runtime, script, write},
};

/// A store that is gone at the append of this number: before it, or when it was durable.
struct Ends {
    store: Sqlite,
    left: Arc<Mutex<usize>>,
    behind: bool,
}

impl Ends {
    fn is_the_last(&self) -> bool {
        let mut left = self.left.lock().expect("free");
        *left = left.saturating_sub(1);
        *left == 0
    }
}

impl Store for Ends {
    fn append(&mut self, entry: &Entry) -> Result<Event, StoreError> {
        let head = self.store.head()?;
        self.append_after(head, entry)
    }

    fn append_after(&mut self, head: Head, entry: &Entry) -> Result<Event, StoreError> {
        if entry.action == "run.budget" {
            return self.store.append_after(head, entry);
        }
        let last = self.is_the_last();
        if last && !self.behind {
            return Err(StoreError::ReadOnly);
        }
        let event = self.store.append_after(head, entry)?;
        // What was recorded is there; the one who recorded it is not told any more.
        if last { Err(StoreError::ReadOnly) } else { Ok(event) }
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        self.store.head()
    }

    fn after(&mut self, seq: u64, limit: u32) -> Result<Vec<Stored>, StoreError> {
        self.store.after(seq, limit)
    }

    fn wait(&mut self, seq: u64, limit: Duration) -> Result<(), StoreError> {
        self.store.wait(seq, limit)
    }
}

/// What befalls a worker at an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It ends before.
    Before,
    /// It ends when the record is durable.
    Behind,
    /// The same, and half of the record is lost afterwards.
    Torn,
}

fn sqlite(ledger: &Path, clock: Clock) -> Sqlite {
    Sqlite::open(ledger, Scribe::new("bastion-2".to_owned(), clock)).expect("a ledger")
}

fn tools(desk: &Desk, clock: Clock) -> Tools {
    let context = Context::new(clock, false);
    Tools {
        checks: Checks::new(Vec::new(), desk.path().to_owned(), context.clone()),
        clusters: Arc::new(Vec::new()),
        context,
        catalog: Arc::new(Catalog::default()),
        directory: desk.path().to_owned(),
        program: env!("CARGO_BIN_EXE_warroom").into(),
    }
}

/// Works on run-1 by `clock` until it is over or `appends` were made; whether it is over.
fn works(desk: &Desk, (appends, fate): (usize, Fate), clock: Clock, runtime: &tokio::runtime::Runtime) -> bool {
    let (ledger, left) = (desk.ledger(), Arc::new(Mutex::new(appends)));
    let open: Opener = Arc::new(move || {
        let store = sqlite(&ledger, clock);
        let store: Box<dyn Store> = Box::new(Ends { store, left: Arc::clone(&left), behind: fate != Fate::Before });
        Ok(store)
    });
    let tools = tools(desk, clock);
    let order = Order { run: "run-1", runs: desk.path().join("runs"), tools, open, recover: false };
    work(order, runtime).is_ok()
}

/// Does `work`, and then tears the last record of the ledger in two, as a disk does that lost its last blocks.
fn torn(desk: &Desk, work: impl FnOnce()) {
    let (ledger, log) = (desk.ledger(), desk.path().join("ledger.db-wal"));
    // As long as somebody has it open, what is new stands in the log beside it.
    let open = desk.journal();
    work();
    let (file, mut records) = (fs::read(&ledger).expect("a file"), fs::read(&log).expect("a log"));
    drop(open);
    records.truncate(records.len().saturating_sub(100));
    fs::write(&ledger, file).expect("written");
    fs::write(&log, records).expect("written");
    // What stands in memory is gone with the machine.
    let _ = fs::remove_file(desk.path().join("ledger.db-shm"));
}

/// A plan of writes that are not harmless to do twice, one of them in a process, one over the network, one taken back.
fn writes(desk: &Desk, url: &str) -> Plan {
    let mut first = write("first", script(&desk.appends("first", "log")));
    first.undo = Some(script(&desk.appends("first back", "log")));
    plan(vec![
        looks("ready", Part::Before, "exit 0"),
        first,
        write("posted", post(url)),
        write("nothing", nothing()),
        write("fails", script(&format!("{}; exit 7", desk.appends("fails", "log")))),
        looks("seen", Part::Validation, "exit 0"),
    ])
}

/// Lets a worker end at `boundary`, and others go on, each by its own clock; whether that boundary was reached.
fn ends_at(boundary: usize, fate: Fate, clocks: &[Clock], runtime: &tokio::runtime::Runtime) -> bool {
    let desk = Desk::new();
    let (url, count) = counts(runtime, Duration::ZERO);
    journal(&desk.ledger()).record("run-1", &create(writes(&desk, &url))).expect("created");
    let there = |step: &str, undo| match (step, undo) {
        ("posted", _) => count.load(Ordering::SeqCst) > 0,
        (step, true) => desk.lines("log").contains(&format!("{step} back")),
        (step, false) => desk.lines("log").contains(&step.to_owned()),
    };
    let mut clocks = clocks.iter().cycle();
    let mut turn = |appends| {
        let clock = *clocks.next().expect("a clock");
        // A worker ends at the boundary, or waits for a person when it got past it.
        thread::scope(|scope| {
            let worker = scope.spawn(|| works(&desk, (appends, fate), clock, runtime));
            person(&desk, || worker.is_finished(), there);
            worker.join().expect("no panic")
        })
    };
    let mut over = false;
    if fate == Fate::Torn {
        torn(&desk, || over = turn(boundary));
    } else {
        over = turn(boundary);
    }
    let reached = !over;
    over = desk.newest().is_some_and(|run| run.is_over()) || (0..10).any(|_| turn(usize::MAX));
    assert!(over, "boundary {boundary}, {fate:?}: it never ends");
    let run = desk.newest().expect("the run");
    assert_eq!(run.state, State::Ended(Ending::Undone), "boundary {boundary}, {fate:?}");
    assert_eq!(count.load(Ordering::SeqCst), 1, "boundary {boundary}, {fate:?}: posted");
    assert_eq!(desk.lines("log"), ["first", "fails", "first back"], "boundary {boundary}, {fate:?}");
    reached
}

/// Does `at` for one boundary after the other until one is not reached; how many there are.
fn each(at: impl Fn(usize) -> bool + Sync) -> usize {
    const THREADS: usize = 4;
    thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS)
            .map(|first| {
                let at = &at;
                scope.spawn(move || (1 + first..).step_by(THREADS).take_while(|boundary| at(*boundary)).count())
            })
            .collect();
        all.into_iter().map(|one| one.join().expect("no panic")).sum()
    })
}

#[test]
fn wherever_a_worker_ends_another_one_goes_on_and_nothing_is_done_twice() {
    let (runtime, clocks) = (runtime(), [Clock::real()]);
    let boundaries = each(|boundary| {
        let ends = |fate| ends_at(boundary, fate, &clocks, &runtime);
        ends(Fate::Before) | ends(Fate::Behind)
    });
    assert!(boundaries >= 14, "claim, snapshot, five intents and results, and the end: {boundaries}");
}

#[test]
fn wherever_the_last_record_is_torn_nothing_is_done_twice() {
    let (runtime, clocks) = (runtime(), [Clock::real()]);
    let boundaries = each(|boundary| ends_at(boundary, Fate::Torn, &clocks, &runtime));
    assert!(boundaries >= 14, "claim, snapshot, five intents and results, and the end: {boundaries}");
}

#[test]
fn a_clock_of_the_wall_that_jumps_by_years_changes_nothing() {
    let runtime = runtime();
    let jumped = |years: i64| Clock::running_from(chrono::Utc::now() + chrono::TimeDelta::days(365 * years), 1.0);
    let clocks = [jumped(10), jumped(-10)];
    let boundaries = each(|boundary| ends_at(boundary, Fate::Behind, &clocks, &runtime));
    assert!(boundaries >= 14, "claim, snapshot, five intents and results, and the end: {boundaries}");
}
