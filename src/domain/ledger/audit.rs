//! The audit of a ledger: every event is what it was, where it was.

use serde_json::{Map, Value};

use super::{
    checkpoint::Checkpoint,
    event::{Event, Outcome},
    hash::Hash,
    merkle::Growing,
    written::Written,
};

/// The action of an event that states size and root of the events before it: `{size, root}`, the root in hexadecimal.
pub const CHECKPOINT: &str = "ledger.checkpoint";

/// One event as a store or an export keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its place.
    pub seq: u64,
    /// Its hash, as it was kept beside it.
    pub hash: Hash,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
}

/// An event that was looked at alone. May be made on any thread, in any order.
#[derive(Clone, Debug)]
pub struct Looked<E = Event> {
    /// The place under which it was kept.
    pub seq: u64,
    /// The hash of its bytes.
    pub hash: Hash,
    /// The hash that was kept beside it: what the next event must name. Absent when it cannot be read; then the next one's link
    /// is not judged, because this one is a fault already.
    pub recorded: Option<Hash>,
    /// The event, or what is wrong with it alone.
    pub event: Result<E, Fault>,
}

/// What the chain needs of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The place that it says it has.
    pub seq: u64,
    /// The hash of the event before.
    pub prev: Hash,
    /// Its identifier when it says that it is the first: it names the ledger.
    pub first: Option<String>,
    /// What it states of the events before it, when it is a checkpoint; nothing in it when that cannot be read.
    pub states: Option<Option<Stated>>,
}

/// Size and root of the events before a checkpoint inside the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated {
    /// How many events.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// What can be linked into a chain.
pub trait Linked {
    /// What the chain needs of it.
    fn link(&self) -> Link;
}

impl Linked for Link {
    fn link(&self) -> Link {
        self.clone()
    }
}

impl Linked for Event {
    fn link(&self) -> Link {
        let states = is_checkpoint(&self.action, self.outcome).then(|| stated(&self.data));
        Link { seq: self.seq, prev: self.prev, first: (self.seq == 1).then(|| self.id.clone()), states }
    }
}

impl Linked for Written<'_> {
    fn link(&self) -> Link {
        let states = is_checkpoint(self.action(), self.outcome).then(|| stated(&self.data()));
        Link { seq: self.seq, prev: self.prev, first: (self.seq == 1).then(|| self.id().to_owned()), states }
    }
}

fn is_checkpoint(action: &str, outcome: Outcome) -> bool {
    action == CHECKPOINT && outcome == Outcome::Done
}

fn stated(data: &Map<String, Value>) -> Option<Stated> {
    let size = data.get("size")?.as_u64()?;
    Some(Stated { size, root: data.get("root")?.as_str()?.parse().ok()? })
}

/// What is wrong with an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq}: {wrong}")]
pub struct Fault {
    /// The place at which it was found.
    pub seq: u64,
    /// What.
    pub wrong: Wrong,
}

/// What can be wrong with an event in a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Its bytes are no event.
    #[error("its bytes are no event: {0}")]
    Unreadable(String),
    /// Its bytes were changed.
    #[error("its bytes were changed: their hash is {found}, it was recorded as {recorded}")]
    Changed {
        /// What was kept beside it.
        recorded: Hash,
        /// What its bytes give.
        found: Hash,
    },
    /// It says that it is another one.
    #[error("it says that it is event {0}: it was moved, or others were taken out or put in before it")]
    Misplaced(u64),
    /// It follows another event than the one before it.
    #[error("it does not follow the event before it: that one was replaced, or this one was")]
    Unlinked,
    /// A checkpoint says otherwise.
    #[error("the checkpoint over {size} events has another root: an event up to this one was changed since")]
    Root {
        /// The size of the checkpoint.
        size: u64,
    },
    /// A checkpoint has seen more.
    #[error("a checkpoint was made over {size} events, but the ledger ends here: its end was cut off")]
    Cut {
        /// The size of the checkpoint.
        size: u64,
    },
    /// A checkpoint inside the ledger states another root.
    #[error(
        "it is a checkpoint, and its root is not the one of the first {size} events: one of them was changed since"
    )]
    Stated {
        /// The size of the checkpoint.
        size: u64,
    },
    /// A checkpoint inside the ledger that states nothing.
    #[error("it is a checkpoint whose `size` is not below its own place or whose `root` is not 64 hexadecimal digits")]
    NoCheckpoint,
    /// A checkpoint of another ledger.
    #[error("the checkpoint is of the ledger {0}, not of this one")]
    OtherLedger(String),
}

