//! Runs whose ledger a PostgreSQL keeps: pressed, worked on, picked up, told to stop; and a database that goes away in the middle.

use warroom::domain::{
    plan::Plan,
    run::{Ending, Run, State},
    runbook::Part,
};

use super::{
    desk::{Desk, kill_worker, told, until},
    plans::{looks, plan, script, write},
};
use crate::ledger::database::Server;

/// A step that begins, waits until it may go on, and is done.
fn waits(desk: &Desk) -> Plan {
    let go = desk.path().join("go").display().to_string();
    let text = format!(
        "{}; while test ! -e '{go}'; do sleep 0.02; done; {}",
        desk.appends("begun", "log"),
        desk.appends("done", "log")
    );
    plan(vec![write("slow", script(&text)), looks("seen", Part::Validation, "exit 0")])
}

fn begun(desk: &Desk) -> Run {
    until("the step", || (desk.lines("log") == ["begun"]).then_some(()));
    desk.newest().expect("a run")
}

fn go_on(desk: &Desk) {
    std::fs::write(desk.path().join("go"), "").expect("written");
}

#[test]
fn a_run_in_a_database_is_pressed_picked_up_and_told_to_stop_like_any_other() {
    let server = Server::start();
    let desk = Desk::at(&server, "one");
    let console = desk.start(&waits(&desk), &[]);
    let run = begun(&desk);
    let why = desk.create(&waits(&desk)).expect_err("leased");
    assert!(why.contains(&format!("attach to it with `warroom runbook attach {}`", run.id)), "{why}");
    assert!(kill_worker(&run), "it had a worker");
    let (code, said) = told(&console.wait_with_output().expect("it ends"));
    assert!(code == 3 && said.contains("nobody works on") && said.contains("--recover"), "{code}: {said}");
    let attached = desk.warroom(&["runbook", "attach", "--recover"]).spawn().expect("warroom runs");
    desk.until("another worker", |again| again.worker.is_some() && again.worker != run.worker);
    go_on(&desk);
    let (code, said) = told(&attached.wait_with_output().expect("it ends"));
    assert!(code == 0 && said.contains("slow SUCCEEDED") && said.contains("VERIFIED"), "{code}: {said}");
    assert_eq!(desk.lines("log"), ["begun", "done"], "and it was done once");

    let mut stopped = waits(&desk);
    stopped.steps[0].cancellable = true;
    for file in ["log", "go"] {
        std::fs::remove_file(desk.path().join(file)).expect("removed");
    }
    let console = desk.start(&stopped, &[]);
    let id = begun(&desk).id;
    let (code, said) = told(&desk.say(&["runbook", "abort", &id, "--now", "--reason", "wrong cluster"]));
    assert!(code == 0 && said.contains("told to stop, and to end slow"), "{said}");
    let (code, said) = told(&console.wait_with_output().expect("it ends"));
    assert!(code == 3 && said.contains("slow ABORTED"), "{code}: {said}");
    let (code, said) = told(&desk.say(&["runbook", "resolve", &id, "--end"]));
    assert!(code == 1 && said.contains("ABORTED"), "{code}: {said}");
}

#[test]
fn a_database_that_goes_away_in_the_middle_of_a_step_loses_nothing_and_ends_nothing() {
    let server = Server::start();
    let desk = Desk::at(&server, "one");
    let console = desk.start(&waits(&desk), &[]);
    begun(&desk);
    server.down();
    go_on(&desk);
    until("the step's end", || (desk.lines("log") == ["begun", "done"]).then_some(()));
    server.up();
    let (code, said) = told(&console.wait_with_output().expect("it ends"));
    assert!(code == 0 && said.contains("slow SUCCEEDED") && said.contains("VERIFIED"), "{code}: {said}");
    assert!(said.contains("cannot be seen for the moment"), "{said}");
    assert_eq!(desk.newest().expect("a run").state, State::Ended(Ending::Verified));
    assert_eq!(desk.lines("log"), ["begun", "done"]);
}
