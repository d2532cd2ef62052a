//! What the calendar means for a stretch of time.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{super::time::Timestamp, Entry, recurrence::Endless};

/// How far back an agenda looks from the time it is made for.
pub const BACK: TimeDelta = TimeDelta::days(2);

/// How far ahead.
pub const AHEAD: TimeDelta = TimeDelta::days(60);

/// All times of all entries that last into a stretch of time, the earliest beginning first.
///
/// Rules are followed from their first day on, which takes a while; so an agenda is made once, and asked often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda {
    /// Since when it is complete; `None` before one was made.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// The times.
    pub occurrences: Vec<Occurrence>,
    /// Entries whose times nobody knows: they count as being on.
    pub unknown: Vec<String>,
}

/// One time of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The entry's name.
    pub entry: String,
    /// What it is called.
    pub title: String,
    /// From.
    pub from: Timestamp,
    /// Until, exclusive.
    pub until: Timestamp,
}

impl Agenda {
    /// What `entries` mean from [`BACK`] before to [`AHEAD`] after `now`.
    #[must_use]
    pub fn around(entries: &BTreeMap<String, Entry>, now: Timestamp) -> Self {
        let (from, until) = (now - BACK, now + AHEAD);
        let mut agenda = Self { from: Some(from), until: Some(until), ..Self::default() };
        for (name, entry) in entries {
            match occurrences(name, entry, from, until) {
                Ok(found) => agenda.occurrences.extend(found),
                Err(Endless) => agenda.unknown.push(name.clone()),
            }
        }
        agenda.occurrences.sort_by(|one, other| (one.from, &one.entry).cmp(&(other.from, &other.entry)));
        agenda
    }

    /// Whether it can still be asked about `now`: at least half of it lies ahead.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.from.is_some_and(|from| from <= now) && self.until.is_some_and(|until| now + AHEAD / 2 <= until)
    }

    /// The times of the entry `name`.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Occurrence> {
        self.occurrences.iter().filter(move |one| one.entry == name)
    }
}

fn occurrences(name: &str, entry: &Entry, from: Timestamp, until: Timestamp) -> Result<Vec<Occurrence>, Endless> {
    let mut found = Vec::new();
    for times in &entry.times {
        let title = times.title.as_ref().unwrap_or(&entry.title);
        let each = times.between(entry.kind, from, until)?.into_iter();
        found.extend(each.map(|(from, until)| Occurrence {
            entry: name.to_owned(),
            title: title.clone(),
            from,
            until,
        }));
    }
    Ok(found)
}
