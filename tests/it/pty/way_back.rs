//! The way back, as an engineer in front of the console goes it: the canary goes wrong, and the release comes back, verified.

use super::*;
use crate::{
    ledger::agent::{agent, ssh_add},
    support::Running,
    way_back::{Demo, kill, kill_worker},
};

/// What has to be typed: it names the version that runs afterwards.
const PHRASE: &str = "rollback checkout prod to 1.41.7";

impl Session {
    /// Presses the prefix, waits for its menu, and presses `key`.
    fn chord(&mut self, key: &[u8]) {
        self.send(b"\x18");
        self.until_text("Ctrl-X and then");
        self.send(key);
    }

    /// Types `text` behind `label`, as a person does: each key when the one before is seen.
    fn write_in(&mut self, label: &str, text: &str) {
        let mut typed = String::new();
        for c in text.chars() {
            typed.push(c);
            self.send(c.to_string().as_bytes());
            let wanted = typed.trim_end().to_owned();
            self.until(&format!("{wanted} behind {label}"), |seen| {
                let text = seen.parser.screen().contents();
                text.lines().any(|line| line.split_once(label).is_some_and(|(_, behind)| behind.contains(&wanted)))
            });
        }
    }

    /// From the board into the release that goes wrong, when its page fires.
    fn open_what_goes_wrong(&mut self) {
        self.until_console();
        self.until_text("checkout-1.42");
        self.send(b"\r");
        self.until_text("1 Steps");
        self.until_text("ErrorBudgetBurn");
    }

    /// Chooses the runbook, and waits for its plan.
    fn open_the_plan(&mut self, risk: &str) {
        self.chord(b"r");
        self.until_text("several runbooks are staged");
        self.until("the runbooks", |seen| chosen(seen).is_some());
        while !chosen(&self.seen.0.lock().expect("no panic")).is_some_and(|line| line.contains("rollback-checkout")) {
            let before = chosen(&self.seen.0.lock().expect("no panic"));
            self.send(b"j");
            self.until("another line", |seen| chosen(seen) != before);
        }
        self.chord(b"r");
        // A machine that has much to do may be too slow for the plan: then it is asked for again, as a person would.
        let refused = |text: &str| text.contains("cannot be planned");
        loop {
            self.until("the plan", |seen| {
                let text = seen.parser.screen().contents();
                text.contains(PHRASE) || refused(&text)
            });
            if !refused(&self.text()) {
                break;
            }
            self.send(b"\x1b");
            self.until("the list", |seen| !refused(&seen.parser.screen().contents()));
            self.chord(b"r");
        }
        self.until_text(risk);
        self.until_text("expires in");
    }

    /// Types the reason, takes WRITE mode with it, and types the phrase.
    fn fill_in(&mut self) {
        self.write_in("► reason", "the canary fails 40 % of its requests");
        self.send(b"\x18");
        self.send(b"e");
        self.until_text("WRITE 9:");
        self.write_in("► exactly", PHRASE);
    }

    /// Confirms, when it is said that this `does` what is wanted.
    fn confirm(&mut self, does: &str) {
        self.until_text(&format!("Ctrl-X Enter {does}"));
        self.send(b"\x18");
        self.until("the prefix", |seen| {
            let text = seen.parser.screen().contents();
            text.contains("any other key does not")
        });
        self.send(b"\r");
    }
}

/// The line that the cursor stands on.
fn chosen(seen: &Seen) -> Option<String> {
    let text = seen.parser.screen().contents();
    text.lines().find(|line| line.starts_with('►')).map(str::to_owned)
}

