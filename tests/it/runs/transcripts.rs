//! What `runbook attach` and `resolve` say of a run, for every way in which a run ends: as text and as JSON, with times, identifiers and
//! addresses taken out.

use std::{process::Output, time::Duration};

use regex::Regex;
use serde_json::{Value, json};
use warroom::domain::{
    plan::{Plan, Planned},
    runbook::Part,
    time::Span,
};

use super::{
    desk::{Desk, told, until},
    plans::{looks, plan, post, runtime, script, write},
};
use crate::support::server;

/// A person at a command line, and all that was said to them.
struct Session {
    desk: Desk,
    id: String,
    text: String,
}

impl Session {
    /// Somebody who pressed for a run of `plan`.
    fn of(desk: Desk, plan: &Plan) -> Self {
        let id = desk.create(plan).expect("a run");
        Self { desk, id, text: String::new() }
    }

    /// The answer of `warroom runbook` to this verb about the run, and what follows it.
    fn say(&mut self, verb: &str, more: &[&str]) -> &mut Self {
        let output = self.desk.say(&[&["runbook", verb, &self.id], more].concat());
        self.keep(&[&[verb], more].concat(), &output);
        self
    }

    fn keep(&mut self, words: &[&str], output: &Output) {
        let (code, said) = told(output);
        let (verb, more) = words.split_first().expect("a verb");
        let more: String = more
            .iter()
            .map(|word| if word.contains(' ') { format!(" {word:?}") } else { format!(" {word}") })
            .collect();
        let id = &self.id;
        self.text.push_str(
            &["$ warroom runbook ", verb, " ", id, &more, "\n", &said, &format!("exit code {code}\n\n")].concat(),
        );
    }

    /// The transcript, with what is another one each time taken out, and after it the same as JSON.
    fn transcript(&self) -> String {
        let mut text = self.text.replace(&self.id, "run-ID");
        for (pattern, instead) in [
            (r"(?m)^\d\d:\d\d:\d\d ", "TIME "),
            (r"process \d+ on \S+", "process PID on HOST"),
            (r" in \d+(\.\d+)?s:", " in TOOK:"),
            (r"after \S+ of ", "after TOOK of "),
            (r"127\.0\.0\.1:\d+", "ADDRESS"),
            (r"(?m)^TIME \S+ (says|told)", "TIME WHO $1"),
            (r"(?m)[ \t]+$", ""),
        ] {
            text = Regex::new(pattern).expect("a pattern").replace_all(&text, instead).into_owned();
        }
        let (code, lines) = told(&self.desk.say(&["runbook", "attach", &self.id, "--json"]));
        let events: String = lines.lines().map(|line| event(line) + "\n").collect();
        text + &format!(
            "$ warroom runbook attach run-ID --json\n{}exit code {code}\n",
            events.replace(&self.id, "run-ID")
        )
    }
}

/// A line of JSON with the same keys.
fn event(line: &str) -> String {
    let mut value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let hidden = [
        ("/event/actor", "ACTOR"),
        ("/event/host", "HOST"),
        ("/event/id", "ULID"),
        ("/event/prev", "HASH"),
        ("/event/ts", "TIME"),
        ("/event/data/plan", "PLAN"),
        ("/event/data/hash", "HASH"),
        ("/event/data/output", "HASH"),
        ("/event/data/worker", "WORKER"),
        ("/event/data/took", "SPAN"),
        ("/event/data/deadline", "TIME"),
    ];
    for (pointer, instead) in hidden {
        if let Some(place) = value.pointer_mut(pointer).filter(|place| !place.is_null()) {
            *place = json!(instead);
        }
    }
    let address = Regex::new(r"127\.0\.0\.1:\d+").expect("a pattern");
    address.replace_all(&value.to_string(), "ADDRESS").into_owned()
}

/// A step that can be taken back by `undo`.
fn first(desk: &Desk, undo: &str) -> Planned {
    let mut first = write("first", script(&desk.appends("first", "log")));
    first.undo = Some(script(undo));
    first
}

fn seen(code: u8) -> Planned {
    looks("seen", Part::Validation, &format!("exit {code}"))
}

#[test]
fn verified() {
    let steps = vec![looks("ready", Part::Before, "exit 0"), write("abort", script("echo traffic goes back")), seen(0)];
    let mut session = Session::of(Desk::new(), &plan(steps));
    insta::assert_snapshot!(session.say("attach", &["--recover"]).transcript());
}

#[test]
fn not_verified() {
    let mut session = Session::of(Desk::new(), &plan(vec![write("abort", script("exit 0")), seen(1)]));
    insta::assert_snapshot!(session.say("attach", &["--recover"]).transcript());
}

#[test]
fn refused() {
    let steps = vec![looks("ready", Part::Before, "exit 3"), write("abort", script("exit 0")), seen(0)];
    let mut session = Session::of(Desk::new(), &plan(steps));
    insta::assert_snapshot!(session.say("attach", &["--recover"]).transcript());
}

#[test]
fn failed_and_undone() {
    let desk = Desk::new();
    let steps = vec![first(&desk, "echo taken back"), write("second", script("echo no such flag; exit 4")), seen(0)];
    let mut session = Session::of(desk, &plan(steps));
    session.say("attach", &["--recover"]).say("resolve", &["--undo", "--reason", "the flag is gone"]);
    insta::assert_snapshot!(session.transcript());
}

#[test]
fn failed() {
    let mut session = Session::of(Desk::new(), &plan(vec![write("second", script("exit 4")), seen(0)]));
    session.say("attach", &["--recover"]).say("resolve", &["--end"]);
    insta::assert_snapshot!(session.transcript());
}

#[test]
fn aborted() {
    let desk = Desk::new();
    let mut hangs = write("hangs", script(&format!("{}; sleep 600", desk.appends("begun", "log"))));
    hangs.cancellable = true;
    let mut session = Session::of(desk, &plan(vec![hangs, seen(0)]));
    let console = session.desk.warroom(&["runbook", "attach", &session.id, "--recover"]).spawn().expect("warroom runs");
    until("the step", || (!session.desk.lines("log").is_empty()).then_some(()));
    session.say("abort", &["--now", "--reason", "wrong cluster"]);
    session.keep(&["attach", "--recover"], &console.wait_with_output().expect("it ends"));
    insta::assert_snapshot!(session.say("resolve", &["--end"]).transcript());
}

#[test]
fn unknown_and_resolved() {
    let runtime = runtime();
    let hung = runtime.block_on(server(|_, stream| async move {
        tokio::time::sleep(Duration::from_mins(10)).await;
        drop(stream);
    }));
    let mut posted = write("posted", post(&format!("http://{hung}/")));
    posted.timeout = Span::from_secs(1);
    let mut session = Session::of(Desk::new(), &plan(vec![posted, seen(0)]));
    session.say("attach", &["--recover"]).say("resolve", &["--retry"]);
    session.say("resolve", &["--outcome", "succeeded", "--reason", "the flag is off"]);
    insta::assert_snapshot!(session.transcript());
}

#[test]
fn stuck() {
    let desk = Desk::new();
    let steps = vec![first(&desk, "echo it is not there; exit 9"), write("second", script("exit 4")), seen(0)];
    let mut session = Session::of(desk, &plan(steps));
    session
        .say("attach", &["--recover"])
        .say("resolve", &["--undo"])
        .say("resolve", &["--end", "--reason", "called the owner"]);
    insta::assert_snapshot!(session.transcript());
}
