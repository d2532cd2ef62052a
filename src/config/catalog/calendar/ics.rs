//! iCalendar files (RFC 5545): their events as times of an entry.
//!
//! What is not understood is an error, never left out in silence: a freeze that nobody read would be no freeze.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use icalendar::parser::{Component, Property, read_calendar, unfold};

use crate::domain::calendar::{Recurrence, Times};

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) problem: String,
    pub(super) advice: String,
}

/// Reads the events of `text`. Times without a zone, and days, are those of `zone`.
///
/// # Errors
/// When it is no iCalendar file at all.
pub(super) fn read(text: &str, zone: Tz) -> Result<(Vec<Times>, Vec<Flaw>), String> {
    let unfolded = unfold(text);
    let calendar = read_calendar(&unfolded).map_err(|_| "this is no iCalendar file".to_owned())?;
    if calendar.components.is_empty() && !text.contains("BEGIN:VCALENDAR") {
        return Err("this is no iCalendar file".to_owned());
    }
    let zones = Zones::of(&calendar.components, zone);
    let (mut events, mut flaws) = (Vec::new(), Vec::new());
    for component in calendar.components.iter().filter(|component| component.name == "VEVENT") {
        match event(component, &zones) {
            Ok(Some(event)) => events.push(event),
            Ok(None) => {}
            Err(problem) => {
                let name = value(component, "SUMMARY").unwrap_or("an event without a summary");
                let advice = "write it with BEGIN, END or DURATION, and a time zone of the IANA database".to_owned();
                flaws.push(Flaw { problem: format!("{name:?}: {problem}"), advice });
            }
        }
    }
    Ok((moved(events), flaws))
}

/// The time zones that a file names.
struct Zones {
    own: Tz,
    named: BTreeMap<String, Tz>,
}

impl Zones {
    /// Programs call zones as they like, and tell beside it which one they mean.
    fn of(components: &[Component<'_>], own: Tz) -> Self {
        let named = components.iter().filter(|component| component.name == "VTIMEZONE").filter_map(|component| {
            let meant = value(component, "X-LIC-LOCATION")?.parse().ok()?;
            Some((value(component, "TZID")?.to_owned(), meant))
        });
        Self { own, named: named.collect() }
    }

    fn find(&self, name: &str) -> Result<Tz, String> {
        let plain = name.trim_start_matches('/');
        let known = plain.parse().ok().or_else(|| self.named.get(name).copied());
        known.ok_or_else(|| format!("the time zone `{name}` is not one of the IANA database"))
    }
}

/// An event before those that were moved are put in the place of what they replace.
struct Event {
    uid: Option<String>,
    /// The day of the one that it replaces.
    replaces: Option<NaiveDate>,
    times: Times,
    cancelled: bool,
}

fn event(component: &Component<'_>, zones: &Zones) -> Result<Option<Event>, String> {
    let starts = component.find_prop("DTSTART").ok_or("it has no DTSTART")?;
    let (from, zone, is_day) = moment(starts, zones)?;
    let until = match (component.find_prop("DTEND"), value(component, "DURATION")) {
        (Some(end), _) => {
            let (until, other, _) = moment(end, zones)?;
            // An end in another zone, on the clocks of the first.
            crate::domain::calendar::recurrence::instant(until, other, false).with_timezone(&zone).naive_local()
        }
        (None, Some(length)) => from + duration(length)?,
        (None, None) if is_day => from + TimeDelta::days(1),
        (None, None) => return Err("it has neither DTEND nor DURATION".to_owned()),
    };
    if until <= from {
        return Err("it ends before it begins".to_owned());
    }
    if component.find_prop("RDATE").is_some() {
        return Err("it repeats by RDATE, which is not read here".to_owned());
    }
    let repeat = value(component, "RRULE").map(|rule| Recurrence::new(&local_until(rule, zone), from));
    let mut except = Vec::new();
    for property in component.properties.iter().filter(|property| property.name == "EXDATE") {
        for text in property.val.as_str().split(',') {
            let (at, other, _) = moment_of(text, property, zones)?;
            except.push(on_clocks(at, other, zone).date());
        }
    }
    let replaces = component.find_prop("RECURRENCE-ID").map(|property| moment(property, zones)).transpose()?;
    let title = value(component, "SUMMARY").map(|text| text.replace("\\,", ",").replace("\\;", ";"));
    let repeat = repeat.transpose().map_err(|why| why.to_string())?;
    Ok(Some(Event {
        uid: value(component, "UID").map(str::to_owned),
        replaces: replaces.map(|(at, other, _)| on_clocks(at, other, zone).date()),
        times: Times { title, zone, from, until, repeat, except },
        cancelled: value(component, "STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")),
    }))
}

