//! No key, no agent, no ledger: each says what to do, and unsigned acts go on where they can.

use std::{
    io::Write as _,
    os::unix::net::UnixListener,
    process::{Command, Stdio},
};

use super::{RELEASE, Room};
use crate::support::program;

/// Locks the agent of `room` (`lock` is `-x`), or unlocks it (`-X`).
fn lock(room: &Room, lock: &str) {
    let folder = room.path("keys");
    let script = folder.join("password");
    std::fs::write(&script, "#!/bin/sh\necho hunter2\n").expect("written");
    let mut rights = std::fs::metadata(&script).expect("there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    std::fs::set_permissions(&script, rights).expect("set");
    let done = Command::new(program("ssh-add", "openssh-client"))
        .arg(lock)
        .env("SSH_AUTH_SOCK", room.agent.as_ref().expect("an agent"))
        .env("SSH_ASKPASS", &script)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .env("DISPLAY", ":9")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(done.expect("started").success(), "ssh-add {lock}");
}

#[tokio::test]
async fn without_a_key_it_is_said_what_to_do_and_unsigned_acts_go_on() {
    let mut room = Room::new();
    let sign = |room: &Room| room.run(&["sign", RELEASE, "release"]);
    let (code, told) = sign(&room);
    assert!(code == 2 && told.contains("SSH_AUTH_SOCK is not set") && told.contains("--print"), "{code} {told}");

    room.agent = Some(room.path("gone"));
    let (code, told) = sign(&room);
    assert!(code == 2 && told.contains("cannot be reached") && told.contains("SSH_AUTH_SOCK"), "{code} {told}");

    let agent = room.agent_of("mira").await;
    lock(&room, "-x");
    let (code, told) = sign(&room);
    assert!(code == 2 && told.contains("`ssh-add -X` unlocks it"), "{code} {told}");
    lock(&room, "-X");
    room.done(&["sign", RELEASE, "release"]);

    room.write("catalog/allowed_signers", "");
    let (code, told) = sign(&room);
    assert!(code == 2 && told.contains("none of the 1 keys") && told.contains("ssh-add -L"), "{code} {told}");
    drop(agent);
    room.done(&["checklist", "tick", RELEASE, "comms"]);
    assert_eq!(room.state("comms"), "pass");
}

#[tokio::test]
async fn in_a_damaged_ledger_what_stops_a_release_is_recorded_and_nothing_that_lets_it_pass() {
    let mut room = Room::new();
    let _agent = room.agent_of("mira").await;
    for note in ["one", "two"] {
        room.done(&["checklist", "note", RELEASE, note]);
    }
    let forger = rusqlite::Connection::open(room.path("ledger.db")).expect("opens");
    forger.execute_batch("DROP TRIGGER event_no_update; UPDATE event SET body = X'00' WHERE seq = 1").expect("changed");
    drop(forger);
    for act in [&["sign", RELEASE, "release"][..], &["checklist", "tick", RELEASE, "comms"]] {
        let (code, told) = room.run(act);
        assert!(code == 1 && told.contains("the ledger is damaged") && told.contains("ledger verify"), "{code} {told}");
    }
    room.done(&["checklist", "tick", RELEASE, "comms", "--fail"]);
}

/// A key added with `ssh-add -h` is listed, and signs nothing but logins.
#[tokio::test]
async fn a_key_that_can_only_log_in_says_so_and_the_key_can_sign_elsewhere() {
    let mut room = Room::new();
    let (_agent, socket) = super::agent(&room.path("keys")).await;
    let host = super::public(&super::key(&room.path("keys"), "ecdsa"));
    room.write("known_hosts", &format!("localhost {host}\n"));
    let (hosts, key) = (room.path("known_hosts"), room.key("mira"));
    super::ssh_add(&socket, &["-q", "-H", &hosts.to_string_lossy(), "-h", "localhost", &key.to_string_lossy()]);
    room.agent = Some(socket);
    let (code, told) = room.run(&["sign", RELEASE, "release"]);
    assert!(code == 2 && told.contains("`ssh-add -h` can only log in") && told.contains("--print"), "{code} {told}");
    room.done(&["sign", RELEASE, "release", "--print", "--as", "mira", "--output", "statement.json"]);
    super::sign_file(&key, "warroom.signoff.v1", &room.path("statement.json"));
    room.done(&["sign", "--apply", "statement.json"]);
}

#[test]
fn an_agent_that_never_answers_is_given_up() {
    let mut room = Room::new();
    let socket = room.path("silent");
    let _listener = UnixListener::bind(&socket).expect("bound");
    room.agent = Some(socket);
    let (code, told) = room.run(&["decide", RELEASE, "hold", "--reason", "burn is high"]);
    assert!(code == 2 && told.contains("did not answer within 5 s"), "{code} {told}");
    assert_eq!(room.run(&["checklist", "show", RELEASE]).0, 1, "looking asks no agent");
}

#[test]
fn a_ledger_that_cannot_be_had_refuses_acts() {
    let room = Room::new();
    room.write("blocked", "");
    let settings = "catalog = \"catalog\"\n[ledger]\nstore = { sqlite = \"blocked/ledger.db\" }\n[environments.prod]\n";
    room.write("config.toml", settings);
    let (code, told) = room.run(&["checklist", "tick", RELEASE, "comms"]);
    assert!(code == 2 && told.contains("cannot be opened"), "{code} {told}");
    room.write("config.toml", &settings.replace("blocked/", ""));
    room.write("ledger.db", "no ledger");
    let (code, told) = room.run(&["checklist", "show", RELEASE]);
    assert!(code == 2 && told.contains("ledger.db"), "{code} {told}");
}

#[test]
fn a_disk_that_takes_no_more_leaves_nothing_half_recorded() {
    let room = Room::new();
    room.done(&["checklist", "note", RELEASE, "first"]);
    let warroom = env!("CARGO_BIN_EXE_warroom");
    // A limit on the size of files is what a full disk is to a process.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{warroom}' checklist note {RELEASE} '{}' --config config.toml",
        "long ".repeat(20_000)
    );
    let mut command = Command::new("sh");
    command.env_clear().env("HOME", room.path("")).current_dir(room.path("")).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    child.stdin.take().expect("piped").write_all(limited.as_bytes()).expect("written");
    let (code, told) = super::told(&child.wait_with_output().expect("ended"));
    assert!(code == 2 && told.contains("ledger"), "{code} {told}");
    assert_eq!(room.events(), 1);
    let (code, told) = room.run(&["ledger", "verify"]);
    assert!(code == 0 && told.contains("1 event"), "{told}");
    room.done(&["checklist", "note", RELEASE, "second"]);
}

#[test]
fn a_damaged_ledger_is_told_and_never_complete() {
    let room = Room::new();
    room.done(&["checklist", "tick", RELEASE, "comms"]);
    room.done(&["checklist", "note", RELEASE, "x"]);
    let changed = rusqlite::Connection::open(room.path("ledger.db")).and_then(|database| {
        database.execute_batch("DROP TRIGGER event_no_update")?;
        database.execute(
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'comms', 'commz') AS BLOB) WHERE seq = 1",
            [],
        )
    });
    assert_eq!(changed.expect("changed"), 1);
    let (code, told) = room.run(&["checklist", "show", RELEASE]);
    assert!(code == 1 && told.contains("the ledger is damaged: event 1"), "{code} {told}");
    assert_eq!(room.state("comms"), "open", "what is damaged says nothing");
}
