//! Consoles and terminals that go away while a step runs: it goes on, and its result is there.

use std::{io::Read as _, thread};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use warroom::domain::run::{Ending, State};

use super::{
    desk::{Desk, kill, told, until},
    plans::{looks, plan, script, write},
};
use warroom::domain::{plan::Plan, runbook::Part};

fn slow(desk: &Desk) -> Plan {
    let text = format!("{}; sleep 1; {}", desk.appends("begun", "log"), desk.appends("done", "log"));
    plan(vec![write("slow", script(&text)), looks("seen", Part::Validation, "exit 0")])
}

fn begun(desk: &Desk) {
    until("the step", || (desk.lines("log") == ["begun"]).then_some(()));
}

fn went_on(desk: &Desk) {
    let run = desk.until("the end", warroom::domain::run::Run::is_over);
    assert_eq!(run.state, State::Ended(Ending::Verified));
    assert_eq!(desk.lines("log"), ["begun", "done"]);
    let (code, said) = told(&desk.say(&["runbook", "attach", &run.id]));
    assert!(code == 0 && said.contains("slow SUCCEEDED") && said.contains("VERIFIED"), "{said}");
}

#[test]
fn a_console_that_is_killed_in_the_middle_of_a_step_takes_nothing_with_it() {
    let desk = Desk::new();
    let mut console = desk.start(&slow(&desk), &[]);
    begun(&desk);
    kill(console.id());
    console.wait().expect("gone");
    went_on(&desk);
}

#[test]
fn a_terminal_that_hangs_up_in_the_middle_of_a_step_takes_nothing_with_it() {
    let desk = Desk::new();
    let id = desk.create(&slow(&desk)).expect("a run");
    let pty = native_pty_system().openpty(PtySize::default()).expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(["runbook", "attach", &id, "--recover", "--config"]);
    command.arg(desk.path().join("config.toml"));
    command.cwd(desk.path());
    let mut console = pty.slave.spawn_command(command).expect("started");
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().expect("a reader");
    let drained = thread::spawn(move || {
        let mut all = Vec::new();
        let _ = reader.read_to_end(&mut all);
    });
    begun(&desk);
    drop(pty.master);
    console.wait().expect("gone");
    drop(drained);
    went_on(&desk);
}

#[test]
fn a_run_that_is_left_to_itself_is_attached_to_later() {
    let desk = Desk::new();
    let (code, said) = told(&desk.start(&slow(&desk), &["--detach"]).wait_with_output().expect("it ends"));
    assert!(code == 0 && said.contains("it goes on without this"), "{said}");
    let (code, said) = told(&desk.say(&["runbook", "attach"]));
    assert!(code == 0 && said.contains("slow SUCCEEDED"), "{said}");
    went_on(&desk);
}
