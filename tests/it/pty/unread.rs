//! A terminal that nobody reads for a while: a window of tmux that is scrolled back, a stalled link.

use std::collections::BTreeSet;

use super::*;

/// Whole frames that are asked for while nobody reads. The kernel keeps a few of them.
const FRAMES: usize = 40;

#[test]
fn a_terminal_that_reads_again_shows_the_newest_state_and_not_what_it_missed() {
    let (mut session, _) = demo();
    session.until_text("checkout");
    session.forget();
    let shared = Arc::clone(&session.seen);
    // The reader waits for the lock: nobody reads the terminal as long as it is held.
    let unread = shared.0.lock().expect("no panic");
    let mut names = Vec::new();
    for _ in 0..FRAMES {
        session.send(b"\x0c");
        session.send(b"e");
        names.push(exported(&session, &names));
    }
    drop(unread);
    session.until_text(&names[FRAMES - 1]);
    let seen = shared.0.lock().expect("no panic");
    let painted = String::from_utf8_lossy(&seen.bytes);
    let missed = &names[FRAMES / 2..FRAMES - 2];
    assert!(missed.iter().all(|name| !painted.contains(&format!("{name} "))), "frames were queued");
    assert!(painted.len() < 80_000, "{} bytes: frames were queued", painted.len());
}

/// Waits until the console has written one more file than these, and gives its name.
fn exported(session: &Session, before: &[String]) -> String {
    let before: BTreeSet<&String> = before.iter().collect();
    let started = Instant::now();
    loop {
        let files = std::fs::read_dir(session.home.path()).expect("a directory").flatten();
        let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        if let Some(new) = names.into_iter().find(|name| name.strip_suffix(".md").is_some() && !before.contains(name)) {
            return new;
        }
        assert!(started.elapsed() < DEADLINE, "the console waits for its terminal");
        std::thread::sleep(Duration::from_millis(5));
    }
}
