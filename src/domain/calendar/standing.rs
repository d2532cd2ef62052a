//! Whether a change may be made now, by the calendar.

use std::collections::BTreeMap;

use super::{
    super::time::Timestamp,
    Change, Entry, Kind,
    agenda::{Agenda, Occurrence},
};

/// How the calendar stands to a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What keeps it from being made now. Nothing: it may be.
    pub bars: Vec<Bar>,
    /// When that is over, as far as is known. Or, when nothing keeps it, until when that is so.
    pub changes: Option<Timestamp>,
    /// What people should know of: notices that are on, or begin within a day.
    pub notices: Vec<Occurrence>,
}

/// What keeps a change from being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The entry's name.
    pub entry: String,
    /// What it is called.
    pub title: String,
    /// Why.
    pub why: Why,
    /// Roles that may let it pass all the same.
    pub overrides: Vec<String>,
}

/// Why an entry keeps a change from being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is frozen, until then.
    Frozen(Timestamp),
    /// Its window is not open; the next one opens then.
    Closed(Option<Timestamp>),
    /// Nobody knows when the entry is.
    Unknown,
}

impl Standing {
    /// Whether the change may be made now.
    #[must_use]
    pub const fn open(&self) -> bool {
        self.bars.is_empty()
    }
}

/// How far ahead notices are told.
const SOON: chrono::TimeDelta = chrono::TimeDelta::days(1);

/// How `entries` stand to `change` at `now`, by an agenda that was made of them and holds.
///
/// Each freeze that is on bars it. Where windows are declared for it, one of them must be open; they are told as one bar, by the
/// window that opens next. Entries of one name never cancel another one's freeze.
#[must_use]
pub fn standing(entries: &BTreeMap<String, Entry>, agenda: &Agenda, change: &Change<'_>, now: Timestamp) -> Standing {
    let about: BTreeMap<&String, &Entry> = entries.iter().filter(|(_, entry)| entry.scope.covers(change)).collect();
    let mut standing = Standing::default();
    let mut ends = Vec::new();
    let mut begins = Vec::new();
    for (name, entry) in about.iter().filter(|(_, entry)| entry.kind == Kind::Freeze) {
        if agenda.unknown.contains(name) {
            standing.bars.push(bar(name, entry, &entry.title, Why::Unknown));
            continue;
        }
        for one in agenda.of(name) {
            if one.from <= now && now < one.until {
                standing.bars.push(bar(name, entry, &one.title, Why::Frozen(one.until)));
                ends.push(one.until);
            } else if one.from > now {
                begins.push(one.from);
            }
        }
    }
    let windows: Vec<_> = about.iter().filter(|(_, entry)| entry.kind == Kind::Window).collect();
    if !windows.is_empty() {
        let times = || windows.iter().flat_map(|(name, _)| agenda.of(name));
        let open = times().filter(|one| one.from <= now && now < one.until).map(|one| one.until).max();
        if let Some(end) = open {
            begins.push(end);
        } else {
            let next = times().filter(|one| one.from > now).min_by_key(|one| one.from);
            let name = next.map(|one| &one.entry).or(windows.first().map(|(name, _)| **name));
            if let Some((name, entry)) = name.and_then(|name| entries.get_key_value(name)) {
                let title = next.map_or(&entry.title, |one| &one.title);
                standing.bars.push(bar(name, entry, title, Why::Closed(next.map(|one| one.from))));
            }
            ends.extend(next.map(|one| one.from));
        }
    }
    let known = standing.bars.iter().all(|bar| !matches!(bar.why, Why::Unknown | Why::Closed(None)));
    standing.changes =
        if standing.open() { begins.into_iter().min() } else { ends.into_iter().max().filter(|_| known) };
    let notice = |name: &String| about.get(name).is_some_and(|entry| entry.kind == Kind::Notice);
    let soon = agenda.occurrences.iter().filter(|one| one.until > now && one.from <= now + SOON);
    standing.notices = soon.filter(|one| notice(&one.entry)).cloned().collect();
    standing
}

