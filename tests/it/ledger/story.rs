//! The demo's own ledger: what its people sign holds before `warroom ledger verify` and before stock OpenSSH, and nothing of it stays.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use warroom::{
    clock::Clock,
    domain::ledger::{
        event::{Event, Signed},
        signature::Meaning,
        signers::Signers,
    },
    ledger::{
        agent::Agent,
        store::{Scribe, Store as _, sqlite::Sqlite},
    },
    sim::{self, Options},
};

use super::agent::ssh_keygen;
use crate::support::{Running, eventually};

const WARROOM: &str = env!("CARGO_BIN_EXE_warroom");

/// The private directory of the demo that was told to make it in `temporary`.
pub(crate) fn desk(temporary: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(temporary).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    entries.into_iter().find(|path| path.join("ledger.db").exists())
}

/// The newest event of this action by `who`, once it is there.
pub(crate) async fn recorded(temporary: &Path, action: &str, who: &str) -> (PathBuf, Event) {
    eventually(&format!("{action} by {who}"), || async {
        let desk = desk(temporary)?;
        let scribe = Scribe::new("test".to_owned(), Clock::real());
        let mut store = Sqlite::open_to_read(&desk.join("ledger.db"), scribe).ok()?;
        let stored = store.after(0, 1_000).ok()?;
        let events = stored.iter().rev().filter_map(|one| Event::from_bytes(&one.bytes).ok());
        let found = events.into_iter().find(|event| {
            event.action == action && event.actor.principal.as_deref().unwrap_or(&event.actor.user) == who
        });
        Some((desk, found?))
    })
    .await
}

/// Whether stock OpenSSH accepts what `who` signed.
pub(crate) fn openssh_accepts(desk: &Path, who: &str, signed: &Signed) -> (bool, String) {
    let signature = desk.join("signature");
    fs::write(&signature, &signed.signature).expect("written");
    let (allowed, signature) = (desk.join("catalog/allowed_signers"), signature.to_string_lossy().into_owned());
    let allowed = allowed.to_string_lossy();
    let arguments = ["-Y", "verify", "-f", &allowed, "-I", who, "-n", &signed.namespace, "-s", &signature];
    ssh_keygen(&arguments, &signed.message().expect("canonical"))
}

/// What `warroom ledger verify` says of the demo's ledger.
pub(crate) fn verified(desk: &Path) -> (Option<i32>, String) {
    let output = Command::new(WARROOM)
        .args(["ledger", "verify", "--config"])
        .arg(desk.join("config.toml"))
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test]
async fn what_the_demos_people_sign_is_verified_by_warroom_and_by_stock_openssh_and_is_gone_afterwards() {
    let temporary = tempfile::tempdir().expect("a directory");
    let mut demo = Command::new(WARROOM);
    demo.args(["demo", "--plain", "--speed", "10"]).env("TMPDIR", temporary.path()).env_remove("SSH_AUTH_SOCK");
    let mut running = Running::start(&mut demo);

    let (desk, event) = recorded(temporary.path(), "signoff.give", "ana").await;
    assert_eq!(desk.metadata().expect("there").permissions().mode() & 0o777, 0o700);
    assert!(!desk.join("keys").exists(), "private keys stay in memory");
    let signed = event.signed.expect("signed");
    let (good, told) = openssh_accepts(&desk, "ana", &signed);
    assert!(good, "{told}");
    assert!(!openssh_accepts(&desk, "you", &signed).0, "it is not the viewer's signature");
    let (code, told) = verified(&desk);
    assert_eq!(code, Some(0), "{told}");

    let allowed = fs::read_to_string(desk.join("catalog/allowed_signers")).expect("readable");
    let (signers, _) = Signers::read(&allowed);
    let agent = Agent::at(Some(desk.join("agent")));
    let identity = agent.identity(&signers, Meaning::Decision, event.ts).await.expect("a key");
    assert_eq!(identity.principal, "you", "the viewer signs with a key of their own");

    let acts = sim::start(&Options::new(Clock::real())).expect("starts").acts().len();
    let (_, last) = recorded(temporary.path(), "decision.take", "ana").await;
    let scribe = Scribe::new("test".to_owned(), Clock::real());
    let mut store = Sqlite::open_to_read(&desk.join("ledger.db"), scribe).expect("a ledger");
    let events = store.after(0, 1_000).expect("readable").into_iter().filter(|one| one.seq <= last.seq);
    let events = events.filter_map(|one| Event::from_bytes(&one.bytes).ok());
    // Of the rehearsal, the many events of a run are one act.
    let told = events.filter(|event| !event.action.starts_with("run.") || event.action == "run.create").count();
    assert_eq!(told, acts, "everything that the story says was recorded");

    running.stop();
    assert!(!desk.exists(), "{:?}", fs::read_dir(temporary.path()).map(Iterator::count));
}

#[tokio::test]
async fn the_demos_way_back_was_rehearsed_twelve_days_ago_and_says_so_wherever_it_stands() {
    let temporary = tempfile::tempdir().expect("a directory");
    let mut demo = Command::new(WARROOM);
    demo.args(["demo", "--plain"]).env("TMPDIR", temporary.path()).env_remove("SSH_AUTH_SOCK");
    let _running = Running::start(&mut demo);
    let (desk, _) = recorded(temporary.path(), "run.end", "ana").await;
    let config = desk.join("config.toml");
    let said = |arguments: &[&str]| {
        let output = Command::new(WARROOM).args(arguments).arg("--config").arg(&config).output().expect("it starts");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    for arguments in
        [&["runbook", "list"][..], &["runbook", "show", "rollback-checkout"], &["checklist", "show", "checkout-1.42"]]
    {
        let text = said(arguments);
        assert!(text.contains("rehearsed 12 days ago, 4m10s of 10m"), "{arguments:?}: {text}");
    }
    let (code, text) = verified(&desk);
    assert_eq!(code, Some(0), "{text}");
}

#[tokio::test]
async fn without_a_place_for_temporary_files_the_demo_runs_and_says_what_is_missing() {
    let nowhere = tempfile::tempdir().expect("a directory").path().join("missing");
    let mut demo = Command::new(WARROOM)
        .args(["demo", "--plain", "--speed", "10"])
        .env("TMPDIR", &nowhere)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let lines = std::io::BufRead::lines(std::io::BufReader::new(demo.stdout.take().expect("piped")));
    // The room is summed up once, and what is wrong comes with it; a story that goes on says more and more.
    let (mut summed_up, mut missing) = (false, None);
    for line in lines.map_while(Result::ok).take(40) {
        summed_up |= line.contains("3 sources");
        missing = missing.or_else(|| line.contains("the demo has no ledger").then(|| line.clone()));
        if summed_up && missing.is_some() {
            break;
        }
    }
    let _ = demo.kill();
    let _ = demo.wait();
    assert!(summed_up, "the room is looked at all the same");
    let missing = missing.expect("it says that there is no ledger");
    assert!(missing.contains("nobody can tick or sign") && missing.contains("missing"), "{missing}");
}
