//! Runs of real programs: what is told of them, and what no program can do.

use std::fs;

use warroom::domain::{
    plan::Mode,
    run::{Ending, Outcome, State},
    runbook::{Part, action::Value},
    time::Span,
};

use super::{
    desk::{Desk, told, until},
    plans::{command, looks, plan, script, write},
};
use warroom::domain::plan::{Plan, request::Request};

#[test]
fn a_run_is_verified_when_somebody_else_says_so_and_not_otherwise() {
    let desk = Desk::new();
    let done = desk.path().join("done").display().to_string();
    let steps = |wanted: &str| {
        vec![
            looks("ready", Part::Before, "exit 0"),
            write("abort", script(&format!("{}; echo traffic goes back", desk.appends("abort", "done")))),
            looks("seen", Part::Validation, &format!("grep -q {wanted} '{done}'")),
        ]
    };
    let (code, said) = desk.run(&plan(steps("abort")));
    assert_eq!(code, 0, "{said}");
    for words in ["taken up by process", "abort begins", "| traffic goes back", "abort SUCCEEDED", "VERIFIED"] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
    let (code, said) = desk.run(&plan(steps("something else")));
    assert!(code == 1 && said.contains("NOT VERIFIED"), "{code}: {said}");
    let mut refused = plan(steps("abort"));
    refused.steps[0] = looks("ready", Part::Before, "exit 3");
    let (code, said) = desk.run(&refused);
    assert!(code == 1 && said.contains("REFUSED") && said.contains("nothing was changed"), "{code}: {said}");
    assert_eq!(desk.lines("done").len(), 2, "the refused one did nothing");
}

#[test]
fn a_plan_that_was_not_looked_at_is_not_run() {
    let desk = Desk::new();
    let the_plan = plan(vec![write("abort", script("exit 0"))]);
    let (file, hash) = desk.file(&the_plan);
    let wrong = format!("{}0000000", if hash.starts_with('a') { 'b' } else { 'a' });
    for (arguments, words) in [
        (vec!["--reason", "x", "--confirm", wrong.as_str()], "look at the plan again"),
        (vec!["--reason", "x", "--confirm", &hash[..4]], "at least 8 digits"),
        (vec!["--reason", "x", "--phrase", "yes"], "rollback checkout prod to 1.41.7"),
        (vec!["--confirm", hash.as_str()], "say why with --reason"),
        (vec!["--confirm", hash.as_str(), "--reason", "x", "--read-only"], "--read-only"),
    ] {
        let (code, said) = told(&desk.say(&[&["runbook", "run", file.as_str()], arguments.as_slice()].concat()));
        assert!(code == 2 && said.contains(words), "{code}: {said}");
    }
    assert_eq!(desk.newest(), None);
}

#[test]
fn a_program_that_does_not_end_is_ended_with_all_that_it_started_and_it_is_known_that_nothing_goes_on() {
    let desk = Desk::new();
    let alive = desk.path().join("alive").display().to_string();
    // It ignores TERM; so does what it starts, one of which leads a session of its own, and both say that they are there.
    let beat = format!("trap '' TERM HUP; while :; do echo beat >> '{alive}'; sleep 0.02; done");
    let stubborn = format!("trap '' TERM; setsid sh -c \"{beat}\" & sh -c \"{beat}\" & wait; wait");
    let mut the_plan = plan(vec![write("hangs", script(&stubborn))]);
    the_plan.steps[0].timeout = Span::from_millis(400);
    let (code, said) = desk.run(&the_plan);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("TIMED OUT") && said.contains("nothing of it runs any more"), "{said}");
    let beats = desk.lines("alive").len();
    assert!(beats > 0, "it ran");
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(desk.lines("alive").len(), beats, "and nothing of it goes on");
}

#[test]
fn a_program_that_closes_its_output_is_waited_for_and_one_that_leaves_something_behind_is_told() {
    let desk = Desk::new();
    let closes = format!("exec >&- 2>&-; sleep 0.3; {}", desk.appends("closed", "done"));
    let leaves = "(sleep 2; exit 0) & exit 0";
    let (_, said) = desk.run(&plan(vec![write("closes", script(&closes)), write("leaves", script(leaves))]));
    assert_eq!(desk.lines("done"), ["closed"], "{said}");
    assert!(said.contains("leaves SUCCEEDED") && said.contains("processes that it started still run"), "{said}");
}

#[test]
fn of_a_hundred_megabytes_beginning_and_end_are_kept() {
    let desk = Desk::new();
    let loud = "echo first; head -c 104857600 /dev/zero | tr '\\0' 'x'; echo; echo last";
    let (code, said) = desk.run(&plan(vec![write("loud", script(loud))]));
    assert!(code == 1 && said.contains("loud SUCCEEDED"), "{said}");
    let run = desk.newest().expect("a run");
    let path = desk.path().join("runs").join(&run.id).join("00-loud.1").join("output");
    let kept = fs::read(&path).expect("its output");
    assert!(kept.len() < 1_100_000 && kept.starts_with(b"first\n") && kept.ends_with(b"last\n"), "{}", kept.len());
    let hash = run.attempts[0].result.as_ref().expect("a result").output;
    assert_eq!(hash, Some(warroom::domain::ledger::hash::Hash::of(&kept)), "and the record has its hash");
}

