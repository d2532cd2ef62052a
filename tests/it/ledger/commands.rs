//! `warroom ledger` as people and scripts run it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use warroom::{
    domain::ledger::{
        canonical,
        checkpoint::Checkpoint,
        event::{Entry, Signed},
        hash::Hash,
        merkle,
    },
    ledger::store::{Store as _, sqlite::Sqlite},
};

use super::{
    agent::{agent, key, public, ssh_add, ssh_keygen},
    entry, scribe,
};

/// A home with a ledger, and a catalog when somebody may sign.
pub(super) struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ledger(&self) -> Sqlite {
        Sqlite::open(&self.path("ledger.db"), scribe()).expect("opens")
    }

    pub(super) fn with(targets: &[&str]) -> Self {
        let home = Self::new();
        let mut ledger = home.ledger();
        for target in targets {
            ledger.append(&entry(target)).expect("recorded");
        }
        home
    }

    pub(super) fn append(&self, target: &str) {
        self.ledger().append(&entry(target)).expect("recorded");
    }

    /// Makes a catalog whose `allowed_signers` says this.
    fn allow(&self, text: &str) {
        fs::create_dir_all(self.path("catalog")).expect("made");
        fs::write(self.path("catalog/allowed_signers"), text).expect("written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let settings = format!(
            "{}[ledger]\nstore = {{ sqlite = \"ledger.db\" }}\n",
            if self.path("catalog").is_dir() { "catalog = \"catalog\"\n" } else { "" }
        );
        fs::write(self.path("config.toml"), settings).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command
            .arg("ledger")
            .args(arguments)
            .args(["--config", "config.toml"])
            .env_clear()
            .env("HOME", self.0.path())
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> (i32, String) {
        told(&self.command(arguments).output().expect("it runs"))
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(arguments).output().expect("it runs");
        (told(&output).0, serde_json::from_slice(&output.stdout).expect("JSON"))
    }
}

fn told(output: &Output) -> (i32, String) {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    (output.status.code().expect("it ended by itself"), String::from_utf8(text).expect("UTF-8"))
}

/// A sign-off that Jo signed with `file` on a laptop.
fn signed(file: &Path) -> Entry {
    let statement = json!({ "principal": "jo", "release": "checkout-1.42", "signoff": "technical", "decision": "approve",
        "nonce": "01JD3W61QF0000000000000000" });
    let mut signed = Signed {
        namespace: "warroom.signoff.v1".to_owned(),
        statement: statement.as_object().cloned().expect("an object"),
        signature: String::new(),
    };
    let message = signed.message().expect("canonical");
    let path = file.to_string_lossy();
    let (made, signature) = ssh_keygen(&["-Y", "sign", "-q", "-f", &path, "-n", "warroom.signoff.v1"], &message);
    assert!(made, "{signature}");
    signed.signature = signature;
    let (_, fingerprint) = ssh_keygen(&["-l", "-f", &path], b"");
    let mut entry = entry("technical");
    "signoff.give".clone_into(&mut entry.action);
    fingerprint.split_whitespace().nth(1).expect("a fingerprint").clone_into(&mut entry.actor.key);
    entry.actor.principal = Some("jo".to_owned());
    entry.signed = Some(signed);
    entry
}

