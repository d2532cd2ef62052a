//! A second person's approval, with real keys in real agents.

use std::{fmt::Write as _, fs, path::PathBuf};

use super::{
    BACK, Room,
    commands::{CHECKOUT, warroom},
};
use crate::{
    ledger::agent::{agent, key, public, ssh_add},
    support::Running,
};

const ROLES: &str = "[roles.sre]\nmembers = [\"mira\", \"jo\", \"ana\"]\nmay = [\"approve\", \"tick\", \"sign\"]\n\
    [roles.release-manager]\nmembers = [\"mira\"]\nmay = [\"tick\", \"sign\"]\n\
    [roles.product]\nmembers = [\"jo\"]\nmay = [\"tick\"]\n";

/// A person with a key in an agent of their own.
struct Person {
    socket: PathBuf,
    _agent: Running,
}

async fn people(room: &Room) -> [Person; 3] {
    let mut allowed = String::new();
    let mut people = Vec::new();
    for name in ["mira", "jo", "ana"] {
        let folder = room.directory.path().join("keys").join(name);
        fs::create_dir_all(&folder).expect("made");
        let key = key(&folder, "ed25519");
        let _ = writeln!(allowed, "{name} namespaces=\"warroom.*\" {}", public(&key));
        let (running, socket) = agent(&folder).await;
        ssh_add(&socket, &["-q", &key.to_string_lossy()]);
        people.push(Person { socket, _agent: running });
    }
    let catalog = room.directory.path().join("catalog");
    fs::write(catalog.join("allowed_signers"), allowed).expect("written");
    fs::write(catalog.join("roles.toml"), ROLES).expect("written");
    people.try_into().unwrap_or_else(|_| panic!("three"))
}

/// The plan's hash and the request's code, as they are printed.
fn printed(told: &str) -> (String, String) {
    let hash = told.lines().find_map(|line| line.trim().strip_prefix("plan ")).expect("a hash").trim().to_owned();
    let (_, behind) = told.split_once("runbook approve ").expect("a code");
    (hash, behind.split('`').next().expect("a code").to_owned())
}

#[tokio::test]
async fn a_plan_is_approved_by_another_person_and_by_its_hash() {
    let text = format!("{BACK}\n[approvals]\nnormal = {{ role = \"sre\" }}\n");
    let room = Room::new("bad-canary", 30, &[("back", &text)]);
    let [mira, jo, ana] = people(&room).await;
    let say = |who: &Person, arguments: &[&str]| warroom(&room, arguments, Some(&who.socket));
    let (code, told, errors) = say(&mira, &[&["plan", "back"], &CHECKOUT[..], &["--request"]].concat());
    assert_eq!(code, 0, "{told}{errors}");
    assert!(told.contains("approval   1 of sre") && !told.contains("Not signed"), "{told}");
    let (hash, word) = printed(&told);
    // Who asks does not approve, and nobody approves what was not shown.
    let (code, _, why) = say(&mira, &["approve", &hash]);
    assert!(code == 1 && why.contains("who asks does not approve"), "{code} {why}");
    let (code, _, why) = say(&jo, &["approve", &word]);
    assert!(code == 2 && why.contains("digits of its hash"), "{code} {why}");
    let (code, told, _) = say(&jo, &["approve"]);
    assert!(code == 0 && told.contains(&word) && told.contains("waits for 1 of sre"), "{told}");
    let (code, told, shown) = say(&jo, &["approve", &hash]);
    assert_eq!(code, 0, "{told}{shown}");
    assert!(shown.contains(&hash) && shown.contains(r#"{"status":{"abort":true}}"#), "the same plan: {shown}");
    assert!(told.contains("APPROVED, for ") && told.contains("approve jo as sre"), "{told}");
    // A denial is heard after it, and sticks.
    let (code, told, _) = say(&ana, &["approve", &word, "--deny", "--reason", "the database is being moved"]);
    assert!(code == 0 && told.contains("DENIED"), "{code} {told}");
    let (code, _, why) = say(&jo, &["approve", &hash]);
    assert!(code == 1 && why.contains("sticks until it is another plan"), "{code} {why}");
    let (code, _, why) = say(&jo, &["approve", "babab-babab"]);
    assert!(code == 2 && why.contains("no request is called"), "{code} {why}");
}