/// Events of a series that were moved or called off take the place of the one that the series had.
fn moved(events: Vec<Event>) -> Vec<Times> {
    let mut gone: BTreeMap<String, Vec<NaiveDate>> = BTreeMap::new();
    for event in &events {
        if let (Some(uid), Some(day)) = (&event.uid, event.replaces) {
            gone.entry(uid.clone()).or_default().push(day);
        }
    }
    let kept = events.into_iter().filter(|event| !event.cancelled);
    let without = |mut event: Event| {
        if event.replaces.is_none()
            && let Some(days) = event.uid.as_ref().and_then(|uid| gone.get(uid))
        {
            event.times.except.extend(days);
        }
        event.times
    };
    kept.map(without).collect()
}

fn value<'a>(component: &'a Component<'_>, name: &str) -> Option<&'a str> {
    component.find_prop(name).map(|property| property.val.as_str().trim())
}

/// A local time, its zone, and whether it is a whole day.
type Moment = (NaiveDateTime, Tz, bool);

fn moment(property: &Property<'_>, zones: &Zones) -> Result<Moment, String> {
    moment_of(property.val.as_str(), property, zones)
}

fn moment_of(text: &str, property: &Property<'_>, zones: &Zones) -> Result<Moment, String> {
    let text = text.trim();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y%m%d") {
        return Ok((day.and_time(NaiveTime::MIN), zones.own, true));
    }
    let (local, is_utc) = text.strip_suffix('Z').map_or((text, false), |local| (local, true));
    let read = NaiveDateTime::parse_from_str(local, "%Y%m%dT%H%M%S");
    let read = read.map_err(|_| format!("{} is no time: {text:?}", property.name.as_str()))?;
    let named = property.params.iter().find(|parameter| parameter.key == "TZID");
    let named = named.and_then(|parameter| parameter.val.as_ref());
    let zone = match named {
        _ if is_utc => chrono_tz::UTC,
        Some(name) => zones.find(name.as_str().trim_matches('"'))?,
        None => zones.own,
    };
    Ok((read, zone, false))
}

/// What the clocks of `to` show when those of `from` show `local`.
fn on_clocks(local: NaiveDateTime, from: Tz, to: Tz) -> NaiveDateTime {
    if from == to {
        return local;
    }
    crate::domain::calendar::recurrence::instant(local, from, false).with_timezone(&to).naive_local()
}

/// A rule with its end on the clocks of `zone`: files say it in UTC.
fn local_until(rule: &str, zone: Tz) -> String {
    let part = |part: &str| {
        let end = part.strip_prefix("UNTIL=").and_then(|end| end.strip_suffix('Z'));
        let end = end.and_then(|end| NaiveDateTime::parse_from_str(end, "%Y%m%dT%H%M%S").ok());
        end.map_or_else(
            || part.to_owned(),
            |end| format!("UNTIL={}", on_clocks(end, chrono_tz::UTC, zone).format("%Y%m%dT%H%M%S")),
        )
    };
    rule.split(';').map(part).collect::<Vec<_>>().join(";")
}

