//! What needs no key: looking, ticking, noting, asking for a sign-off.

use super::{RELEASE, Room, told};

#[test]
fn what_nobody_looked_at_is_unknown_and_the_first_look_makes_no_ledger() {
    let room = Room::new();
    let (code, told) = room.run(&["checklist", "show", RELEASE]);
    assert_eq!(code, 1, "{told}");
    for words in ["NOT COMPLETE", "0 of 6 hold, 1 unknown, 5 waiting", "UNKNOWN   coverage", "not looked at"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(told.contains("goes out: checkout 1.42.0") && told.contains("it needs 1 of sre, not the owner"), "{told}");
    assert!(!room.path("ledger.db").exists());
    let (code, told) = room.run(&["checklist", "show"]);
    assert!(code == 1 && told.contains("NOT COMPLETE  checkout-1.42"), "{code} {told}");
}

#[test]
fn a_run_looks_once_and_only_what_is_not_known_ends_with_three() {
    let room = Room::new();
    room.write("catalog/checklists/service.toml", "[[group]]\nname = \"Data\"\n[[group.item]]\nid = \"coverage\"\ntitle = \"Covered\"\ncheck = { json = { document = \"coverage.json\", field = \"/lines\", must = \">= 80\" } }\n");
    for (document, code, word) in
        [("{\"lines\": 81}", 0, "COMPLETE"), ("{\"lines\": 79}", 1, "FAILED"), ("{}", 3, "UNKNOWN")]
    {
        room.write("catalog/coverage.json", document);
        let (ended, told) = room.run(&["checklist", "run", RELEASE]);
        assert!(ended == code && told.contains(word), "{document}: {ended} {told}");
    }
    assert_eq!(room.run(&["checklist", "show", RELEASE]).0, 3, "no look is remembered");
    room.write("catalog/coverage.json", "{\"lines\": 81}");
    let shown = room.json(&["checklist", "run", RELEASE, "--item", "coverage"]);
    assert_eq!((shown["version"].as_u64(), shown["state"].as_str()), (Some(1), Some("complete")));
    let item = &shown["groups"][0]["items"][0];
    assert_eq!((item["state"].as_str(), item["evidence"]["finding"].as_str()), (Some("pass"), Some("pass")));
}

#[test]
fn a_tick_is_recorded_without_a_key_and_an_untick_opens_the_item_again() {
    let room = Room::new();
    let said = room.done(&["checklist", "tick", RELEASE, "comms", "--note", "draft 3"]);
    assert!(
        said.contains("recorded as event 1: checklist.tick comms pass by") && said.contains("(unsigned)"),
        "{said}"
    );
    assert_eq!(room.state("comms"), "pass");
    assert!(room.run(&["checklist", "show", RELEASE]).1.contains("says that it holds (unsigned): draft 3"));
    room.done(&["checklist", "tick", RELEASE, "comms", "--fail"]);
    assert_eq!(room.state("comms"), "fail");
    room.done(&["checklist", "untick", RELEASE, "comms"]);
    assert_eq!(room.state("comms"), "open");
    room.done(&["checklist", "note", RELEASE, "all \u{1b}[31mquiet", "--item", "comms"]);
    let (_, shown) = room.run(&["checklist", "show", RELEASE]);
    assert!(shown.contains("to comms 0s ago: all") && !shown.contains('\u{1b}'), "{shown:?}");
    let event = room.json(&["sign", RELEASE, "release", "--request"]);
    assert_eq!((event["event"]["action"].as_str(), event["event"]["seq"].as_u64()), (Some("signoff.request"), Some(5)));
    assert!(room.run(&["checklist", "show", RELEASE]).1.contains("asked for"));
}

#[test]
fn a_line_end_in_a_note_or_a_title_makes_no_line_of_warrooms() {
    let room = Room::new();
    room.done(&["checklist", "note", RELEASE, "fine\n  PASS      forged-note  x"]);
    room.done(&["checklist", "tick", RELEASE, "comms", "--note", "fine\r  PASS      forged-tick  x"]);
    let path = "catalog/releases/checkout-1.42.toml";
    let release = std::fs::read_to_string(room.path(path)).expect("readable");
    room.write(path, &release.replace("New pricing", "shop\\n  goes out   nothing-forged"));
    for arguments in [&["checklist", "show", RELEASE][..], &["sign", RELEASE, "release", "--print", "--as", "mira"]] {
        let (_, told) = room.run(arguments);
        let forged = told
            .lines()
            .find(|line| line.trim_start().starts_with("PASS      forged") || line.contains("goes out   nothing"));
        assert!(forged.is_none_or(|line| line.contains("shop")), "{told}");
    }
    assert!(room.run(&["checklist", "show", RELEASE]).1.contains("fine   PASS      forged-note"));
}

#[test]
fn what_was_ticked_must_be_ticked_again_when_the_checklist_or_the_version_changes() {
    let room = Room::new();
    room.done(&["checklist", "tick", RELEASE, "comms"]);
    let stricter = super::CHECKLIST.replace(">= 80", ">= 90");
    room.write("catalog/checklists/service.toml", &stricter);
    assert_eq!(room.state("comms"), "outdated");
    room.done(&["checklist", "tick", RELEASE, "comms"]);
    room.release("normal", "1.42.1");
    assert_eq!(room.state("comms"), "outdated");
}

#[test]
fn processes_that_tick_at_once_are_all_recorded() {
    let room = Room::new();
    let texts: Vec<String> = (0..8).map(|number| format!("note {number}")).collect();
    let running: Vec<_> = texts
        .iter()
        .map(|text| {
            let mut command = room.command(&["checklist", "note", RELEASE, text]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("started")
        })
        .collect();
    for child in running {
        let (code, told) = told(&child.wait_with_output().expect("ended"));
        assert_eq!(code, 0, "{told}");
    }
    assert_eq!(room.events(), 8);
    let (code, told) = room.run(&["ledger", "verify"]);
    assert!(code == 0 && told.contains("8 events"), "{told}");
}

#[test]
fn a_script_that_asks_wrongly_is_told_and_nothing_is_recorded() {
    let room = Room::new();
    for (arguments, code, why) in [
        (&["checklist", "tick", "checkout-9", "comms"][..], 2, "the catalog has no release checkout-9"),
        (&["checklist", "tick", RELEASE, "coms"], 2, "has no item coms"),
        (&["checklist", "tick", RELEASE, "coverage"], 1, "a check answers for coverage"),
        (&["checklist", "tick", RELEASE, "backup"], 1, "add `--sign`"),
        (&["checklist", "note", RELEASE, " "], 2, "say why"),
        (&["checklist", "run", RELEASE, "--item", "comms"], 2, "only a person can tell of comms"),
        (&["checklist", "show", RELEASE, "--before", "soon"], 2, "write start, a share of traffic"),
        (&["sign", RELEASE, "go"], 2, "needs: release, quality"),
        (&["sign", RELEASE, "release", "--deny"], 2, "--reason"),
        (&["waive", RELEASE, "comms", "--reason", "late"], 2, "--for 4h"),
        (&["decide", RELEASE, "maybe", "--reason", "x"], 2, "no-go"),
        (&["checklist", "tick", RELEASE, "comms", "--read-only"], 2, "--read-only"),
        (&["sign", RELEASE, "release", "--subject", "abc"], 2, "at least 6 digits"),
        (&["sign", RELEASE, "release", "--subject", "000000"], 1, "changed since you looked"),
    ] {
        let (ended, told) = room.run(arguments);
        assert!(ended == code && told.contains(why), "{arguments:?}: {ended} {told}");
    }
    assert!(!room.path("ledger.db").exists());
}