#[test]
fn a_sound_ledger_holds_and_what_is_not_proved_without_a_checkpoint_is_said() {
    let home = Home::with(&["one", "two", "three"]);
    let (code, told) = home.run(&["verify"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("3 events") && told.contains("holds"), "{told}");
    assert!(told.contains("Not proved: that the end was not cut off"), "{told}");
    let (code, report) = home.json(&["verify", "--json"]);
    assert_eq!((code, &report["events"], &report["signatures"]["unsigned"]), (0, &json!(3), &json!(3)));
}

#[test]
fn the_event_that_was_changed_is_named_and_so_is_what_happened_to_it() {
    let home = Home::with(&["one", "two", "three"]);
    let (_, text) = home.run(&["export"]);
    fs::write(home.path("export.jsonl"), text.replace("\"two\"", "\"ten\"")).expect("written");
    let (code, told) = home.run(&["verify", "export.jsonl"]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("event 2: its bytes were changed") && told.contains("BROKEN"), "{told}");
    let (code, report) = home.json(&["verify", "export.jsonl", "--json"]);
    assert_eq!((code, &report["faults"][0]["seq"]), (1, &json!(2)));
}

#[test]
fn a_line_that_cannot_be_read_is_one_fault() {
    let home = Home::with(&["one", "two", "three"]);
    let (_, text) = home.run(&["export"]);
    fs::write(home.path("export.jsonl"), text.replacen("\"hash\"", "\"hush\"", 2).replacen("\"hush\"", "\"hash\"", 1))
        .expect("written");
    let (code, report) = home.json(&["verify", "export.jsonl", "--json"]);
    assert_eq!((code, &report["fault_count"], &report["faults"][0]["seq"]), (1, &json!(1), &json!(2)), "{report}");
}

#[test]
fn an_export_and_the_file_of_a_ledger_are_verified_like_the_live_one_and_a_cut_end_shows_against_a_checkpoint() {
    let home = Home::with(&["one", "two", "three"]);
    assert_eq!(home.run(&["export", "--output", "export.jsonl"]), (0, String::new()));
    let (code, told) = home.run(&["checkpoint", "--output", "checkpoint"]);
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("UNSIGNED") && told.contains("SSH_AUTH_SOCK"), "{told}");
    for file in ["export.jsonl", "ledger.db"] {
        let (code, told) = home.run(&["verify", file, "--checkpoint", "checkpoint"]);
        assert_eq!(code, 0, "{told}");
        assert!(told.contains("over 3 events: agrees") && !told.contains("Not proved"), "{told}");
    }
    let text = fs::read_to_string(home.path("export.jsonl")).expect("readable");
    let cut: String = text.split_inclusive('\n').take(2).collect();
    fs::write(home.path("cut.jsonl"), cut).expect("written");
    assert_eq!(home.run(&["verify", "cut.jsonl"]).0, 0, "nobody can tell without the checkpoint");
    let (code, told) = home.run(&["verify", "cut.jsonl", "--checkpoint", "checkpoint"]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("its end was cut off") && told.contains("DOES NOT AGREE"), "{told}");
}

#[test]
fn a_checkpoint_is_recorded_when_it_is_asked_for_and_what_came_before_is_held_against_it() {
    let home = Home::with(&["one", "two"]);
    assert_eq!(home.run(&["checkpoint", "--output", "checkpoint"]).0, 3);
    assert!(!home.run(&["show"]).1.contains("ledger.checkpoint"), "who only reads writes nothing");
    let (code, told) = home.run(&["checkpoint", "--output", "checkpoint", "--record"]);
    assert!(code == 3 && told.contains("recorded as event 3"), "{code} {told}");
    assert!(home.run(&["show", "3"]).1.contains("\"size\":2"));
    let (code, told) = home.run(&["verify", "--checkpoint", "checkpoint"]);
    assert!(code == 0 && told.contains("3 events"), "{code} {told}");
    let (code, told) = home.run(&["checkpoint", "--record", "--read-only"]);
    assert!(code == 2 && told.contains("--read-only"), "{code} {told}");
}

#[test]
fn what_cannot_be_read_is_two_and_what_cannot_be_said_is_three() {
    let home = Home::new();
    let (code, told) = home.run(&["verify"]);
    assert!(code == 2 && told.contains("ledger.db") && told.contains("cannot be opened"), "{code} {told}");
    let (code, told) = home.run(&["verify", "missing.jsonl"]);
    assert!(code == 2 && told.contains("missing.jsonl cannot be read"), "{code} {told}");
    drop(home.ledger());
    let (code, told) = home.run(&["verify"]);
    assert!(code == 3 && told.contains("nothing to verify"), "{code} {told}");
    assert_eq!(home.run(&["checkpoint"]).0, 3);
    fs::write(home.path("point"), "no checkpoint").expect("written");
    let (code, told) = home.run(&["verify", "--checkpoint", "point"]);
    assert!(code == 2 && told.contains("point is no checkpoint: line 1"), "{code} {told}");
}

#[test]
fn signatures_are_verified_by_the_catalogs_people_and_unknown_without_them() {
    let home = Home::with(&["one"]);
    let file = key(home.0.path(), "ed25519");
    home.ledger().append(&signed(&file)).expect("recorded");
    let (code, told) = home.run(&["verify"]);
    assert!(code == 3 && told.contains("1 NOT CHECKED") && told.contains("Not proved: who signed"), "{code} {told}");
    home.allow(&format!("jo {}\n", public(&file)));
    let (code, told) = home.run(&["verify"]);
    assert!(code == 0 && told.contains("1 verified, 1 events unsigned"), "{code} {told}");
    assert!(home.run(&["show"]).1.contains("jo (signed)"));
    fs::write(home.path("people"), format!("mira {}\n", public(&file))).expect("written");
    let (code, told) = home.run(&["verify", "--allowed-signers", "people"]);
    assert!(code == 1 && told.contains("its signature does not count"), "the given file, not the catalog's: {told}");
    let (code, told) = home.run(&["verify", "--allowed-signers", "nobody"]);
    assert!(code == 2 && told.contains("nobody cannot be read"), "{code} {told}");
    home.allow(&format!("mira {}\n", public(&file)));
    let (code, told) = home.run(&["verify"]);
    assert!(code == 1 && told.contains("event 2: its signature does not count"), "{code} {told}");
    assert!(home.run(&["show", "2"]).1.contains("BAD: allowed_signers gives this key to mira, not to jo"));
}