fn bar(name: &str, entry: &Entry, title: &str, why: Why) -> Bar {
    let overrides = entry.overrides.iter().cloned().collect();
    Bar { entry: name.to_owned(), title: title.to_owned(), why, overrides }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        super::{Recurrence, Scope, Times},
        *,
    };

    fn utc(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn entry(kind: Kind, from: &str, until: &str, rule: Option<&str>) -> Entry {
        let from = from.parse().expect("a local time");
        let repeat = rule.map(|rule| Recurrence::new(rule, from).expect("a rule"));
        let times = Times {
            title: None,
            zone: chrono_tz::UTC,
            from,
            until: until.parse().expect("a time"),
            repeat,
            except: Vec::new(),
        };
        Entry {
            title: format!("a {}", kind.word()),
            kind,
            owner: None,
            scope: Scope::default(),
            overrides: BTreeSet::from(["incident-commander".to_owned()]),
            times: vec![times],
        }
    }

    fn stands(entries: &[(&str, Entry)], now: &str) -> Standing {
        let entries: BTreeMap<String, Entry> =
            entries.iter().map(|(name, entry)| ((*name).to_owned(), entry.clone())).collect();
        let now = utc(now);
        let change = Change { environment: "prod", ..Change::default() };
        standing(&entries, &Agenda::around(&entries, now), &change, now)
    }

    fn freeze() -> Entry {
        entry(Kind::Freeze, "2026-12-18T18:00:00", "2027-01-04T06:00:00", None)
    }

    #[test]
    fn without_a_calendar_every_time_is_good() {
        assert_eq!(stands(&[], "2026-12-24T18:00:00Z"), Standing::default());
    }

    #[test]
    fn a_freeze_bars_from_its_first_instant_to_the_one_before_its_last() {
        let at = |now| stands(&[("year-end", freeze())], now);
        let before = at("2026-12-18T17:59:59Z");
        assert!(before.open());
        assert_eq!(before.changes, Some(utc("2026-12-18T18:00:00Z")));
        let during = at("2026-12-18T18:00:00Z");
        assert_eq!(during.bars.first().map(|bar| bar.why), Some(Why::Frozen(utc("2027-01-04T06:00:00Z"))));
        assert_eq!(during.bars.first().map(|bar| bar.overrides.clone()), Some(vec!["incident-commander".to_owned()]));
        assert_eq!(during.changes, Some(utc("2027-01-04T06:00:00Z")));
        assert!(at("2027-01-04T06:00:00Z").open());
    }

    #[test]
    fn where_windows_are_declared_one_of_them_must_be_open() {
        let mornings =
            entry(Kind::Window, "2026-11-02T09:00:00", "2026-11-02T12:00:00", Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH"));
        let at = |now| stands(&[("mornings", mornings.clone())], now);
        let open = at("2026-11-19T10:00:00Z");
        assert!(open.open());
        assert_eq!(open.changes, Some(utc("2026-11-19T12:00:00Z")));
        // Friday: the next one is on Monday.
        let closed = at("2026-11-20T10:00:00Z");
        assert_eq!(closed.bars.first().map(|bar| bar.why), Some(Why::Closed(Some(utc("2026-11-23T09:00:00Z")))));
        assert_eq!(closed.changes, Some(utc("2026-11-23T09:00:00Z")));
    }

    #[test]
    fn an_open_window_does_not_lift_a_freeze() {
        let always = entry(Kind::Window, "2026-11-02T00:00:00", "2026-11-03T00:00:00", Some("FREQ=DAILY"));
        let both = stands(&[("always", always), ("year-end", freeze())], "2026-12-24T10:00:00Z");
        assert_eq!(both.bars.len(), 1);
        assert!(matches!(both.bars.first().map(|bar| bar.why), Some(Why::Frozen(_))));
    }

    #[test]
    fn a_window_that_never_opens_again_bars_and_says_no_time() {
        let once = entry(Kind::Window, "2026-11-02T00:00:00", "2026-11-03T00:00:00", None);
        let closed = stands(&[("once", once)], "2026-12-24T10:00:00Z");
        assert_eq!(closed.bars.first().map(|bar| bar.why), Some(Why::Closed(None)));
        assert_eq!(closed.changes, None);
    }

    #[test]
    fn a_freeze_whose_times_nobody_knows_bars() {
        let often = entry(Kind::Freeze, "2026-11-02T00:00:00", "2026-11-02T00:00:30", Some("FREQ=MINUTELY"));
        let unknown = stands(&[("often", often)], "2026-12-24T10:00:00Z");
        assert_eq!(unknown.bars.first().map(|bar| bar.why), Some(Why::Unknown));
    }

    #[test]
    fn a_notice_is_told_a_day_before_and_bars_nothing() {
        let audit = entry(Kind::Notice, "2026-11-25T09:00:00", "2026-11-25T17:00:00", None);
        let at = |now| stands(&[("audit", audit.clone())], now);
        assert!(at("2026-11-24T08:00:00Z").notices.is_empty());
        let soon = at("2026-11-24T10:00:00Z");
        assert!(soon.open() && soon.notices.len() == 1);
    }
}
