//! What the calendar says: freezes, windows that are not open, and other releases in the way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Verdict,
    reason::{Effect, Input, Reason, Remedy},
};
use crate::domain::{
    calendar::{
        conflict::{Clash, Conflict},
        standing::{Bar, Standing, Why},
    },
    readiness::{
        next::Next,
        waiver::{OVERRIDE, Waiver},
    },
    release::{Release, ReleaseId},
    time::Timestamp,
};

/// What the reasons of an entry are called: this and its name.
const ENTRY: &str = "calendar ";

/// A release that an entry of the calendar keeps from going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The release.
    pub id: ReleaseId,
    /// Its name.
    pub name: String,
}

/// The releases that each entry of the calendar keeps from going on, by the entry's name and in the order of `releases`.
#[must_use]
pub fn held(releases: &[Release], verdicts: &BTreeMap<ReleaseId, Verdict>) -> BTreeMap<String, Vec<Held>> {
    let mut held: BTreeMap<String, Vec<Held>> = BTreeMap::new();
    for release in releases {
        let reasons = verdicts.get(&release.id).into_iter().flat_map(|verdict| &verdict.reasons);
        let holds = |reason: &&Reason| reason.input == Input::Calendar && reason.effect > Effect::Supports;
        for entry in reasons.filter(holds).filter_map(|reason| reason.id.strip_prefix(ENTRY)) {
            let one = Held { id: release.id.clone(), name: release.name.clone() };
            held.entry(entry.to_owned()).or_default().push(one);
        }
    }
    held
}

/// The reasons of `standing` and `conflicts` before the step `next`. `overrides` are the waivers that hold.
///
/// A freeze stops a release before each of its steps. What has begun when its window closes goes on: half a release is worse than
/// one that is late.
#[must_use]
pub fn calendar(
    standing: &Standing,
    conflicts: &[Conflict],
    overrides: &[Waiver],
    next: Next,
    now: Timestamp,
) -> Vec<Reason> {
    if !is_due(next) {
        return Vec::new();
    }
    let mut reasons: Vec<Reason> = in_the_way(standing, next).map(|bar| barred(bar, overrides)).collect();
    reasons.extend(conflicts.iter().map(conflict));
    for notice in &standing.notices {
        let when = if notice.from <= now {
            format!("until {}", at(notice.until))
        } else {
            format!("from {}", at(notice.from))
        };
        let text = format!("{} {when}", notice.title);
        let id = format!("notice {} {}", notice.entry, notice.from.timestamp());
        reasons.push(Reason::new(Input::Calendar, Effect::Supports, id, "notice", text));
    }
    reasons
}

/// Whether the calendar says anything before `next`: it never stops a way back.
const fn is_due(next: Next) -> bool {
    matches!(next, Next::Start | Next::Traffic(_))
}

/// What of `standing` stops the step `next`.
pub fn in_the_way(standing: &Standing, next: Next) -> impl Iterator<Item = &Bar> {
    let begun = next != Next::Start;
    let stops = move |bar: &&Bar| is_due(next) && !(begun && matches!(bar.why, Why::Closed(_)));
    standing.bars.iter().filter(stops)
}

/// The waiver of `overrides` that lets a release pass `bar`, by somebody who may.
#[must_use]
pub fn let_pass<'a>(bar: &Bar, overrides: &'a [Waiver]) -> Option<&'a Waiver> {
    let is_for = |waiver: &Waiver| waiver.item.strip_prefix(OVERRIDE) == Some(&bar.entry);
    overrides.iter().find(|waiver| is_for(waiver) && bar.overrides.contains(&waiver.role))
}

