//! Many who write at once: one gets the run, and who lost it records nothing.

use std::{sync::Barrier, thread};

use warroom::{
    domain::run::{Ending, State, Worker, act::Act, runs::Refused},
    runbook::journal::{Journal, JournalError},
};

use super::{
    desk::Desk,
    plans::{create, journal, nothing, plan, write},
};
use crate::ledger::database::Server;

/// How often many press at once; `WARROOM_PRESSES` says another number.
const PRESSES: usize = 25;

/// The same where a database keeps the ledger.
const PRESSES_IN_DATABASE: usize = 10;

/// How many press at once.
const PEOPLE: usize = 4;

pub(super) fn wanted(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a number"))
}

fn worker(pid: u32) -> Worker {
    Worker { host: "bastion-2".into(), boot: "b".into(), pid, started: 1 }
}

fn ends(mut journal: Journal, id: &str) {
    let epoch = journal.run(id).expect("the run").epoch;
    journal.record(id, &Act::Claim { epoch, worker: worker(1) }).expect("claimed");
    journal.record(id, &Act::Stop { how: warroom::domain::run::Stop::Now, reason: None }).expect("told to stop");
    let words = "it was told to stop".to_owned();
    journal.record(id, &Act::End { epoch, ending: Ending::Aborted, words }).expect("ended");
}

/// Many press at once, again and again, each with a journal that `open` gives them; exactly one has a run each time.
fn press(presses: std::ops::Range<usize>, open: &(impl Fn() -> Journal + Sync)) {
    let the_plan = plan(vec![write("abort", nothing())]);
    for press in presses {
        let barrier = Barrier::new(PEOPLE);
        let told: Vec<_> = thread::scope(|scope| {
            let people: Vec<_> = (0..PEOPLE)
                .map(|person| {
                    let (barrier, act) = (&barrier, create(the_plan.clone()));
                    scope.spawn(move || {
                        let mut journal = open();
                        let id = format!("run-{press}-{person}");
                        barrier.wait();
                        journal.record(&id, &act).map(|_| id)
                    })
                })
                .collect();
            people.into_iter().map(|person| person.join().expect("a person")).collect()
        });
        let (have, have_not): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
        let have: Vec<String> = have.into_iter().filter_map(Result::ok).collect();
        assert_eq!(have.len(), 1, "press {press}: {have:?}");
        for refused in have_not.into_iter().filter_map(Result::err) {
            let leased = matches!(&refused, JournalError::Refused(Refused::Leased { run, .. }) if *run == have[0]);
            assert!(leased, "{refused}");
        }
        ends(open(), &have[0]);
    }
}

#[test]
fn of_many_who_press_at_once_exactly_one_has_a_run() {
    let presses = wanted("WARROOM_PRESSES", PRESSES);
    for first in (0..presses).step_by(PRESSES) {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("ledger.db");
        drop(journal(&ledger));
        press(first..presses.min(first + PRESSES), &|| journal(&ledger));
    }
}

#[test]
fn of_many_who_press_at_once_on_many_machines_exactly_one_has_a_run() {
    let (server, presses) = (Server::start(), wanted("WARROOM_PRESSES", PRESSES_IN_DATABASE));
    for first in (0..presses).step_by(PRESSES) {
        let desk = Desk::at(&server, &format!("ledger_{first}"));
        press(first..presses.min(first + PRESSES), &|| desk.journal());
    }
}

#[test]
fn whose_lease_was_taken_over_can_record_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger.db");
    let mut old = journal(&ledger);
    let epoch = old.record("run-1", &create(plan(vec![write("abort", nothing())]))).expect("created").seq;
    old.record("run-1", &Act::Claim { epoch, worker: worker(1) }).expect("claimed");
    let mut over = create(plan(vec![write("abort", nothing())]));
    if let Act::Create { take_over, .. } = &mut over {
        *take_over = Some("run-1".into());
    }
    // The old worker has not seen this when it goes on.
    journal(&ledger).record("run-2", &over).expect("taken over");
    let deadline = chrono::Utc::now();
    let intent = Act::Intent { epoch, step: "abort".into(), undo: false, number: 1, deadline };
    let refused = old.record("run-1", &intent).expect_err("fenced");
    assert!(refused.to_string().contains("run-1 is over: taken-over"), "{refused}");
    assert_eq!(old.run("run-1").expect("known").state, State::Ended(Ending::TakenOver));
    assert_eq!(journal(&ledger).run("run-1").expect("known").attempts, []);
}

#[test]
fn two_workers_of_one_run_cannot_both_begin_its_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger.db");
    let mut first = journal(&ledger);
    let epoch = first.record("run-1", &create(plan(vec![write("abort", nothing())]))).expect("created").seq;
    first.record("run-1", &Act::Claim { epoch, worker: worker(1) }).expect("claimed");
    let mut second = journal(&ledger);
    let deadline = chrono::Utc::now();
    let intent = Act::Intent { epoch, step: "abort".into(), undo: false, number: 1, deadline };
    first.record("run-1", &intent).expect("the first begins");
    let refused = second.record("run-1", &intent).expect_err("the second does not").to_string();
    assert!(refused.contains("outcome of the step before is not known"), "{refused}");
}