/// Looks at one stored event alone.
#[must_use]
pub fn look(stored: &Stored) -> Looked {
    glance(stored.seq, stored.hash, &stored.bytes, Written::to_event)
}

/// Looks at one event alone: its `bytes` were kept as event `seq` beside `recorded`. `take` says what to keep of it when it is good.
pub fn glance<'a, E>(seq: u64, recorded: Hash, bytes: &'a [u8], take: impl FnOnce(&Written<'a>) -> E) -> Looked<E> {
    let hash = Hash::leaf(bytes);
    let event = if hash == recorded {
        Written::read(bytes).map(|written| take(&written)).map_err(|error| Wrong::Unreadable(error.to_string()))
    } else {
        Err(Wrong::Changed { recorded, found: hash })
    };
    Looked { seq, hash, recorded: Some(recorded), event: event.map_err(|wrong| Fault { seq, wrong }) }
}

/// The chain up to an event, and the tree over it.
#[derive(Clone, Debug)]
pub struct Chain {
    tree: Growing,
    last: Option<Hash>,
    origin: Option<String>,
    checkpoints: Vec<Checkpoint>,
}

impl Chain {
    /// The chain before the first event. It will be held against `checkpoints`.
    #[must_use]
    pub fn new(checkpoints: Vec<Checkpoint>) -> Self {
        Self { tree: Growing::default(), last: Some(Hash::NONE), origin: None, checkpoints }
    }

    /// Adds the next event.
    ///
    /// # Errors
    /// What is wrong with it. The chain goes on behind it, so that one fault is told once.
    pub fn push<E: Linked>(&mut self, looked: Looked<E>) -> Result<E, Fault> {
        let seq = self.tree.size() + 1;
        let followed = std::mem::replace(&mut self.last, looked.recorded);
        self.tree.push(looked.hash);
        let fault = |wrong| Fault { seq, wrong };
        let event = looked.event.map_err(|error| Fault { seq, ..error })?;
        let link = event.link();
        if seq == 1 {
            self.origin = link.first.as_deref().map(origin);
        }
        if link.seq != seq || looked.seq != seq {
            return Err(fault(Wrong::Misplaced(if link.seq == seq { looked.seq } else { link.seq })));
        }
        if followed.is_some_and(|followed| link.prev != followed) {
            return Err(fault(Wrong::Unlinked));
        }
        self.holds(&link).map_err(fault)?;
        match self.checkpoints.iter().find(|point| point.size == seq) {
            Some(point) if point.root != self.tree.root() => Err(fault(Wrong::Root { size: point.size })),
            _ => Ok(event),
        }
    }

    /// Whether what a checkpoint inside the ledger states of the events before it is so.
    fn holds(&self, link: &Link) -> Result<(), Wrong> {
        let Some(stated) = link.states else { return Ok(()) };
        let Some(Stated { size, root }) = stated.filter(|stated| stated.size < link.seq) else {
            return Err(Wrong::NoCheckpoint);
        };
        let found = usize::try_from(size).ok().and_then(|size| self.tree.root_of(size));
        if found == Some(root) { Ok(()) } else { Err(Wrong::Stated { size }) }
    }

    /// What only the end shows: checkpoints over more events than there are, or of another ledger.
    #[must_use]
    pub fn end(&self) -> Vec<Fault> {
        let seq = self.tree.size();
        self.checkpoints
            .iter()
            .filter_map(|point| {
                let other = self.origin.as_ref().is_some_and(|origin| *origin != point.origin);
                let wrong = match point.size {
                    _ if other => Wrong::OtherLedger(point.origin.clone()),
                    size if size > seq => Wrong::Cut { size },
                    _ => return None,
                };
                Some(Fault { seq, wrong })
            })
            .collect()
    }

    /// The checkpoint of what was added so far; nothing before the first event.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let origin = self.origin.clone()?;
        Some(Checkpoint { origin, size: self.tree.size(), root: self.tree.root() })
    }

    /// How many events were added.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }
}