#[test]
fn a_program_has_the_environment_that_is_named_and_no_terminal() {
    let desk = Desk::new();
    let mut asks = command(&["sh", "-c", "env; test -e /dev/tty && (: < /dev/tty) 2>&1 && echo a terminal; exit 0"]);
    if let Request::Command(command) = &mut asks {
        command.environment.insert("FLAG".to_owned(), Value::Text("new_pricing".to_owned()));
        command.pass = vec!["PASSED".to_owned()];
    }
    let the_plan = plan(vec![write("env", asks)]);
    let id = desk.create(&the_plan).expect("a run");
    let mut run = desk.warroom(&["runbook", "attach", &id, "--recover"]);
    let (_, said) = told(&run.env("PASSED", "yes").env("PRIVATE", "no").output().expect("it runs"));
    assert!(said.contains("| FLAG=new_pricing") && said.contains("| PASSED=yes"), "{said}");
    assert!(said.contains("| WARROOM_IDEMPOTENCY_KEY=run-") && !said.contains("PRIVATE="), "{said}");
    assert!(!said.contains("a terminal"), "{said}");
}

#[test]
fn a_failed_write_waits_for_a_person_who_takes_back_what_was_done() {
    let desk = Desk::new();
    let mut first = write("first", script(&desk.appends("done", "log")));
    first.undo = Some(script(&desk.appends("undone", "log")));
    let the_plan = plan(vec![first, write("second", script("echo no such flag; exit 4"))]);
    let (code, said) = desk.run(&the_plan);
    assert!(
        code == 3 && said.contains("exit code 4 (must be 0)") && said.contains("--retry|--skip|--undo|--end"),
        "{said}"
    );
    let id = desk.newest().expect("a run").id;
    let why = desk.create(&the_plan).expect_err("leased");
    assert!(why.contains(&format!("attach to it with `warroom runbook attach {id}`")), "{why}");
    let (code, said) = told(&desk.say(&["runbook", "resolve", &id, "--undo", "--reason", "the flag is gone"]));
    assert!(code == 1 && said.contains("UNDONE"), "{code}: {said}");
    assert_eq!(desk.lines("log"), ["done", "undone"]);
}

#[test]
fn a_run_that_is_told_to_stop_now_ends_its_program() {
    let desk = Desk::new();
    let mut hangs = write("hangs", script(&format!("{}; sleep 600", desk.appends("begun", "log"))));
    hangs.cancellable = true;
    let mut child = desk.start(&plan(vec![hangs]), &[]);
    until("the program", || (!desk.lines("log").is_empty()).then_some(()));
    let id = desk.newest().expect("a run").id;
    let (code, said) = told(&desk.say(&["runbook", "abort", &id, "--now", "--reason", "wrong cluster"]));
    assert!(code == 0 && said.contains("told to stop, and to end hangs"), "{said}");
    let ended = desk.until("its end", |run| run.attempts[0].result.is_some());
    let result = ended.attempts[0].result.clone().expect("a result");
    assert_eq!(result.outcome, Outcome::Aborted, "{}", result.words);
    assert_eq!(
        child.wait().expect("it ends").code(),
        Some(3),
        "it waits: what was done so far is not taken back by itself"
    );
    let (code, said) = told(&desk.say(&["runbook", "resolve", &id, "--end"]));
    assert!(code == 1 && said.contains("ABORTED"), "{said}");
}

#[test]
fn somebody_who_is_asked_says_that_it_is_done() {
    let desk = Desk::new();
    desk.role("dba", "ana");
    let asks = Request::Manual { instruction: "turn the key".into(), who: Some("dba".into()), evidence: true };
    let (code, said) = desk.run(&plan(vec![write("key", asks), write("after", script(&desk.appends("after", "log")))]));
    assert!(code == 3 && said.contains("waits for a person (dba): turn the key"), "{code}: {said}");
    let id = desk.newest().expect("a run").id;
    let (code, said) = told(&desk.say(&["runbook", "resolve", &id, "--outcome", "succeeded"]));
    assert!(code == 2 && said.contains("--reason"), "{said}");
    let done = ["runbook", "resolve", &id, "--outcome", "succeeded", "--reason", "at 12"];
    let login = warroom::ledger::actor::actor().user;
    let (code, said) = told(&desk.say(&done));
    assert!(code == 1 && said.contains(&format!("the step key is for dba (ana), and {login} is not among")), "{said}");
    assert!(desk.lines("log").is_empty(), "and nothing went on");
    desk.role("dba", &login);
    let (code, said) = told(&desk.say(&done));
    assert!(code == 1 && said.contains("key SUCCEEDED (a person says so)") && said.contains("NOT VERIFIED"), "{said}");
    assert_eq!(desk.lines("log"), ["after"]);
}

#[test]
fn a_rehearsal_changes_nothing_and_needs_no_lease() {
    let desk = Desk::new();
    let mut named = script(&desk.appends("real", "log"));
    if let Request::Command(command) = &mut named {
        command.rehearsal = Some(["sh", "-c", &desk.appends("rehearsed", "log")].map(str::to_owned).to_vec());
    }
    let steps = vec![
        write("shown", script(&desk.appends("real", "log"))),
        write("named", named),
        write("asks", Request::Manual { instruction: "turn the key".into(), who: None, evidence: true }),
        looks("seen", Part::Validation, "exit 0"),
    ];
    let the_plan = Plan { mode: Mode::Rehearsal, ..plan(steps) };
    // Somebody acts on the same service meanwhile.
    let mut real = desk.start(&plan(vec![write("slow", script("sleep 1"))]), &[]);
    desk.until("the real one", |run| !run.attempts.is_empty());
    let (code, said) = desk.run(&the_plan);
    assert!(code == 0 && said.contains("REHEARSAL of") && said.contains("not run in a rehearsal"), "{code}: {said}");
    assert_eq!(desk.lines("log"), ["rehearsed"]);
    let run = desk.newest().expect("a run");
    assert_eq!((run.plan.mode, run.state), (Mode::Rehearsal, State::Ended(Ending::Verified)));
    real.wait().expect("it ends");
}
