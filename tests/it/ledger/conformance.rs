//! What every store must do.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use warroom::{
    domain::ledger::{event::Event, hash::Hash},
    ledger::store::{Head, Store, StoreError},
};

use super::{all, entry, sound};
use crate::support::DEADLINE;

/// Opens the same ledger anew, as another process would.
pub(super) type Open<'a> = &'a (dyn Fn() -> Box<dyn Store> + Sync);

pub(super) fn every_store(open: Open<'_>) {
    an_event_comes_back_as_it_was_written(open);
    what_cannot_be_recorded_leaves_no_trace(open);
    a_decision_on_an_old_state_is_refused(open);
    writers_at_once_make_one_chain(open);
    a_reader_hears_of_a_new_event_within_a_second(open);
}

fn an_event_comes_back_as_it_was_written(open: Open<'_>) {
    let mut store = open();
    assert_eq!(store.head().expect("readable"), Head::EMPTY);
    assert_eq!(store.after(0, 10).expect("readable"), []);
    let first = store.append(&entry("first")).expect("recorded");
    let second = store.append(&entry("second")).expect("recorded");
    assert_eq!((first.seq, first.prev, second.seq), (1, Hash::NONE, 2));
    drop(store);

    let mut again = open();
    let stored = all(again.as_mut());
    assert_eq!(Event::from_bytes(&stored[0].bytes).expect("an event"), first);
    assert_eq!(stored[0].bytes, first.to_bytes().expect("canonical"));
    assert_eq!((stored[0].hash, second.prev), (Hash::leaf(&stored[0].bytes), stored[0].hash));
    assert_eq!(again.after(1, 10).expect("readable"), stored[1..]);
    assert_eq!(again.head().expect("readable"), Head { seq: 2, hash: stored[1].hash });
}

fn what_cannot_be_recorded_leaves_no_trace(open: Open<'_>) {
    let mut store = open();
    let before = store.head().expect("readable");
    let mut wrong = entry("with a fraction");
    wrong.data.insert("ratio".to_owned(), json!(0.5));
    let refused = store.append(&wrong).expect_err("a fraction").to_string();
    assert!(refused.contains("only whole numbers"), "{refused}");
    assert_eq!(store.head().expect("readable"), before);
    store.append(&entry("after a refusal")).expect("the store still works");
}

fn a_decision_on_an_old_state_is_refused(open: Open<'_>) {
    let (mut one, mut other) = (open(), open());
    let seen = one.head().expect("readable");
    other.append(&entry("faster")).expect("recorded");
    let refused = one.append_after(seen, &entry("slower")).expect_err("the ledger moved");
    assert!(matches!(refused, StoreError::Moved { expected, found } if found == expected + 1), "{refused}");
    let seen = one.head().expect("readable");
    one.append_after(seen, &entry("looked again")).expect("recorded");
}

fn writers_at_once_make_one_chain(open: Open<'_>) {
    let before = all(open().as_mut()).len();
    thread::scope(|scope| {
        for writer in 0..8 {
            scope.spawn(move || {
                let mut store = open();
                for turn in 0..25 {
                    store.append(&entry(&format!("{writer}/{turn}"))).expect("recorded");
                }
            });
        }
    });
    let targets = sound(open().as_mut());
    assert_eq!(targets.len(), before + 200);
    for writer in 0..8 {
        let own: Vec<&String> = targets.iter().filter(|target| target.starts_with(&format!("{writer}/"))).collect();
        let expected: Vec<String> = (0..25).map(|turn| format!("{writer}/{turn}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>(), "each writer's own events in its own order");
    }
}

fn a_reader_hears_of_a_new_event_within_a_second(open: Open<'_>) {
    let mut reader = open();
    let last = reader.head().expect("readable").seq;
    thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            let started = Instant::now();
            while reader.head().expect("readable").seq == last {
                assert!(started.elapsed() < DEADLINE, "the event never came");
                reader.wait(last, Duration::from_secs(1)).expect("readable");
            }
            reader.after(last, 10).expect("readable").len()
        });
        open().append(&entry("news")).expect("recorded");
        assert_eq!(waiting.join().expect("the reader"), 1);
    });
}
