//! A freeze that somebody lets a release pass from the calendar, with a key in a real agent.

use super::*;
use crate::overrides::{FREEZE, RELEASE, Room};

/// Types at the pace of a person: what comes faster is a burst, and confirms nothing.
fn type_text(session: &mut Session, text: &str) {
    for byte in text.bytes() {
        std::thread::sleep(Duration::from_millis(25));
        session.send(&[byte]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_is_let_pass_from_the_calendar_and_the_verdict_says_who_did() {
    let room = Room::with(&[FREEZE]).await;
    let (config, agent) = (room.config(), room.agent.to_string_lossy().into_owned());
    let command = [WARROOM, "--config", &config.to_string_lossy()];
    let mut session = Session::start_in((160, 40), &command, &[("SSH_AUTH_SOCK", &agent)]);
    session.until_text(RELEASE);
    type_text(&mut session, "d");
    session.until("the freeze, and what it holds", |seen| {
        let text = seen.parser.screen().contents();
        text.lines().any(|line| line.contains("FROZEN") && line.contains(RELEASE))
    });
    type_text(&mut session, "\x18e");
    session.until_text("Enter takes it");
    type_text(&mut session, "INC 42\r");
    session.until_text("WRITE in prod: INC 42");
    type_text(&mut session, "\x18w");
    session.until_text("you in role sre, signed with");
    session.until_text("expires in");
    // The first field chooses among the releases that it holds.
    if session.text().contains("1 of 2") && !session.text().contains(&format!("[{RELEASE}]")) {
        type_text(&mut session, "\x1b[C");
        session.until_text(&format!("[{RELEASE}]"));
    }
    let fields = if session.text().contains("1 of 2") { "\t\t" } else { "\t" };
    type_text(&mut session, fields);
    type_text(&mut session, "customers cannot pay\t1h\twaive calendar/year-end prod");
    session.until_text("Ctrl-X Enter records it");
    type_text(&mut session, "\x18\r");
    session.until_text("by you, signed");
    session.until("the verdict", |seen| {
        let text = seen.parser.screen().contents();
        !text.lines().any(|line| line.contains("FROZEN") && line.contains(RELEASE))
    });
}
