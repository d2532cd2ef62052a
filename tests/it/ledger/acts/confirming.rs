//! The question on a terminal before something is signed that lets a release pass.

use std::{
    io::{Read as _, Write as _},
    sync::mpsc,
    thread,
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::{RELEASE, Room};
use crate::support::DEADLINE;

const QUESTION: &str = "Type the first 6 digits of the subject";

/// Runs this on a terminal and types `before` at once and `answer` at the question. Exit code, and what was shown.
fn on_a_terminal(room: &Room, arguments: &[&str], before: &str, answer: &str) -> (u32, String) {
    let pair = native_pty_system().openpty(PtySize { rows: 40, cols: 200, ..PtySize::default() }).expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(arguments);
    command.args(["--config", "config.toml"]);
    command.env_clear();
    command.env("HOME", room.path(""));
    command.env("SSH_AUTH_SOCK", room.agent.as_ref().expect("an agent"));
    command.cwd(room.path(""));
    let mut keys = pair.master.take_writer().expect("a keyboard");
    keys.write_all(before.as_bytes()).expect("typed");
    let mut reader = pair.master.try_clone_reader().expect("a screen");
    let mut child = pair.slave.spawn_command(command).expect("started");
    drop(pair.slave);
    let (told, heard) = mpsc::channel();
    let reading = thread::spawn(move || {
        let (mut all, mut some) = (Vec::new(), [0; 4096]);
        // The end of a pseudo-terminal is an error on Linux.
        while let Ok(count) = reader.read(&mut some) {
            if count == 0 {
                break;
            }
            all.extend_from_slice(&some[..count]);
            if String::from_utf8_lossy(&all).contains(QUESTION) {
                let _ = told.send(());
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    });
    // Where nothing is asked, it just ends.
    if heard.recv_timeout(DEADLINE).is_ok() {
        keys.write_all(answer.as_bytes()).expect("typed");
    }
    let code = child.wait().expect("ended").exit_code();
    drop((keys, pair.master));
    (code, reading.join().expect("read"))
}

#[tokio::test]
async fn what_lets_a_release_pass_is_confirmed_with_what_is_shown_and_nothing_else() {
    let mut room = Room::new();
    let _agent = room.agent_of("mira").await;
    let subject = room.json(&["checklist", "show", RELEASE])["subject"].as_str().expect("a hash").to_owned();
    let digits = &subject[..6];
    let sign = ["sign", RELEASE, "release"];
    for (before, answer) in [("", "y\n"), ("", "\n"), ("", "\u{4}"), (&*format!("{digits}\n"), "no\n")] {
        let (code, told) = on_a_terminal(&room, &sign, before, answer);
        assert!(
            code == 1 && told.contains("not confirmed: nothing was signed"),
            "{before:?} {answer:?}: {code} {told}"
        );
    }
    assert_eq!(room.events(), 0);
    let (code, told) = on_a_terminal(&room, &sign, "", &format!("{digits}\n"));
    assert!(code == 0 && told.contains("recorded as event 1"), "{code} {told}");
    let hold = ["decide", RELEASE, "hold", "--reason", "burn is high"];
    let (code, told) = on_a_terminal(&room, &hold, "", "");
    assert!(code == 0 && !told.contains(QUESTION), "what stops a release is not asked: {code} {told}");
    let given = ["decide", RELEASE, "go", "--reason", "quiet", "--subject", digits];
    let (code, told) = on_a_terminal(&room, &given, "", "");
    assert!(code == 0 && !told.contains(QUESTION), "it was said what was looked at: {code} {told}");
}
