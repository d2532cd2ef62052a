//! What people record from the console: two consoles on one ledger, a real ssh-agent, what `ledger verify` says.

use std::{fs, path::Path, process::Command};

use warroom::{clock::Clock, domain::time::Span};

use super::*;
use crate::ledger::agent::{agent, key, public, ssh_add};

const RELEASE: &str = r#"
environment = "prod"
owner = "jo"
checklist = "shop"
[[component]]
service = "checkout"
version = "1.42.0"
"#;

const CHECKLIST: &str = r#"
[[group]]
name = "Readiness"
[[group.item]]
id = "comms"
title = "Status page is written"
owner = "sre"
check = "manual"
[[group.item]]
id = "pending"
title = "No migration is pending"
owner = "sre"
check = { json = { document = "pending.json", field = "/pending", must = "== 0" } }
[[signoff]]
id = "approval"
title = "Release approval"
by = { role = "sre" }
expires = "12h"
"#;

const ROLES: &str =
    "[principals.jo]\n[roles.sre]\nmembers = [\"mira\"]\nmay = [\"tick\", \"sign\", \"waive\", \"decide\"]\n";

/// A configuration with one planned release, its checklist and a ledger in `folder`; whose key signs as `mira`.
fn write(folder: &Path, signer: Option<&str>) -> String {
    let catalog = folder.join("catalog");
    // Its checks are looked at around its window only.
    let at = |minutes: u64| (Clock::real().now() + Span::from_mins(minutes).delta()).format("%Y-%m-%dT%H:%M:%SZ");
    let release = format!("window = {{ start = {}, end = {} }}{RELEASE}", at(30), at(90));
    for (name, text) in [
        ("services/checkout.toml", "owner = \"jo\"\n"),
        ("releases/checkout-1-42.toml", &release),
        ("checklists/shop.toml", CHECKLIST),
        ("roles.toml", ROLES),
        ("pending.json", "{\"pending\": 3}"),
    ] {
        let path = catalog.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    let signer = signer.map(|key| format!("mira {key}\n")).unwrap_or_default();
    fs::write(catalog.join("allowed_signers"), signer).expect("written");
    let ledger = folder.join("ledger.db");
    let settings = format!(
        "[environments.prod]\nproduction = true\n[ledger]\nstore = {{ sqlite = \"{}\" }}\n\
         [[source]]\nname = \"prom\"\nkind = \"prometheus\"\nurl = \"http://127.0.0.1:{}/\"\n",
        ledger.display(),
        crate::support::dead_port()
    );
    let path = folder.join("config.toml");
    fs::write(&path, settings).expect("written");
    path.to_string_lossy().into_owned()
}

/// A console on the checklist of the release.
fn checklist(config: &str, variables: &[(&str, &str)]) -> Session {
    let mut session = Session::start_in((120, 40), &[WARROOM, "--config", config], variables);
    session.until_text("checkout-1-42");
    session.send(b"c");
    session.until_text("Status page is written");
    session.until("the ledger", |seen| !seen.parser.screen().contents().contains("is being read"));
    session
}

/// A key at the pace of a person: what comes faster is a burst, and confirms nothing.
fn press(session: &mut Session, key: &[u8]) {
    std::thread::sleep(Duration::from_millis(25));
    session.send(key);
}

/// Presses a chord, and waits until its dialog takes keys.
fn chord(session: &mut Session, key: u8) {
    press(session, b"\x18");
    press(session, &[key]);
    session.until_text("expires in");
}

fn confirm(session: &mut Session) {
    press(session, b"\x18");
    press(session, b"\r");
}

fn type_text(session: &mut Session, text: &str) {
    for byte in text.bytes() {
        press(session, &[byte]);
    }
    session.until_text(text);
}

/// Whether the line with `title` says `word`.
fn says(seen: &Seen, title: &str, word: &str) -> bool {
    seen.parser.screen().contents().lines().any(|line| line.contains(title) && line.contains(word))
}

#[test]
fn two_consoles_side_by_side_show_each_others_ticks() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write(folder.path(), None);
    let (mut mine, mut yours) = (checklist(&config, &[]), checklist(&config, &[]));
    chord(&mut mine, b't');
    // What it says beforehand is what is recorded, whatever the environment calls the user.
    let login = warroom::ledger::actor::actor().user;
    mine.until_text(&format!("{login}@"));
    confirm(&mut mine);
    mine.until_text(&format!("recorded as event 1 by {login}"));
    for session in [&mine, &yours] {
        session.until("the tick", |seen| says(seen, "Status page is written", " OK "));
    }
    chord(&mut yours, b't');
    // Somebody else takes it back while the dialog is open: it is about what was.
    chord(&mut mine, b't');
    press(&mut mine, b"\x1b[D");
    mine.until_text("[open again]");
    confirm(&mut mine);
    mine.until_text("recorded as event 2");
    yours.until_text("VOID: `Status page is written` went from OK to WAITING");
    confirm(&mut yours);
    press(&mut yours, b"\x1b");
    yours.until("the dialog is gone", |seen| !seen.parser.screen().contents().contains("VOID"));
    yours.until("untick", |seen| says(seen, "Status page is written", "WAITING"));
    chord(&mut yours, b'n');
    type_text(&mut yours, "asked ana");
    confirm(&mut yours);
    yours.until_text("recorded as event 3");
    mine.until_text("asked ana");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_off_and_a_waiver_go_through_the_agent_and_ledger_verify_accepts_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_running, socket) = agent(folder.path()).await;
    let file = key(folder.path(), "ed25519");
    ssh_add(&socket, &["-q", &file.to_string_lossy()]);
    let config = write(folder.path(), Some(&public(&file)));
    let mut session = checklist(&config, &[("SSH_AUTH_SOCK", &socket.to_string_lossy())]);
    chord(&mut session, b'g');
    session.until_text("mira in role sre, signed with");
    confirm(&mut session);
    session.until_text("recorded as event 1 by mira, signed");
    session.until("the signature", |seen| says(seen, "Release approval", "SIGNED"));
    session.until("the failed check", |seen| says(seen, "No migration is pending", "FAILED"));
    press(&mut session, b"j");
    session.until("its line", |seen| says(seen, "No migration is pending", "►"));
    press(&mut session, b"\x18");
    press(&mut session, b"w");
    session.until_text("this needs WRITE mode");
    press(&mut session, b"\x18");
    press(&mut session, b"e");
    session.until_text("Enter takes it");
    type_text(&mut session, "INC 42");
    press(&mut session, b"\r");
    session.until_text("WRITE in prod: INC 42");
    chord(&mut session, b'w');
    session.until_text("mira in role sre, signed with");
    press(&mut session, b"\t");
    type_text(&mut session, "the job runs at night");
    press(&mut session, b"\t");
    type_text(&mut session, "8h");
    press(&mut session, b"\t");
    // Pasted, it confirms nothing.
    session.send(b"\x1b[200~waive pending prod\x1b[201~");
    session.until_text("what confirms is typed");
    type_text(&mut session, "waive pending prod");
    session.until_text("Enter records it");
    confirm(&mut session);
    session.until_text("recorded as event 2 by mira, signed");
    session.until_text("WAIVED checkout-1-42: pending by mira");
    let verify = Command::new(WARROOM).args(["--config", &config, "ledger", "verify"]).output().expect("run");
    let told = String::from_utf8_lossy(&verify.stdout).into_owned();
    assert!(verify.status.success(), "{told}");
    assert!(told.contains('2'), "{told}");
}

#[test]
fn what_cannot_be_recorded_says_why_and_reading_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write(folder.path(), None);
    let mut session = checklist(&config, &[]);
    press(&mut session, b"\x18");
    press(&mut session, b"g");
    session.until_text("nobody: it must be signed");
    session.until_text("SSH_AUTH_SOCK is not set");
    press(&mut session, b"\x1b");
    let mut looking = Session::start_in((120, 40), &[WARROOM, "--config", &config, "--read-only"], &[]);
    looking.until_text("checkout-1-42");
    press(&mut looking, b"c");
    press(&mut looking, b"\x18");
    looking.until_text("READ-ONLY by --read-only: nothing can be changed from this console");
}