fn barred(bar: &Bar, overrides: &[Waiver]) -> Reason {
    let id = format!("{ENTRY}{}", bar.entry);
    let item = format!("{OVERRIDE}{}", bar.entry);
    let remedy = Remedy::Waive { item: item.clone(), roles: bar.overrides.clone() };
    if let Some(waiver) = let_pass(bar, overrides) {
        let text = format!(
            "{}: {} as {} lets it pass until {}: {}",
            bar.title,
            waiver.principal,
            waiver.role,
            at(waiver.expires_at),
            waiver.reason
        );
        let passes = Reason::new(Input::Calendar, Effect::Supports, id, "override", text);
        return passes.measured(Some(waiver.at), None).by_somebody().remedied_by(remedy);
    }
    let who = if bar.overrides.is_empty() {
        "nobody may let it pass".to_owned()
    } else {
        format!(
            "{} may let it pass: `warroom waive RELEASE {item} --role ROLE --reason … --for 1h`",
            bar.overrides.join(", ")
        )
    };
    let (short, text) = match bar.why {
        Why::Frozen(until) => ("freeze", format!("{} until {}", bar.title, at(until))),
        Why::Closed(Some(opens)) => ("window closed", format!("{} opens at {}", bar.title, at(opens))),
        Why::Closed(None) => ("window closed", format!("{} does not open again", bar.title)),
        Why::Unknown => ("calendar unknown", format!("nobody can tell when {} is, so it is taken to be on", bar.title)),
    };
    let effect = if bar.why == Why::Unknown { Effect::Unknown } else { Effect::Stops };
    let reason = Reason { evidence: who, ..Reason::new(Input::Calendar, effect, id, short, text) }.remedied_by(remedy);
    match bar.why {
        Why::Frozen(until) => reason.cured_at(until, format!("when {} is over", bar.title)),
        Why::Closed(Some(opens)) => reason.cured_at(opens, format!("when {} opens", bar.title)),
        Why::Closed(None) | Why::Unknown => reason.cured_when("the calendar is mended"),
    }
}

fn conflict(conflict: &Conflict) -> Reason {
    let other = &conflict.other;
    let what = match &conflict.clash {
        Clash::Shared(service) => format!("both change {service}"),
        Clash::Calls { caller, called } => format!("{caller} calls {called}"),
        Clash::OneAtATime => "one release at a time may be under way there".to_owned(),
    };
    let when = if conflict.now { "is under way too" } else { "has its window at the same time" };
    // Who calls a service that changes may wait; who changes the same one must.
    let must = conflict.now && !matches!(conflict.clash, Clash::Calls { .. });
    let effect = if must { Effect::Stops } else { Effect::Waits };
    Reason::new(Input::Calendar, effect, format!("conflict {other}"), "conflict", format!("{other} {when}: {what}"))
        .cured_when(format!("{other} is over"))
}

fn at(time: Timestamp) -> String {
    time.format("%Y-%m-%d %H:%MZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    fn time(hour: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(hour * 3_600, 0).expect("in range")
    }

    fn bar(why: Why) -> Standing {
        let overrides = vec!["commander".to_owned()];
        let bar = Bar { entry: "year-end".to_owned(), title: "Year-end freeze".to_owned(), why, overrides };
        Standing { bars: vec![bar], ..Standing::default() }
    }

    fn waiver(role: &str) -> Waiver {
        Waiver {
            item: "calendar/year-end".to_owned(),
            principal: "ana".to_owned(),
            role: role.to_owned(),
            reason: "customers cannot pay".to_owned(),
            at: time(1),
            expires_at: time(3),
            left: Span::from_hours(1),
            seq: 7,
        }
    }

    fn effects(standing: &Standing, overrides: &[Waiver], next: Next) -> Vec<Effect> {
        calendar(standing, &[], overrides, next, time(2)).iter().map(|reason| reason.effect).collect()
    }

    #[test]
    fn a_freeze_stops_every_step_and_says_when_it_is_over() {
        let frozen = bar(Why::Frozen(time(5)));
        assert_eq!(effects(&frozen, &[], Next::Start), [Effect::Stops]);
        assert_eq!(effects(&frozen, &[], Next::Traffic(50)), [Effect::Stops]);
        assert_eq!(effects(&frozen, &[], Next::Done), []);
        let reasons = calendar(&frozen, &[], &[], Next::Start, time(2));
        assert_eq!(reasons.first().and_then(|reason| reason.cure.as_ref()).and_then(|cure| cure.at), Some(time(5)));
    }

    #[test]
    fn a_window_that_closed_does_not_hold_what_has_begun() {
        let closed = bar(Why::Closed(None));
        assert_eq!(effects(&closed, &[], Next::Start), [Effect::Stops]);
        assert_eq!(effects(&closed, &[], Next::Traffic(50)), []);
    }

    #[test]
    fn who_may_override_lets_it_pass_and_is_named() {
        let frozen = bar(Why::Frozen(time(5)));
        assert_eq!(effects(&frozen, &[waiver("commander")], Next::Start), [Effect::Supports]);
        assert_eq!(effects(&frozen, &[waiver("developer")], Next::Start), [Effect::Stops]);
        let reasons = calendar(&frozen, &[], &[waiver("commander")], Next::Start, time(2));
        assert!(
            reasons
                .iter()
                .all(|reason| reason.text.contains("ana as commander") && reason.text.contains("customers cannot pay"))
        );
    }

    #[test]
    fn what_nobody_can_tell_is_unknown() {
        assert_eq!(effects(&bar(Why::Unknown), &[], Next::Start), [Effect::Unknown]);
    }
}
