//! Whatever is done to an export, it is found.

use std::io::Cursor;

use fastrand::Rng;
use warroom::{
    domain::ledger::{
        audit::{Chain, Stored, look},
        checkpoint::Checkpoint,
        hash::Hash,
    },
    ledger::{
        export::lines,
        store::{Store as _, sqlite::Sqlite},
        verify::{Against, Export, verify},
    },
};

use super::{all, entry, scribe};

/// How many mutations are tried; `WARROOM_MUTATIONS` says another number.
const SAMPLE: u64 = 1_000;

type Lines = Vec<Vec<u8>>;

fn export() -> (Vec<Stored>, Checkpoint) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Sqlite::open(&folder.path().join("ledger.db"), scribe()).expect("opens");
    for number in 0..9 {
        store.append(&entry(&format!("item-{number}"))).expect("recorded");
    }
    let events = all(&mut store);
    let mut chain = Chain::new(Vec::new());
    for event in &events {
        chain.push(look(event)).expect("sound");
    }
    (events, chain.checkpoint().expect("not empty"))
}

/// Does something to `lines` and says what. The second value: whether only a checkpoint can show it.
fn mutate(lines: &mut Lines, rng: &mut Rng) -> (String, bool) {
    let (one, other) = (rng.usize(..lines.len()), rng.usize(..lines.len()));
    match rng.u8(..7) {
        0 => {
            let (at, bit) = (rng.usize(..lines[one].len()), rng.u8(..8));
            lines[one][at] ^= 1 << bit;
            (format!("bit {bit} of byte {at} of line {one} flipped"), false)
        }
        1 => {
            let last = one + 1 == lines.len();
            lines.remove(one);
            (format!("line {one} dropped"), last)
        }
        2 => {
            let other = if one == other { (one + 1) % lines.len() } else { other };
            lines.swap(one, other);
            (format!("lines {one} and {other} swapped"), false)
        }
        3 => {
            let copy = lines[one].clone();
            lines.insert(other, copy);
            (format!("line {one} again before {other}"), false)
        }
        4 => {
            let at = rng.usize(..lines[one].len());
            lines[one].insert(at, rng.u8(..));
            (format!("a byte put into line {one} at {at}"), false)
        }
        5 => {
            // Somebody who knows the format: another event with its right hash.
            let text = String::from_utf8(lines[one].clone()).expect("text").replace("item-", "other-");
            let bytes = text.split_once(r#","hash":""#).expect("a hash").0.as_bytes()[r#"{"event":"#.len()..].to_vec();
            let forged = lines::line(&Stored { seq: 0, hash: Hash::leaf(&bytes), bytes });
            lines.insert(other, forged);
            (format!("a forged copy of {one} before {other}"), false)
        }
        _ => {
            let whole = lines.concat();
            let kept = rng.usize(..whole.len());
            *lines = whole[..kept].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            (format!("cut to {kept} bytes"), true)
        }
    }
}

#[test]
fn whatever_is_done_to_an_export_is_found() {
    let number = std::env::var("WARROOM_MUTATIONS").ok().map_or(SAMPLE, |text| text.parse().expect("a number"));
    let (events, checkpoint) = export();
    let sound: Lines = events.iter().map(lines::line).collect();
    let mut rng = Rng::with_seed(42);
    for round in 0..=number {
        let mut lines = sound.clone();
        let (what, cut) = if round == 0 { ("nothing".to_owned(), true) } else { mutate(&mut lines, &mut rng) };
        let checkpoints = if cut { vec![checkpoint.clone()] } else { Vec::new() };
        let against = Against { checkpoints, signers: None };
        let report = verify(Export::new(Cursor::new(lines.concat())), &against, |_| ()).expect("readable");
        assert_eq!(report.is_broken(), round > 0, "round {round}: {what}: {report:?}");
    }
}