#[test]
fn a_signature_that_was_taken_for_something_else_or_recorded_again_is_found_and_shown_as_nobodys() {
    let home = Home::with(&["one"]);
    let file = key(home.0.path(), "ed25519");
    home.allow(&format!("jo {}\n", public(&file)));
    let good = signed(&file);
    let moved = Entry { release: Some("payments-9".to_owned()), target: "full-rollout".to_owned(), ..good.clone() };
    let turned = Entry { action: "signoff.deny".to_owned(), ..good.clone() };
    let note = Entry { action: "checklist.note".to_owned(), ..good.clone() };
    for entry in [&good, &moved, &turned, &note, &good] {
        home.ledger().append(entry).expect("recorded");
    }
    let (code, told) = home.run(&["verify"]);
    assert!(code == 1 && told.contains("1 verified") && told.contains("4 BAD"), "{code} {told}");
    for words in [
        "event 3: its signature does not count: signed, but the statement is about something else (signoff: technical",
        "event 4: its signature does not count: signed, but the statement is about something else (decision: approve",
        "event 5: its signature does not count: signed, but checklist.note is an act that carries no signature",
        "event 6: its signature does not count: signed, but the same statement was recorded before",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let (_, listed) = home.run(&["show"]);
    assert_eq!(listed.matches("jo (signed)").count(), 1, "{listed}");
    assert!(listed.contains("signoff.give approve  technical  jo (signed)"), "{listed}");
    let (_, again) = home.run(&["show", "6"]);
    assert!(again.contains("jo (SIGNATURE DOES NOT COUNT)") && again.contains("recorded before"), "{again}");
    let (_, first) = home.run(&["show", "2"]);
    assert!(
        first.contains("decision   approve") && first.contains(r#""nonce":"01JD3W61QF0000000000000000""#),
        "{first}"
    );
    let (_, told) = home.run(&["export", "--format", "syslog"]);
    assert!(told.contains("jo signoff.give approve technical\n") && !told.contains("principal="), "{told}");
    assert!(told.contains(r#"claimed="jo" nonce="01JD3W61QF0000000000000000" decision="approve""#), "{told}");
    assert_eq!(told.matches("the statement is about something else").count(), 2, "{told}");
    let (_, told) = home.run(&["export", "--format", "ocsf", "--event", "3"]);
    let object: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(object["actor"]["user"], json!({ "name": "jo" }));
    let stated = object["unmapped"]["signer"]["statement"].as_str().expect("words");
    assert!(stated.contains("about something else"), "{stated}");
}

#[test]
fn a_signature_that_is_claimed_and_not_there_is_found() {
    let home = Home::with(&[]);
    let mut claimed = entry("one");
    claimed.actor.principal = Some("mira".to_owned());
    home.ledger().append(&claimed).expect("recorded");
    let (code, told) = home.run(&["verify"]);
    assert!(code == 1 && told.contains("it says that mira acted, and is not signed"), "{code} {told}");
}

#[test]
fn events_are_shown_by_release_person_action_number_and_identifier_without_power_over_the_terminal() {
    let home = Home::with(&["one", "tw\u{1b}[31mo"]);
    let mut other = entry("three");
    (other.release, other.action) = (Some("search-7".to_owned()), "release.hold".to_owned());
    home.ledger().append(&other).expect("recorded");
    let lines = |arguments: &[&str]| home.run(&[&["show"], arguments].concat()).1.lines().count();
    assert_eq!((lines(&[]), lines(&["--release", "search-7"]), lines(&["--actor", "mira"])), (3, 1, 0));
    assert_eq!((lines(&["--action", "checklist"]), lines(&["--action", "check"])), (2, 0));
    let (code, told) = home.run(&["show", "2"]);
    assert!(code == 0 && told.contains("tw\u{fffd}[31mo") && !told.contains('\u{1b}'), "{told}");
    assert!(told.contains("jo (unsigned)"), "{told}");
    let (_, shown) = home.json(&["show", "3", "--json"]);
    let id = shown["events"][0]["event"]["id"].as_str().expect("an identifier").to_owned();
    assert!(home.run(&["show", &id]).1.contains("release.hold"));
    assert_eq!(shown["events"][0]["signature"]["state"], "unsigned");
    let (code, told) = home.run(&["show", "4"]);
    assert!(code == 1 && told.contains("has no event 4"), "{code} {told}");
}

#[tokio::test]
async fn a_checkpoint_is_signed_by_the_agent_and_stock_openssh_verifies_it() {
    let home = Home::with(&["one", "two"]);
    let file = key(home.0.path(), "ed25519");
    home.allow(&format!("auditor namespaces=\"warroom.checkpoint.v1\" {}\n", public(&file)));
    let (_running, socket) = agent(home.0.path()).await;
    ssh_add(&socket, &["-q", &file.to_string_lossy()]);
    let mut command = home.command(&["checkpoint", "--output", "checkpoint"]);
    let output = command.env("SSH_AUTH_SOCK", &socket).output().expect("it runs");
    assert_eq!(told(&output), (0, String::new()));
    let text = fs::read_to_string(home.path("checkpoint")).expect("readable");
    let (message, signature) = text.split_once("\n\n").expect("an empty line before the signature");
    fs::write(home.path("signature"), signature).expect("written");
    let (allowed, at) = (home.path("catalog/allowed_signers"), home.path("signature"));
    let (allowed, at) = (allowed.to_string_lossy(), at.to_string_lossy());
    let verify = ["-Y", "verify", "-f", &allowed, "-I", "auditor", "-n", "warroom.checkpoint.v1", "-s", &at];
    let (good, told) = ssh_keygen(&verify, format!("{message}\n").as_bytes());
    assert!(good && told.contains("Good \"warroom.checkpoint.v1\" signature for auditor"), "{told}");
    let (code, told) = home.run(&["verify", "--checkpoint", "checkpoint"]);
    assert!(code == 0 && told.contains("over 2 events: agrees, signed by auditor"), "{code} {told}");
    fs::write(home.path("checkpoint"), format!("{message}\n\n{}", signature.replacen("U1NI", "U1NJ", 1))).expect("ok");
    let (code, told) = home.run(&["verify", "--checkpoint", "checkpoint"]);
    assert!(code == 1 && told.contains("its signature does not count"), "{code} {told}");
}

#[test]
fn one_event_with_its_proof_leads_to_the_root_of_the_checkpoint() {
    let home = Home::with(&["one", "two", "three", "four", "five"]);
    let (code, proof) = home.json(&["export", "--event", "3", "--proof"]);
    assert_eq!(code, 0, "{proof}");
    let hash = |value: &Value| value.as_str().expect("a text").parse::<Hash>().expect("a hash");
    let path: Vec<Hash> = proof["inclusion"].as_array().expect("a list").iter().map(hash).collect();
    let checkpoint = Checkpoint::read(proof["checkpoint"].as_str().expect("a text")).expect("a checkpoint");
    let leaf = Hash::leaf(&canonical::to_bytes(&proof["event"]).expect("canonical"));
    assert_eq!((leaf, checkpoint.size), (hash(&proof["hash"]), 5));
    assert!(merkle::included(leaf, 2, 5, &path, checkpoint.root));
    assert!(!merkle::included(leaf, 3, 5, &path, checkpoint.root), "another place");
    let (code, told) = home.run(&["export", "--event", "6", "--proof"]);
    assert!(code == 1 && told.contains("has no event 6"), "{code} {told}");
}

#[test]
fn collectors_get_ocsf_objects_and_syslog_messages_one_in_each_line() {
    let home = Home::with(&["one", "t\"w]o\n"]);
    let (code, text) = home.run(&["export", "--format", "ocsf"]);
    let objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((code, objects.len()), (0, 2));
    let object = &objects[1];
    assert_eq!((&object["class_uid"], &object["type_uid"]), (&json!(3004), &json!(300_403)));
    assert_eq!((&object["entity"]["name"], &object["metadata"]["sequence"]), (&json!("t\"w]o\n"), &json!(2)));
    let raw = object["raw_data"].as_str().expect("a text");
    let kept = object["raw_data_hash"]["value"].as_str().expect("a text");
    assert_eq!(Hash::leaf(raw.as_bytes()).to_string(), kept, "the raw event is the canonical one");
    let (code, text) = home.run(&["export", "--format", "syslog"]);
    assert_eq!((code, text.lines().count()), (0, 2));
    assert!(text.lines().all(|line| line.starts_with("<109>1 20") && line.contains(" warroom - checklist.note [")));
    assert!(text.contains(r#"target="t\"w\]o ""#), "{text}");
}
