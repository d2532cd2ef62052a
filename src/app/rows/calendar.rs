//! Lines of the calendar: what is on, and what comes.

use std::collections::BTreeMap;

use super::{Row, keeps, unique};
use crate::{
    app::model::{List, Model},
    domain::{
        calendar::{Entry, Kind, Scope, agenda::Occurrence},
        level::Level,
        time::{Span, Timestamp},
        verdict::calendar::Held,
    },
};

/// One time of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Date<'a> {
    /// The entry's name.
    pub name: &'a str,
    /// The entry.
    pub entry: &'a Entry,
    /// When; `None` where nobody can tell.
    pub time: Option<&'a Occurrence>,
}

/// Of an entry that repeats so many times are shown; its detail has more.
const SHOWN: usize = 3;

impl Date<'_> {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        self.time.map_or(&self.entry.title, |time| &time.title)
    }

    /// Whether it is on, as far as is known.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> Option<bool> {
        self.time.map(|time| time.from <= now && now < time.until)
    }

    /// How much it needs a person, and how it stands in words: `FROZEN`, `OPEN`, `in 3h00m`.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> (Level, String) {
        let Some(time) = self.time else { return (Level::Unknown, "UNKNOWN".to_owned()) };
        if now < time.from {
            return (Level::Wait, format!("in {}", Span::between(now, time.from).age()));
        }
        match self.entry.kind {
            Kind::Freeze => (Level::Watch, "FROZEN".to_owned()),
            Kind::Window => (Level::Ok, "OPEN".to_owned()),
            Kind::Notice => (Level::Run, "ON".to_owned()),
        }
    }
}

/// The dates of the calendar: what is on first, then what comes, the next one first.
#[must_use]
pub fn dates(model: &Model) -> Vec<Row<Date<'_>>> {
    let found = all(model).into_iter().filter(|date| keeps(model, List::Calendar, || text(date)));
    unique(found.map(|date| {
        let from = date.time.map_or(0, |time| time.from.timestamp());
        (format!("{} {from}", date.name), date)
    }))
}

/// The same without the filter.
pub(super) fn all(model: &Model) -> Vec<Date<'_>> {
    let entries = &model.room.catalog.calendar;
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    let mut dates: Vec<Date<'_>> = Vec::new();
    for time in model.agenda.occurrences.iter().filter(|time| model.now < time.until) {
        let Some((name, entry)) = entries.get_key_value(&time.entry) else { continue };
        let count = shown.entry(name).or_default();
        *count += 1;
        if *count <= SHOWN {
            dates.push(Date { name, entry, time: Some(time) });
        }
    }
    let unknown = model.agenda.unknown.iter().filter_map(|name| entries.get_key_value(name));
    dates.extend(unknown.map(|(name, entry)| Date { name, entry, time: None }));
    dates.sort_by_key(|date| {
        let (level, _) = date.stands(model.now);
        (level == Level::Wait, std::cmp::Reverse(level), date.time.map(|time| time.from))
    });
    dates
}

/// Releases that `date` keeps from going on now.
#[must_use]
pub fn held<'a>(model: &'a Model, date: &Date<'_>) -> &'a [Held] {
    if date.is_on(model.now) == Some(true) && date.entry.kind == Kind::Window {
        return &[];
    }
    model.shown_held().get(date.name).map_or(&[], Vec::as_slice)
}

/// What changes an entry is about: `checkout, prod, normal`; `every change`.
#[must_use]
pub fn about(scope: &Scope) -> String {
    let mut parts: Vec<String> = Vec::new();
    for names in [&scope.services, &scope.environments, &scope.regions] {
        parts.extend((!names.is_empty()).then(|| names.iter().cloned().collect::<Vec<_>>().join("/")));
    }
    if !scope.classes.is_empty() {
        parts.push(scope.classes.iter().map(|class| class.word()).collect::<Vec<_>>().join("/"));
    }
    if parts.is_empty() { "every change".to_owned() } else { parts.join(", ") }
}

fn text(date: &Date<'_>) -> String {
    format!("{} {} {} {}", date.title(), date.entry.kind.word(), date.name, about(&date.entry.scope))
}
