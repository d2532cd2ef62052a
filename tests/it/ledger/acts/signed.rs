//! What is signed through a real ssh-agent.

use std::fs;

use super::{RELEASE, Room, ssh_add, ssh_keygen};

#[tokio::test]
async fn a_sign_off_counts_and_stock_openssh_verifies_what_was_exported() {
    let mut room = Room::new();
    let _agent = room.agent_of("mira").await;
    let subject = room.json(&["checklist", "show", RELEASE])["subject"].as_str().expect("a hash").to_owned();
    let said = room.done(&["sign", RELEASE, "release", "--subject", &subject[..8]]);
    for words in ["You approve the sign-off release", "goes out   checkout 1.42.0", &subject, "WAITING comms"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said.contains("recorded as event 1: signoff.give release by mira (signed with SHA256:"), "{said}");
    assert_eq!(room.state("release"), "pass");
    assert!(room.run(&["ledger", "verify"]).1.contains("1 verified"));

    let event = room.json(&["ledger", "show", "1"])["events"][0]["event"].clone();
    let message = serde_json::to_string(&event["signed"]["statement"]).expect("sorted by its keys");
    room.write("signature", event["signed"]["signature"].as_str().expect("a signature"));
    let allowed = room.path("catalog/allowed_signers");
    let signature = room.path("signature");
    let (good, told) = ssh_keygen(
        &[
            "-Y",
            "verify",
            "-f",
            &allowed.to_string_lossy(),
            "-I",
            "mira",
            "-n",
            "warroom.signoff.v1",
            "-s",
            &signature.to_string_lossy(),
        ],
        message.as_bytes(),
    );
    assert!(good && told.contains("Good \"warroom.signoff.v1\" signature for mira"), "{told}");

    room.write("catalog/checklists/service.toml", &super::CHECKLIST.replace(">= 80", ">= 90"));
    assert_eq!(room.state("release"), "outdated", "what was signed is not what is there now");
}

#[tokio::test]
async fn of_several_keys_the_first_one_that_may_signs_and_the_preview_names_it() {
    let mut room = Room::new();
    // ana may sign for quality alone, and decides nothing; her key comes first.
    let _agent = room.agent_of("ana").await;
    let socket = room.agent.clone().expect("an agent");
    ssh_add(&socket, &["-q", &room.key("mira").to_string_lossy()]);
    for (arguments, by) in [
        (&["sign", RELEASE, "release"][..], "mira with SHA256:"),
        (&["decide", RELEASE, "hold", "--reason", "burn"], "mira with SHA256:"),
        (&["waive", RELEASE, "comms", "--reason", "late", "--for", "2h"], "mira with SHA256:"),
        (&["sign", RELEASE, "quality"], "ana with SHA256:"),
    ] {
        let said = room.done(arguments);
        assert!(said.contains(&format!("signed by  {by}")), "{arguments:?}: {said}");
        let (who, _) = by.split_once(' ').expect("a name");
        assert!(said.contains(&format!("by {who} (signed with SHA256:")), "{arguments:?}: {said}");
    }
    let (_, told) = room.run(&["ledger", "verify"]);
    assert!(told.contains("4 verified"), "{told}");
}

#[tokio::test]
async fn who_may_not_is_told_why_before_anything_is_signed() {
    let mut room = Room::new();
    let agent = room.agent_of("jo").await;
    let (code, told) = room.run(&["sign", RELEASE, "release"]);
    assert!(code == 1 && told.contains("jo answers for this release"), "{code} {told}");
    let (code, told) = room.run(&["sign", RELEASE, "quality", "--role", "qa"]);
    assert!(code == 1 && told.contains("jo may not sign as qa"), "{code} {told}");
    drop(agent);
    let agent = room.agent_of("mira").await;
    let (code, told) = room.run(&["sign", RELEASE, "quality"]);
    assert!(code == 2 && told.contains("name one: qa, sre"), "{code} {told}");
    drop(agent);
    let _agent = room.agent_of("ana").await;
    let (code, told) = room.run(&["sign", RELEASE, "release"]);
    assert!(code == 1 && told.contains("ana has no role that may sign here: it needs one of sre"), "{code} {told}");
    let (code, told) = room.run(&["decide", RELEASE, "go", "--reason", "burn is low"]);
    assert!(code == 1 && told.contains("ana may not decide as any role"), "{code} {told}");
    assert_eq!(room.events(), 0);
    assert!(room.done(&["sign", RELEASE, "quality"]).contains("by ana") && room.state("quality") == "pass");
}

#[tokio::test]
async fn a_denial_holds_until_the_one_who_gave_it_takes_it_back() {
    let mut room = Room::new();
    let agent = room.agent_of("jo").await;
    room.done(&["sign", RELEASE, "quality", "--deny", "--reason", "orders are lost"]);
    let (code, told) = room.run(&["sign", RELEASE, "quality"]);
    assert!(code == 1 && told.contains("must be withdrawn first"), "{code} {told}");
    drop(agent);
    let agent = room.agent_of("mira").await;
    let (code, told) = room.run(&["sign", RELEASE, "quality", "--withdraw", "--role", "qa"]);
    assert!(code == 1 && told.contains("nothing of theirs to withdraw"), "{code} {told}");
    room.done(&["sign", RELEASE, "quality", "--role", "qa"]);
    assert_eq!(room.state("quality"), "fail", "one denial is enough");
    let said = room.done(&["sign", RELEASE, "quality", "--role", "qa"]);
    assert!(said.contains("signed by mira as qa (event 2). Each person counts once"), "{said}");
    drop(agent);
    let _agent = room.agent_of("jo").await;
    room.done(&["sign", RELEASE, "quality", "--withdraw"]);
    assert_eq!(room.state("quality"), "pass");
}