/// A duration of RFC 5545: `P1DT2H`, `PT30M`, `P1W`.
fn duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || format!("{text:?} is no duration");
    let mut rest = text.strip_prefix('P').ok_or_else(wrong)?;
    let (mut total, mut in_time) = (TimeDelta::zero(), false);
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('T') {
            (in_time, rest) = (true, behind);
            continue;
        }
        let unit = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, behind) = rest.split_at(unit);
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let mut behind = behind.chars();
        let seconds = match (behind.next(), in_time) {
            (Some('W'), false) => 604_800,
            (Some('D'), false) => 86_400,
            (Some('H'), true) => 3_600,
            (Some('M'), true) => 60,
            (Some('S'), true) => 1,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(seconds).and_then(TimeDelta::try_seconds).ok_or_else(wrong)?;
        total = total.checked_add(&part).ok_or_else(wrong)?;
        rest = behind.as_str();
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;
    use crate::domain::calendar::Kind;

    /// The times of the file in 2026, in UTC.
    fn told(events: &str) -> Result<Vec<String>, Vec<Flaw>> {
        let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.replace('\n', "\r\n"));
        let (times, flaws) = read(&text, Berlin).expect("a calendar");
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let (from, until) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let (from, until) = (from.parse().expect("a time"), until.parse().expect("a time"));
        let mut found: Vec<_> =
            times.iter().flat_map(|one| one.between(Kind::Freeze, from, until).expect("a few")).collect();
        found.sort_unstable();
        Ok(found
            .iter()
            .map(|(from, until)| format!("{}/{}", from.format("%m-%d %H:%M"), until.format("%m-%d %H:%M")))
            .collect())
    }

    #[test]
    fn days_times_in_a_zone_and_in_utc_are_read() {
        let days =
            "BEGIN:VEVENT\nUID:1\nSUMMARY:Sale\nDTSTART;VALUE=DATE:20261127\nDTEND;VALUE=DATE:20261129\nEND:VEVENT\n";
        assert_eq!(told(days), Ok(vec!["11-26 23:00/11-28 23:00".to_owned()]));
        let zoned = "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=America/New_York:20260704T090000\nDURATION:P1DT2H\nEND:VEVENT\n";
        assert_eq!(told(zoned), Ok(vec!["07-04 13:00/07-05 15:00".to_owned()]));
        let utc = "BEGIN:VEVENT\nUID:1\nDTSTART:20260704T090000Z\nDTEND:20260704T100000Z\nEND:VEVENT\n";
        assert_eq!(told(utc), Ok(vec!["07-04 09:00/07-04 10:00".to_owned()]));
    }

    #[test]
    fn a_series_keeps_its_local_time_leaves_days_out_and_moves_one() {
        let series = "BEGIN:VEVENT\nUID:a\nDTSTART;TZID=Europe/Berlin:20261016T150000\nDTEND;TZID=Europe/Berlin:20261016T160000\n\
            RRULE:FREQ=WEEKLY;UNTIL=20261113T140000Z\nEXDATE;TZID=Europe/Berlin:20261023T150000\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20261106T150000\nDTSTART;TZID=Europe/Berlin:20261105T150000\n\
            DTEND;TZID=Europe/Berlin:20261105T160000\nEND:VEVENT\n";
        let found = told(series).expect("no flaws");
        assert_eq!(
            found,
            [
                "10-16 13:00/10-16 14:00",
                "10-30 14:00/10-30 15:00",
                "11-05 14:00/11-05 15:00",
                "11-13 14:00/11-13 15:00"
            ]
        );
    }

    #[test]
    fn what_was_called_off_is_at_no_time() {
        let off =
            "BEGIN:VEVENT\nUID:1\nSTATUS:CANCELLED\nDTSTART:20260704T090000Z\nDTEND:20260704T100000Z\nEND:VEVENT\n";
        assert_eq!(told(off), Ok(Vec::new()));
    }

    #[test]
    fn a_zone_that_a_program_calls_its_own_way_is_found_by_what_it_says_it_means() {
        let event = "BEGIN:VEVENT\nUID:1\nSUMMARY:Freeze\nDTSTART;TZID=W. Europe Standard Time:20260704T090000\nDURATION:PT1H\nEND:VEVENT\n";
        let flaws = told(event).expect_err("an unknown zone");
        assert!(
            flaws.iter().all(|flaw| flaw.problem.contains("\"Freeze\": the time zone `W. Europe Standard Time`")),
            "{flaws:?}"
        );
        let zone = "BEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\nX-LIC-LOCATION:Europe/Berlin\nEND:VTIMEZONE\n";
        assert_eq!(told(&format!("{zone}{event}")), Ok(vec!["07-04 07:00/07-04 08:00".to_owned()]));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_hides_nothing_else() {
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:No end\r\nDTSTART:20260704T090000Z\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20260704T090000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let (times, flaws) = read(text, Berlin).expect("a calendar");
        assert_eq!((times.len(), flaws.len()), (1, 1));
        assert!(read("title = \"no calendar\"", Berlin).is_err());
    }
}
