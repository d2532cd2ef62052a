//! Which keys came as one: nobody types three keys within a few milliseconds, but a paste does that the terminal did not
//! mark, a cat on the keyboard, or a line that was held up. `update` decides what may be done with them.

use std::time::{Duration, Instant};

use super::parser::Typed;
use crate::app::key::{Key, KeyCode};

/// Keys that are closer than this belong together; a key is held for so long, to see whether another one follows.
const GAP: Duration = Duration::from_millis(8);
/// So many keys that belong together are a burst.
const BURST: usize = 3;
/// So many keys of a burst are handed on at once.
const LONGEST: usize = 4_096;

/// What was heard of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A key.
    Key(Key),
    /// Three keys or more, faster than a person types.
    Burst(Vec<Key>),
    /// A paste, marked as one by the terminal.
    Paste(String),
    /// The terminal got the focus, or lost it.
    Focus(bool),
    /// The wheel of the mouse.
    Wheel {
        /// Down.
        down: bool,
    },
}

/// Puts keys together that belong together.
#[derive(Debug, Default)]
pub struct Grouping {
    held: Vec<Key>,
    /// When the newest key came.
    last: Option<Instant>,
    /// How many keys came in a row, with those that were handed on already.
    row: usize,
    /// The one key that the whole row consists of.
    repeated: Option<Key>,
}

impl Grouping {
    /// When [`Grouping::expire`] has something to do; `None` when nothing is held.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.last.filter(|_| !self.held.is_empty()).map(|last| last + GAP)
    }

    /// Takes what was read at `now`.
    pub fn take(&mut self, typed: Typed, now: Instant, heard: &mut Vec<Heard>) {
        match typed {
            Typed::Key(key) => self.key(key, now, heard),
            Typed::Paste(text) => {
                self.hand_on(heard);
                self.row = 0;
                heard.push(Heard::Paste(text));
            }
            Typed::Focus(here) => heard.push(Heard::Focus(here)),
            Typed::Wheel { down } => {
                self.hand_on(heard);
                heard.push(Heard::Wheel { down });
            }
        }
    }

    /// Hands on what was held for long enough.
    pub fn expire(&mut self, now: Instant, heard: &mut Vec<Heard>) {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) >= GAP) {
            self.hand_on(heard);
            self.row = 0;
        }
    }

    fn key(&mut self, key: Key, now: Instant, heard: &mut Vec<Heard>) {
        self.expire(now, heard);
        self.repeated = Some(key).filter(|key| self.row == 0 || self.repeated == Some(*key));
        self.row += 1;
        self.last = Some(now);
        // An arrow that is held down over a slow line comes in handfuls. It is no text, and it does no harm.
        if self.repeated.is_some() && only_moves(key) {
            heard.push(Heard::Key(key));
            return;
        }
        self.held.push(key);
        if self.held.len() >= LONGEST {
            self.hand_on(heard);
        }
    }

    fn hand_on(&mut self, heard: &mut Vec<Heard>) {
        let keys = std::mem::take(&mut self.held);
        if self.row < BURST {
            heard.extend(keys.into_iter().map(Heard::Key));
        } else if !keys.is_empty() {
            heard.push(Heard::Burst(keys));
        }
    }
}

/// Whether `key` moves a cursor and is no part of any text. Letters that move are for `update` to know.
const fn only_moves(key: Key) -> bool {
    !key.ctrl
        && !key.alt
        && matches!(
            key.code,
            KeyCode::Up
                | KeyCode::Down
                | KeyCode::Left
                | KeyCode::Right
                | KeyCode::Home
                | KeyCode::End
                | KeyCode::PageUp
                | KeyCode::PageDown
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard of keys that each came so many milliseconds after the one before.
    fn heard(keys: &[(u64, Key)]) -> Vec<Heard> {
        let mut grouping = Grouping::default();
        let mut now = Instant::now();
        let mut heard = Vec::new();
        for (gap, key) in keys {
            now += Duration::from_millis(*gap);
            grouping.take(Typed::Key(*key), now, &mut heard);
        }
        assert!(grouping.deadline().is_none_or(|deadline| deadline <= now + GAP), "held for too long");
        grouping.expire(now + GAP, &mut heard);
        assert_eq!(grouping.deadline(), None);
        heard
    }

    fn keys(text: &str) -> Vec<Key> {
        text.chars().map(Key::char).collect()
    }

    fn apart(gap: u64, text: &str) -> Vec<(u64, Key)> {
        keys(text).into_iter().map(|key| (gap, key)).collect()
    }

    #[test]
    fn keys_that_a_person_typed_are_keys() {
        let typed: Vec<Heard> = keys("quit").into_iter().map(Heard::Key).collect();
        assert_eq!(heard(&apart(8, "quit")), typed);
        assert_eq!(heard(&apart(30, "quit")), typed);
        assert_eq!(heard(&apart(0, "jk")), keys("jk").into_iter().map(Heard::Key).collect::<Vec<_>>(), "two at once");
    }

    #[test]
    fn three_keys_closer_than_a_person_types_are_a_burst() {
        assert_eq!(heard(&apart(7, "qxr")), [Heard::Burst(keys("qxr"))]);
        let mut two = apart(0, "rm -rf");
        two.push((9, Key::char('j')));
        assert_eq!(heard(&two), [Heard::Burst(keys("rm -rf")), Heard::Key(Key::char('j'))]);
    }

    #[test]
    fn the_end_of_a_long_burst_is_part_of_it() {
        let text = "q".repeat(LONGEST + 1);
        let told = heard(&apart(0, &text));
        assert!(
            matches!(told.as_slice(), [Heard::Burst(most), Heard::Burst(rest)] if most.len() == LONGEST && rest.len() == 1)
        );
    }

    #[test]
    fn an_arrow_held_down_over_a_slow_line_moves_at_once() {
        let down = Key::plain(KeyCode::Down);
        assert_eq!(heard(&[(0, down); 9]), vec![Heard::Key(down); 9]);
        let other = [(0, down), (0, down), (0, Key::plain(KeyCode::Up)), (0, Key::char('q'))];
        let rest = vec![Key::plain(KeyCode::Up), Key::char('q')];
        assert_eq!(heard(&other), [Heard::Key(down), Heard::Key(down), Heard::Burst(rest)], "but not what follows it");
    }

    #[test]
    fn a_paste_does_not_overtake_what_was_typed_before_it() {
        let mut grouping = Grouping::default();
        let (now, mut heard) = (Instant::now(), Vec::new());
        grouping.take(Typed::Key(Key::char('/')), now, &mut heard);
        grouping.take(Typed::Paste("checkout".to_owned()), now, &mut heard);
        assert_eq!(heard, [Heard::Key(Key::char('/')), Heard::Paste("checkout".to_owned())]);
    }
}