#[tokio::test]
async fn a_waiver_is_loud_until_it_is_revoked_and_a_hold_is_in_the_way_until_go() {
    let mut room = Room::new();
    let _agent = room.agent_of("mira").await;
    let said = room.done(&["waive", RELEASE, "backup", "--reason", "the store is read-only today", "--for", "4h"]);
    assert!(said.contains("You waive the item backup") && said.contains("by mira"), "{said}");
    assert_eq!(room.state("backup"), "waived");
    let (_, shown) = room.run(&["checklist", "show", RELEASE]);
    assert!(shown.contains("WAIVED    backup by mira (sre) for 3h59m: the store is read-only today"), "{shown}");
    room.done(&["waive", RELEASE, "backup", "--reason", "it was restored", "--revoke"]);
    assert_eq!(room.state("backup"), "open");
    let (code, told) = room.run(&["waive", RELEASE, "backup", "--reason", "x", "--until", "2020-01-01T00:00:00Z"]);
    assert!(code == 2 && told.contains("a time that is not past"), "{code} {told}");

    let said = room.done(&["decide", RELEASE, "hold", "--reason", "burn is high"]);
    assert!(said.contains("decision.take checkout-1.42 hold by mira"), "{said}");
    let shown = room.json(&["checklist", "show", RELEASE]);
    assert_eq!(shown["decision"]["decision"], "hold");
    assert!(shown["waits_for"].as_array().expect("a list").iter().any(|block| block["id"] == "decision"));
    room.done(&["decide", RELEASE, "go", "--reason", "burn is low again"]);
    assert_eq!(room.json(&["checklist", "show", RELEASE])["decision"]["decision"], "go");
}

#[tokio::test]
async fn a_signed_tick_passes_what_demands_one() {
    let mut room = Room::new();
    let _agent = room.agent_of("mira").await;
    let said = room.done(&["checklist", "tick", RELEASE, "backup", "--sign", "--note", "restored to staging"]);
    assert!(said.contains("You sign that the item backup is pass") && said.contains("by mira (signed"), "{said}");
    assert_eq!(room.state("backup"), "pass");
}

#[tokio::test]
async fn an_emergency_takes_one_signature_and_owes_a_review_until_it_is_closed() {
    let mut room = Room::new();
    room.release("emergency", "1.42.0");
    let agent = room.agent_of("jo").await;
    let (code, told) = room.run(&["sign", RELEASE, "release"]);
    assert!(code == 2 && told.contains("of class emergency needs: emergency"), "{code} {told}");
    drop(agent);
    let _agent = room.agent_of("mira").await;
    room.done(&["sign", RELEASE, "emergency", "--role", "sre", "--reason", "payments fail"]);
    assert_eq!(room.state("emergency"), "pass");
    let (_, shown) = room.run(&["checklist", "show", RELEASE]);
    assert!(shown.contains("REVIEW    owed for"), "{shown}");
    room.done(&["decide", RELEASE, "reviewed", "--reason", "a missing index; alert added"]);
    assert!(!room.run(&["checklist", "show", RELEASE]).1.contains("REVIEW"));
}

/// The agent asks before it signs; the one who answers finds something first.
#[tokio::test]
async fn what_somebody_says_against_it_while_it_is_signed_stops_it() {
    let mut room = Room::new();
    let folder = room.path("keys");
    let warroom = env!("CARGO_BIN_EXE_warroom");
    let script = folder.join("answer");
    let home = room.path("").display().to_string();
    let answer = format!(
        "#!/bin/sh\ncd '{home}' && env -i HOME='{home}' '{warroom}' checklist tick {RELEASE} comms --fail --config config.toml >/dev/null 2>&1\n"
    );
    fs::write(&script, answer).expect("written");
    let mut rights = fs::metadata(&script).expect("there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    fs::set_permissions(&script, rights).expect("set");
    let socket = folder.join("agent");
    let mut command = std::process::Command::new(crate::support::program("ssh-agent", "openssh-client"));
    command.args(["-D", "-a"]).arg(&socket).env("SSH_ASKPASS", &script).env("SSH_ASKPASS_REQUIRE", "force");
    let _agent = crate::support::Running::start(command.env("DISPLAY", ":9"));
    crate::support::eventually("the agent", || async { std::os::unix::net::UnixStream::connect(&socket).ok() }).await;
    super::ssh_add(&socket, &["-q", "-c", &room.key("mira").to_string_lossy()]);
    room.agent = Some(socket);
    let (code, told) = room.run(&["sign", RELEASE, "release"]);
    assert!(code == 1 && told.contains("recorded checklist.tick of comms (event 1)"), "{code} {told}");
    assert_eq!(room.events(), 1, "only what was found is recorded");
    room.done(&["sign", RELEASE, "quality", "--deny", "--reason", "no texts", "--role", "sre"]);
    assert_eq!(room.events(), 3, "what stops a release is never stopped");
}
