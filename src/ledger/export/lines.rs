//! JSON lines: one event with its hash in each, `{"event":{…},"hash":"…"}`, in canonical form. What is exported so can be
//! verified again.

use crate::domain::ledger::{
    audit::{Fault, Looked, Stored, Wrong, glance},
    hash::Hash,
    written::Written,
};

const BEFORE: &[u8] = br#"{"event":"#;
const BETWEEN: &[u8] = br#","hash":""#;
const BEHIND: &[u8] = br#""}"#;

/// The line of an event, with its line end.
#[must_use]
pub fn line(stored: &Stored) -> Vec<u8> {
    [BEFORE, &stored.bytes, BETWEEN, stored.hash.to_string().as_bytes(), BEHIND, b"\n"].concat()
}

/// Looks at the line of the event at `seq`, given with its line end. There is one way to write a line: any other byte is a fault.
/// `take` says what to keep of the event when it is good.
pub fn look_at<'a, E>(seq: u64, line: &'a [u8], take: impl FnOnce(&Written<'a>) -> E) -> Looked<E> {
    let Some(whole) = line.strip_suffix(b"\n") else {
        return unreadable(seq, line, "its line does not end: the export was cut off");
    };
    match read(whole) {
        Some((hash, bytes)) => glance(seq, hash, bytes, take),
        None => unreadable(seq, whole, r#"its line is not {"event":{…},"hash":"…"}"#),
    }
}

fn read(line: &[u8]) -> Option<(Hash, &[u8])> {
    let rest = line.strip_prefix(BEFORE)?.strip_suffix(BEHIND)?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
    let hash: Hash = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((hash, rest.strip_suffix(BETWEEN)?))
}

fn unreadable<E>(seq: u64, line: &[u8], why: &str) -> Looked<E> {
    Looked {
        seq,
        hash: Hash::leaf(line),
        recorded: None,
        event: Err(Fault { seq, wrong: Wrong::Unreadable(why.to_owned()) }),
    }
}