#[test]
fn in_the_demo_the_canary_goes_wrong_and_the_engineer_brings_the_release_back_and_reads_verified() {
    let mut session = Session::start_in((120, 40), &[WARROOM, "demo", "--speed", "10"], &[]);
    session.open_what_goes_wrong();
    session.open_the_plan("risk R3");
    for told in [
        "checkout 1.42.0 → 1.41.7 in prod: 1 write, all can be undone",
        "All traffic of checkout to the version before",
        "verify: Users of checkout see no more errors than usual",
        "ErrorBudgetBurn",
        "NOT KNOWN",
        "budget 10m",
        "rehears",
        "second person: not needed",
    ] {
        session.until_text(told);
    }
    session.fill_in();
    session.confirm("runs it");
    session.until_text("runs › run-");
    // The steps, one after the other, against the budget.
    session.until_text("of 10m");
    session.until_text("✓ 2 All traffic of checkout");
    session.until_text("checkout 1.42.0 has 0 % of the traffic");
    session.until_text("✓ VERIFIED   5/5 steps  rollback checkout to 1.41.7 in prod");
    session.until("how long it took", |seen| {
        let text = seen.parser.screen().contents();
        text.lines().any(|line| line.contains("VERIFIED") && line.contains("took ") && line.contains("of 10m"))
    });
    // Others than the one that was told to act say so: the errors of the service and of its versions.
    session.until_text("1.41.7 0 %");
    session.until_text("over, 5m");
    session.until_text("falling: recovering");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[tokio::test]
async fn the_terminal_is_closed_in_the_middle_of_a_step_and_another_one_reads_verified() {
    let demo = Demo::new();
    demo.hurts().await;
    let config = demo.config();
    let mut session = Session::start_in((120, 40), &[WARROOM, "--config", &config], &[]);
    session.open_what_goes_wrong();
    session.open_the_plan("risk R3");
    session.fill_in();
    session.confirm("runs it");
    let run = demo.under_way();
    session.hang_up();
    assert_eq!(session.ended(), 129, "as after SIGHUP");
    let mut other = Session::start_in((80, 24), &[WARROOM, "--read-only", "--config", &config], &[]);
    other.until_console();
    other.send(b"r");
    other.until_text("STATE");
    other.until_text(&run.id);
    other.send(b"\r");
    other.until_text(&format!("runs › {}", run.id));
    other.until_text("✓ VERIFIED");
    let after = demo.run().expect("a run");
    assert_eq!(after.worker, run.worker, "the same worker went on");
    demo.is_back().await;
    other.send(b"q");
    assert_eq!(other.ended(), 0);
}

/// An agent with the demo's key of `name`.
async fn agent_of(demo: &Demo, name: &str) -> (Running, String) {
    let keys = demo.folder().join("demo/keys");
    let own = keys.join(name);
    std::fs::create_dir_all(&own).expect("a folder");
    let (running, socket) = agent(&own).await;
    ssh_add(&socket, &["-q", &keys.join(format!("demo-key-{name}")).to_string_lossy()]);
    (running, socket.display().to_string())
}

#[tokio::test]
async fn what_needs_a_second_person_is_approved_in_their_own_console_and_then_run_by_its_code() {
    let demo = Demo::new();
    demo.edit("catalog/runbooks/rollback-checkout.toml", |text| {
        let second = "rto = \"15m\"\nrisk = \"R4\"\n\n[approvals]\nnormal = { role = \"release-manager\" }\n";
        text.replace("rto = \"15m\"\n", second)
    });
    demo.edit("catalog/roles.toml", |text| {
        let (before, after) = text.split_once("[roles.release-manager]").expect("the role");
        format!("{before}[roles.release-manager]{}", after.replacen("\"decide\"]", "\"decide\", \"approve\"]", 1))
    });
    demo.hurts().await;
    let config = demo.config();
    let (_first, you) = agent_of(&demo, "you").await;
    let (_second, ana) = agent_of(&demo, "ana").await;
    let console = [WARROOM, "--config", &config];
    let mut session = Session::start_in((120, 40), &console, &[("SSH_AUTH_SOCK", &you)]);
    session.open_what_goes_wrong();
    session.open_the_plan("risk R4");
    session.until_text("second person: NEEDED, release-manager");
    session.fill_in();
    session.confirm("asks others to approve it");
    session.until_text("they run: warroom runbook approve");
    session.until_text("it still needs the approval of 1 of release-manager");

    let mut second = Session::start_in((120, 40), &console, &[("SSH_AUTH_SOCK", &ana)]);
    second.until_console();
    second.until_text("APPROVAL WAITS (a)");
    // What is approved before the sources have answered would be void when they do.
    second.open_what_goes_wrong();
    second.send(b"a");
    second.until_text("1 of release-manager");
    second.chord(b"g");
    second.until_text("ana as release-manager, signed with");
    second.until_text("asked       by you on");
    second.until_text("expires in");
    second.send(b"\t");
    second.until_text("► reason");
    second.send(b"\t");
    second.until_text("► exactly");
    second.write_in("► exactly", &format!("approve {PHRASE}"));
    second.confirm("signs that it may be run");
    second.until_text("approve");
    second.until_text("APPROVED");

    session.until_text("approved by ana (release-manager)");
    session.until_text("approved: type the plan code");
    let code = demo.code();
    session.send(b"\t");
    session.until("the field of the code", |seen| {
        let text = seen.parser.screen().contents();
        text.lines().any(|line| line.contains("► exactly") && !line.contains("rollback"))
    });
    session.write_in("► exactly", &code);
    session.confirm("runs it");
    session.until_text("runs › run-");
    session.until_text("VERIFIED");
    demo.is_back().await;
}

#[tokio::test]
async fn a_run_whose_worker_was_killed_is_taken_up_from_the_console() {
    let demo = Demo::new();
    let plan = demo.plan().await;
    let mut terminal = demo.start(&plan);
    let run = demo.under_way();
    kill(terminal.id());
    terminal.wait().expect("gone");
    kill_worker(&run);
    let mut session = Session::start_in((120, 40), &[WARROOM, "--config", &demo.config()], &[]);
    session.until_console();
    session.until_text(&format!("NO WORKER {}", run.id));
    session.send(b"r");
    session.until_text("STATE");
    session.send(b"\r");
    session.until_text("nobody works on it: its worker");
    session.chord(b"e");
    session.until_text("WRITE mode in");
    session.until_text("Enter takes it");
    session.write_in("why:", "the worker is gone");
    session.send(b"\r");
    session.until_text("WRITE 9:");
    session.chord(b"t");
    session.until_text(&format!("RECOVER {}", run.id));
    session.until_text("expires in");
    session.write_in("► exactly", &format!("recover {} prod", run.id));
    session.send(b"\t");
    session.write_in("► reason", "its worker was killed");
    session.confirm("does it");
    session.until_text("VERIFIED");
    assert_ne!(demo.run().expect("a run").worker, run.worker, "another worker took it up");
    demo.is_back().await;
}
