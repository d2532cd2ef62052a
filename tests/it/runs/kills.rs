//! Workers and shims that are killed at random moments, and taken up again: no write is done twice, none is lost, and every run
//! ends in a stated outcome.

use std::{
    fs,
    process::{Child, Stdio},
    sync::atomic::Ordering,
    thread,
    time::Duration,
};

use warroom::domain::{
    plan::Plan,
    run::{Outcome, Run},
    runbook::Part,
};

use super::{
    desk::{Desk, kill, kill_worker, person, until},
    plans::{counts, create, journal, looks, plan, post, runtime, script, write},
};

/// How many runs are disturbed; `WARROOM_RUN_KILLS` says another number.
const RUNS: usize = 16;

/// How often each is killed at most.
const KILLS: usize = 4;

/// The moments in which most happens, in milliseconds after a worker's start.
const MOMENTS: std::ops::Range<u64> = 0..400;

fn worker(desk: &Desk) -> Child {
    desk.warroom(&["_exec", "run-1"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a worker")
}

fn writes(desk: &Desk, url: &str) -> Plan {
    let slowly = |line: &str| format!("sleep 0.03; {}; sleep 0.03", desk.appends(line, "log"));
    let mut first = write("first", script(&slowly("first")));
    first.undo = Some(script(&slowly("first-back")));
    plan(vec![
        looks("ready", Part::Before, "exit 0"),
        first,
        write("posted", post(url)),
        write("fails", script(&format!("{}; exit 7", slowly("fails")))),
        looks("seen", Part::Validation, "exit 0"),
    ])
}

/// Ends the shim of the last step, if there is one.
fn kill_shim(desk: &Desk, run: &Run) {
    let Some(last) = run.attempts.last() else { return };
    let index = run.plan.steps.iter().position(|step| step.id == last.step).expect("a step");
    let undo = if last.undo { ".undo" } else { "" };
    let place = desk.path().join(format!("runs/run-1/{index:02}-{}{undo}.{}", last.step, last.number));
    let Ok(begun) = fs::read(place.join("begun")) else { return };
    let shim: warroom::domain::run::Worker = serde_json::from_slice(&begun).expect("who began it");
    if warroom::runbook::process::alive(&shim) == warroom::runbook::process::Alive::Yes
        && shim.pid != std::process::id()
    {
        kill(shim.pid);
    }
}

#[test]
fn workers_killed_at_any_moment_do_nothing_twice_and_lose_nothing() {
    let runs = std::env::var("WARROOM_RUN_KILLS").ok().map_or(RUNS, |text| text.parse().expect("a number"));
    let runtime = runtime();
    let (mut killed, mut unknown) = (0, 0);
    for turn in 0..runs {
        let desk = Desk::new();
        let (url, count) = counts(&runtime, Duration::from_millis(40));
        journal(&desk.ledger()).record("run-1", &create(writes(&desk, &url))).expect("created");
        for _ in 0..KILLS {
            let mut child = worker(&desk);
            thread::sleep(Duration::from_millis(fastrand::u64(MOMENTS)));
            let was_alive = matches!(child.try_wait(), Ok(None));
            child.kill().expect("killed");
            child.wait().expect("gone");
            killed += usize::from(was_alive);
            let run = desk.newest().expect("the run");
            if fastrand::u8(..4) == 0 {
                kill_shim(&desk, &run);
            }
        }
        let mut last = worker(&desk);
        unknown += person(
            &desk,
            || matches!(last.try_wait(), Ok(Some(_))),
            |step, undo| match (step, undo) {
                ("posted", _) => count.load(Ordering::SeqCst) > 0,
                (step, true) => desk.lines("log").contains(&format!("{step}-back")),
                (step, false) => desk.lines("log").contains(&step.to_owned()),
            },
        );
        let run = until("the end", || desk.newest().filter(Run::is_over));
        assert!(!kill_worker(&run), "who is done is gone");
        let log = desk.lines("log");
        let times = |line: &str| log.iter().filter(|written| *written == line).count();
        for step in ["first", "fails", "first-back"] {
            assert!(times(step) <= 1, "run {turn}: {step} was done {} times: {run:#?}", times(step));
        }
        assert!(count.load(Ordering::SeqCst) <= 1, "run {turn}: posted twice: {run:#?}");
        for attempt in &run.attempts {
            let outcome = attempt.result.as_ref().map(|result| result.outcome);
            assert!(outcome.is_some_and(|outcome| outcome != Outcome::Unknown), "run {turn}: {attempt:?}");
            let there = match (attempt.step.as_str(), attempt.undo) {
                ("posted", false) => count.load(Ordering::SeqCst),
                ("first", true) => times("first-back"),
                ("first" | "fails", _) => times(&attempt.step),
                _ => continue,
            };
            if outcome == Some(Outcome::Succeeded) {
                assert_eq!(there, 1, "run {turn}: said to be done, and not there: {attempt:?}");
            }
        }
    }
    println!("{runs} runs, {killed} workers killed, {unknown} outcomes that a person had to say, nothing done twice");
}