/// The name of the ledger whose first event has this identifier.
#[must_use]
pub fn origin(first: &str) -> String {
    format!("warroom/{first}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::event::{Actor, Entry, Outcome, Place};

    fn entry(action: &str, target: String) -> Entry {
        Entry {
            actor: Actor { key: "unsigned".into(), user: "jo".into(), ..Actor::default() },
            action: action.into(),
            target,
            release: None,
            outcome: Outcome::Done,
            data: serde_json::Map::new(),
            signed: None,
        }
    }

    fn ledger(size: u64) -> Vec<Stored> {
        written((1..=size).map(|seq| entry("checklist.tick", format!("item-{seq}"))))
    }

    fn written(entries: impl Iterator<Item = Entry>) -> Vec<Stored> {
        let mut prev = Hash::NONE;
        (1..)
            .zip(entries)
            .map(|(seq, entry)| {
                let ts = "2026-11-20T14:32:07.120Z".parse().expect("time");
                let event = Event::new(entry, Place { seq, id: format!("{seq:026}"), ts, host: "b".into(), prev });
                let bytes = event.to_bytes().expect("recordable");
                prev = Hash::leaf(&bytes);
                Stored { seq, hash: prev, bytes }
            })
            .collect()
    }

    fn faults(events: &[Stored], checkpoints: Vec<Checkpoint>) -> Vec<String> {
        let mut chain = Chain::new(checkpoints);
        let mut told: Vec<String> =
            events.iter().filter_map(|event| chain.push(look(event)).err()).map(|fault| fault.to_string()).collect();
        told.extend(chain.end().iter().map(ToString::to_string));
        told
    }

    fn checkpoint(events: &[Stored]) -> Checkpoint {
        let mut chain = Chain::new(Vec::new());
        for event in events {
            chain.push(look(event)).expect("sound");
        }
        chain.checkpoint().expect("not empty")
    }

    #[test]
    fn a_sound_ledger_has_no_fault_and_agrees_with_its_checkpoints() {
        let events = ledger(9);
        let points = vec![checkpoint(&events[..4]), checkpoint(&events)];
        assert_eq!(faults(&events, points), Vec::<String>::new());
        assert_eq!(checkpoint(&events).origin, "warroom/00000000000000000000000001");
    }

    #[test]
    fn each_fault_names_the_event_and_what_happened_to_it() {
        let events = ledger(6);
        let mut changed = events.clone();
        changed[2].bytes[20] ^= 1;
        assert!(faults(&changed, Vec::new())[0].starts_with("event 3: its bytes were changed"));
        let mut without = events.clone();
        without.remove(3);
        assert!(faults(&without, Vec::new())[0].starts_with("event 4: it says that it is event 5"));
        let mut swapped = events.clone();
        swapped.swap(1, 2);
        assert!(faults(&swapped, Vec::new())[0].starts_with("event 2: it says that it is event 3"));
        let mut twice = events.clone();
        twice.insert(5, events[5].clone());
        assert_eq!(faults(&twice, Vec::new()).len(), 1);
        let mut rehashed = events.clone();
        let text = String::from_utf8(events[1].bytes.clone()).expect("text").replace("item-2", "item-9");
        rehashed[1] = Stored { hash: Hash::leaf(text.as_bytes()), bytes: text.into_bytes(), ..events[1].clone() };
        assert_eq!(
            faults(&rehashed, Vec::new()),
            ["event 3: it does not follow the event before it: that one was replaced, or this one was"]
        );
    }

    #[test]
    fn a_checkpoint_inside_the_ledger_is_held_against_the_events_before_it() {
        let point = checkpoint(&ledger(4));
        let with = |size: u64, root: String| {
            let ticks = (1..=6).map(|seq| entry("checklist.tick", format!("item-{seq}")));
            let mut states = entry(CHECKPOINT, "ledger".to_owned());
            states.data.insert("size".to_owned(), size.into());
            states.data.insert("root".to_owned(), root.into());
            faults(&written(ticks.chain([states])), Vec::new())
        };
        assert_eq!(with(4, point.root.to_string()), Vec::<String>::new());
        assert!(with(5, point.root.to_string())[0].starts_with("event 7: it is a checkpoint, and its root is not"));
        assert!(with(7, point.root.to_string())[0].contains("not below its own place"));
        assert!(with(4, "none".to_owned())[0].contains("64 hexadecimal digits"));
    }

    #[test]
    fn a_cut_end_and_a_ledger_written_anew_show_against_a_checkpoint_alone() {
        let events = ledger(6);
        let point = checkpoint(&events);
        assert_eq!(faults(&events[..4], Vec::new()), Vec::<String>::new());
        assert!(faults(&events[..4], vec![point.clone()])[0].contains("made over 6 events"));
        let text = String::from_utf8(events[5].bytes.clone()).expect("text").replace("item-6", "item-7");
        let mut anew = events.clone();
        anew[5] = Stored { hash: Hash::leaf(text.as_bytes()), bytes: text.into_bytes(), ..events[5].clone() };
        assert_eq!(faults(&anew, Vec::new()), Vec::<String>::new());
        assert!(faults(&anew, vec![point.clone()])[0].contains("has another root"));
        let other = Checkpoint { origin: "warroom/other".into(), ..point };
        assert!(faults(&events, vec![other]).concat().contains("not of this one"));
    }
}
