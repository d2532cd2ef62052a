//! A policy without an end, and somebody who works at the console meanwhile.

use std::fs;

use super::*;
use crate::gate::Story;

const ENDLESS: &str = "package warroom.gate

allow if {
\tsome a in numbers.range(1, 100000)
\tsome b in numbers.range(1, 100000)
\ta + b < 0
}
";

/// How the denial reads.
const DENIED: &str = "execution exceeded time limit";
/// So many releases more are asked about: each takes half a second.
const MORE: usize = 8;

#[test]
fn keys_are_answered_while_policies_do_not_end_and_then_they_deny() {
    let story = Story::new("steady", "1");
    let catalog = story.folder.path().join("catalog");
    fs::create_dir_all(catalog.join("policies")).expect("a folder");
    fs::write(catalog.join("policies/team.rego"), ENDLESS).expect("a policy");
    for index in 0..MORE {
        let file = format!("environment = \"prod\"\n[[component]]\nservice = \"cart\"\nversion = \"9.{index}\"\n");
        fs::write(catalog.join(format!("releases/cart-9-{index}.toml")), file).expect("a release");
    }
    let config = story.folder.path().join("config.toml");
    let mut session = Session::start_in((120, 40), &[WARROOM, "--config", &config.to_string_lossy()], &[]);
    session.until_text("policies are being asked");
    let mut answered = 0;
    while !session.text().contains(DENIED) && answered < 1_000 {
        session.send(b"L");
        session.until_text("› ledger");
        session.send(b"\x1b");
        session.until("the board", |seen| !seen.parser.screen().contents().contains("› ledger"));
        answered += 1;
    }
    assert!(answered > 1, "the console waited for the policies");
    session.until_text(DENIED);
}
