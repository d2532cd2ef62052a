//! The demo, signed off by whoever sits in front of it.

use std::path::Path;

use super::*;
use crate::ledger::story::{openssh_accepts, recorded, verified};

#[tokio::test]
async fn the_demo_is_signed_off_with_its_own_key_and_warroom_and_stock_openssh_verify_that() {
    let temporary = tempfile::tempdir().expect("a directory");
    let place: &Path = temporary.path();
    let mut session = Session::start_in((120, 40), &[WARROOM, "demo"], &[("TMPDIR", &place.to_string_lossy())]);
    session.until_text("checkout-1.42");
    // A dialog is void as soon as what it shows changes, so the colleague signs first.
    let (desk, _) = recorded(place, "signoff.give", "ana").await;

    // Which release is the first one changes with what is known of each.
    session.send(b"/");
    session.until("the filter", |seen| !seen.parser.screen().contents().contains("/ filter"));
    session.send(b"checkout-1.42");
    session.until_text("/checkout-1.42");
    session.send(b"\r");
    session.until("the one release", |seen| {
        let text = seen.parser.screen().contents();
        text.lines().any(|line| line.contains('►') && line.contains("checkout-1.42"))
    });
    session.send(b"\r");
    session.until_text("1 Steps");
    session.send(b"c");
    session.until_text("Go to half of the traffic");
    session.send(b"\x1b[F");
    session.until_text("ana as release-manager");
    session.send(b"\x18g");
    session.until_text("you in role sre, signed with");
    // Keys that come with the dialog confirm nothing: they were meant for what was there before.
    session.until("the dialog for a while", |seen| {
        let text = seen.parser.screen().contents();
        (30..=57).any(|second| text.contains(&format!("expires in 1:{second}")))
    });
    session.send(b"\x18");
    session.until_text("Enter records it now");
    session.send(b"\r");
    let (_, event) = recorded(place, "signoff.give", "you").await;
    session.until_text("you as sre");

    let (good, told) = openssh_accepts(&desk, "you", &event.signed.expect("signed"));
    assert!(good, "{told}");
    let (code, told) = verified(&desk);
    assert_eq!(code, Some(0), "{told}");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    assert!(!desk.exists(), "nothing of the demo stays");
}
