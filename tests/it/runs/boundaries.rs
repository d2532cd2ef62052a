//! Workers that end at every append to the journal, before and behind it. What they left is taken up by another one, and no
//! write is done twice.

use std::{
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

fn sqlite(ledger: &Path) -> Sqlite {
    Sqlite::open(ledger, Scribe::new("bastion-2".to_owned(), Clock::real())).expect("a ledger")
}

fn tools(desk: &Desk) -> Tools {
    let context = Context::new(Clock::real(), false);
    Tools {
        checks: Checks::new(Vec::new(), desk.path().to_owned(), context.clone()),
        clusters: Arc::new(Vec::new()),
        context,
        catalog: Arc::new(Catalog::default()),
        directory: desk.path().to_owned(),
        program: env!("CARGO_BIN_EXE_warroom").into(),
    }
}

/// Works on run-1 until it is over or `appends` were made; whether it is over.
fn works(desk: &Desk, appends: usize, behind: bool, runtime: &tokio::runtime::Runtime) -> bool {
    let (ledger, left) = (desk.ledger(), Arc::new(Mutex::new(appends)));
    let open: Opener = Arc::new(move || {
        let store: Box<dyn Store> = Box::new(Ends { store: sqlite(&ledger), left: Arc::clone(&left), behind });
        Ok(store)
    });
    let order = Order { run: "run-1", runs: desk.path().join("runs"), tools: tools(desk), open, recover: false };
    work(order, runtime).is_ok()
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

/// Lets a worker end at `boundary`, and others go on; whether that boundary was reached.
fn ends_at(boundary: usize, behind: bool, runtime: &tokio::runtime::Runtime) -> bool {
    let desk = Desk::new();
    let (url, count) = counts(runtime, Duration::ZERO);
    journal(&desk.ledger()).record("run-1", &create(writes(&desk, &url))).expect("created");
    let mut reached = false;
    let over = (0..10).any(|turn| {
        let appends = if turn == 0 { boundary } else { usize::MAX };
        // A worker ends at the boundary, or waits for a person when it got past it.
        let ended = thread::scope(|scope| {
            let worker = scope.spawn(|| works(&desk, appends, behind, runtime));
            let there = |step: &str, undo| {
                let line = if undo { format!("{step} back") } else { step.to_owned() };
                desk.lines("log").contains(&line)
            };
            person(&desk, || worker.is_finished(), there);
            worker.join().expect("no panic")
        });
        reached |= turn == 0 && !ended;
        ended
    });
    assert!(over, "boundary {boundary}: it never ends");
    let run = desk.newest().expect("the run");
    assert_eq!(run.state, State::Ended(Ending::Undone), "boundary {boundary}");
    assert_eq!(count.load(Ordering::SeqCst), 1, "boundary {boundary}: posted");
    assert_eq!(desk.lines("log"), ["first", "fails", "first back"], "boundary {boundary}");
    reached
}

#[test]
fn wherever_a_worker_ends_another_one_goes_on_and_nothing_is_done_twice() {
    const THREADS: usize = 4;
    let runtime = runtime();
    let boundaries: usize = thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS)
            .map(|first| {
                let runtime = &runtime;
                scope.spawn(move || {
                    let mine = (1 + first..).step_by(THREADS);
                    mine.take_while(|at| ends_at(*at, false, runtime) | ends_at(*at, true, runtime)).count()
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().expect("no panic")).sum()
    });
    assert!(boundaries >= 14, "claim, snapshot, five intents and results, and the end: {boundaries}");
}
