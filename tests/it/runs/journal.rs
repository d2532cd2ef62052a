//! Many who write at once: one gets the run, and who lost it records nothing.

use std::{path::Path, sync::Barrier, thread};

use warroom::{
    domain::run::{Ending, State, Worker, act::Act, runs::Refused},
    runbook::journal::JournalError,
};

use super::plans::{create, journal, nothing, plan, write};

/// How often many press at once; `WARROOM_PRESSES` says another number.
const PRESSES: usize = 25;

/// How many press at once.
const PEOPLE: usize = 4;

fn wanted(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a number"))
}

fn worker(pid: u32) -> Worker {
    Worker { host: "bastion-2".into(), boot: "b".into(), pid, started: 1 }
}

fn ends(ledger: &Path, id: &str) {
    let mut journal = journal(ledger);
    let epoch = journal.run(id).expect("the run").epoch;
    journal.record(id, &Act::Claim { epoch, worker: worker(1) }).expect("claimed");
    journal.record(id, &Act::Stop { how: warroom::domain::run::Stop::Now, reason: None }).expect("told to stop");
    let words = "it was told to stop".to_owned();
    journal.record(id, &Act::End { epoch, ending: Ending::Aborted, words }).expect("ended");
}

#[test]
fn of_many_who_press_at_once_exactly_one_has_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger.db");
    let the_plan = plan(vec![write("abort", nothing())]);
    drop(journal(&ledger));
    for press in 0..wanted("WARROOM_PRESSES", PRESSES) {
        let barrier = Barrier::new(PEOPLE);
        let told: Vec<_> = thread::scope(|scope| {
            let people: Vec<_> = (0..PEOPLE)
                .map(|person| {
                    let (ledger, barrier, act) = (&ledger, &barrier, create(the_plan.clone()));
                    scope.spawn(move || {
                        let mut journal = journal(ledger);
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
        ends(&ledger, &have[0]);
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
