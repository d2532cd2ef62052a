//! Signing where the key is: written here, signed on a laptop without warroom, recorded here.

use std::fs;

use serde_json::{Value, json};

use super::{RELEASE, Room, sign_file};

/// Writes the message for `arguments`, which `person` is to sign.
fn message(room: &Room, person: &str, arguments: &[&str]) -> String {
    room.done(&[arguments, &["--print", "--as", person, "--output", "statement.json"]].concat())
}

#[test]
fn each_act_can_be_signed_where_the_key_is() {
    let room = Room::new();
    for (arguments, command, namespace, action) in [
        (&["sign", RELEASE, "release"][..], &["sign"][..], "warroom.signoff.v1", "signoff.give"),
        (
            &["waive", RELEASE, "comms", "--reason", "late", "--for", "2h"],
            &["waive"],
            "warroom.waiver.v1",
            "waiver.grant",
        ),
        (&["decide", RELEASE, "go", "--reason", "quiet"], &["decide"], "warroom.decision.v1", "decision.take"),
        (&["checklist", "tick", RELEASE, "backup"], &["checklist", "tick"], "warroom.signoff.v1", "checklist.tick"),
    ] {
        let told = message(&room, "mira", arguments);
        assert!(told.contains(&format!("ssh-keygen -Y sign -n {namespace} -f")), "{told}");
        assert!(told.contains(&format!("warroom {} --apply statement.json", command.join(" "))), "{told}");
        sign_file(&room.key("mira"), namespace, &room.path("statement.json"));
        let said = room.done(&[command, &["--apply", "statement.json"]].concat());
        assert!(said.contains(action) && said.contains("by mira (signed with"), "{said}");
        fs::remove_file(room.path("statement.json.sig")).expect("removed");
    }
    let states = ["release", "comms", "backup"].map(|id| room.state(id));
    assert_eq!(states, ["pass", "waived", "pass"]);
    let (code, told) = room.run(&["ledger", "verify"]);
    assert!(code == 0 && told.contains("4 verified"), "{told}");
}

#[test]
fn a_message_goes_into_a_pipe_byte_for_byte() {
    let room = Room::new();
    let output = room.output(&["sign", RELEASE, "release", "--print", "--as", "mira"]);
    fs::write(room.path("piped"), &output.stdout).expect("written");
    sign_file(&room.key("mira"), "warroom.signoff.v1", &room.path("piped"));
    fs::rename(room.path("piped.sig"), room.path("signature")).expect("moved");
    room.done(&["sign", "--apply", "piped", "--signature", "signature"]);
    assert_eq!(room.state("release"), "pass");
}

#[test]
fn what_is_brought_back_twice_changed_or_by_somebody_else_is_refused() {
    let room = Room::new();
    let file = room.path("statement.json");
    message(&room, "mira", &["sign", RELEASE, "release"]);
    let apply = || room.run(&["sign", "--apply", "statement.json"]);
    let (code, told) = apply();
    assert!(code == 2 && told.contains("statement.json.sig cannot be read"), "{code} {told}");

    sign_file(&room.key("jo"), "warroom.signoff.v1", &file);
    let (code, told) = apply();
    assert!(code == 1 && told.contains("gives this key to jo, not to mira"), "{code} {told}");
    fs::remove_file(room.path("statement.json.sig")).expect("removed");

    sign_file(&room.key("mira"), "warroom.waiver.v1", &file);
    assert_eq!(apply().0, 1, "signed for another meaning");
    fs::remove_file(room.path("statement.json.sig")).expect("removed");

    sign_file(&room.key("mira"), "warroom.signoff.v1", &file);
    let (code, told) = room.run(&["decide", "--apply", "statement.json"]);
    assert!(code == 2 && told.contains("`warroom sign --apply`"), "{code} {told}");
    let good = fs::read_to_string(&file).expect("readable");
    for changed in [good.replace("approve", "deny"), format!("{good}\n"), good.replace("\"v\":1", "\"v\":1,\"w\":1")] {
        fs::write(&file, &changed).expect("written");
        assert_eq!(apply().0, 1, "{changed}");
    }
    assert_eq!(room.events(), 0, "nothing was recorded so far");

    fs::write(&file, &good).expect("written");
    assert_eq!(apply().0, 0);
    let (code, told) = apply();
    assert!(code == 1 && told.contains("the same statement was recorded before"), "{code} {told}");
    assert_eq!(room.events(), 1);
}

#[test]
fn what_is_old_or_about_what_has_changed_is_refused() {
    let room = Room::new();
    let file = room.path("statement.json");
    message(&room, "mira", &["sign", RELEASE, "release"]);
    let mut statement: Value = serde_json::from_slice(&fs::read(&file).expect("readable")).expect("JSON");
    let now = statement["at"].clone();
    for (at, why) in
        [("2026-01-01T00:00:00.000Z", "24h at most"), ("2099-01-01T00:00:00.000Z", "set the signer's clock right")]
    {
        statement["at"] = json!(at);
        fs::write(&file, serde_json::to_vec(&statement).expect("sorted by its keys")).expect("written");
        sign_file(&room.key("mira"), "warroom.signoff.v1", &file);
        let (code, told) = room.run(&["sign", "--apply", "statement.json"]);
        assert!(code == 1 && told.contains(why), "{at}: {code} {told}");
        fs::remove_file(room.path("statement.json.sig")).expect("removed");
    }
    statement["at"] = now;
    fs::write(&file, serde_json::to_vec(&statement).expect("sorted by its keys")).expect("written");
    sign_file(&room.key("mira"), "warroom.signoff.v1", &file);
    room.release("normal", "1.42.1");
    let (code, told) = room.run(&["sign", "--apply", "statement.json"]);
    assert!(code == 1 && told.contains("changed since you looked"), "{code} {told}");
    room.release("normal", "1.42.0");
    assert_eq!(room.run(&["sign", "--apply", "statement.json"]).0, 0);
}

#[test]
fn what_could_not_be_recorded_is_not_written_to_be_signed() {
    let room = Room::new();
    for (person, arguments, why) in [
        ("jo", &["sign", RELEASE, "release"][..], "jo answers for this release"),
        ("kim", &["sign", RELEASE, "release"], "allowed_signers has no key of kim"),
        ("ana", &["decide", RELEASE, "go", "--reason", "x"], "ana may not decide"),
        ("mira", &["sign", RELEASE, "release", "--withdraw"], "nothing of theirs to withdraw"),
    ] {
        let (code, told) = room.run(&[arguments, &["--print", "--as", person, "--output", "statement.json"]].concat());
        assert!(code == 1 && told.contains(why), "{person}: {code} {told}");
        assert!(!room.path("statement.json").exists(), "{person}");
    }
}
