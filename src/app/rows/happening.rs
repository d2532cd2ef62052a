//! What happened to a release, or to anything: deployment events, alerts, and what people did, on one axis.

use super::{Row, alert_text, alerts_of, keeps, markers_of, release, unique};
use crate::{
    app::{
        ledger::Recorded,
        model::{List, Model},
    },
    domain::{ledger::claim, marker::Marker, picture::JoinedAlert, time::Timestamp},
};

/// A line of the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Happening<'a> {
    /// A deployment event.
    Marker(&'a Marker),
    /// An alert began.
    Alert(&'a JoinedAlert),
    /// Somebody decided, signed, waived, or started something.
    Act(&'a Recorded),
}

/// The acts of people that a timeline shows; ticks and notes stand in the checklist.
const ACTS: [&str; 4] = ["decision.", "signoff.", "waiver.", "run.create"];

impl Happening<'_> {
    /// When.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Marker(marker) => marker.at,
            Self::Alert(alert) => alert.alert.starts_at,
            Self::Act(recorded) => recorded.event.ts,
        }
    }

    /// What a filter looks at. Text from outside.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Marker(marker) => format!("{} {}", marker.service.as_deref().unwrap_or("?"), marker.text),
            Self::Alert(alert) => alert_text(alert),
            Self::Act(recorded) => format!("{} {}", recorded.who(), act(recorded)),
        }
    }
}

/// What somebody did, with the verdict that was computed then: `decision.take go, AGAINST the computed HOLD`.
#[must_use]
pub fn act(recorded: &Recorded) -> String {
    let event = &recorded.event;
    let target = if event.release.as_deref() == Some(&event.target) { "" } else { event.target.as_str() };
    let words = format!("{}{}{} {target}", event.action, claim::behind(event), claim::beside(event));
    words.trim_end().to_owned()
}

/// What happened to the open release, newest first.
#[must_use]
pub fn timeline(model: &Model) -> Vec<Row<Happening<'_>>> {
    let Some(release) = release(model) else { return Vec::new() };
    let picture = model.shown();
    let markers =
        markers_of(picture, release).map(|marker| (format!("marker {}", marker.dedupe), Happening::Marker(marker)));
    let alerts = alerts_of(picture, release).map(|alert| {
        let begun = alert.alert.starts_at.timestamp();
        (format!("alert {} {begun}", alert.alert.fingerprint), Happening::Alert(alert))
    });
    let of_release = |recorded: &&Recorded| {
        let event = &recorded.event;
        event.release.as_ref() == Some(&release.id) && ACTS.iter().any(|act| event.action.starts_with(act))
    };
    let acts = model.shown_ledger().newest.iter().map(AsRef::as_ref).filter(of_release);
    let acts = acts.map(|recorded: &Recorded| (format!("act {}", recorded.event.id), Happening::Act(recorded)));
    let all = markers.chain(alerts).chain(acts);
    let mut found: Vec<_> = all.filter(|(_, line)| keeps(model, List::Timeline, || line.text())).collect();
    found.sort_by_key(|(_, line)| std::cmp::Reverse(line.at()));
    unique(found)
}

/// What happened to anything on the board, newest first, in the environment that is looked at.
#[must_use]
pub fn latest(model: &Model) -> Vec<Happening<'_>> {
    let picture = model.shown();
    let here = |environment: Option<&str>| {
        model.ui.environment.as_deref().is_none_or(|wanted| environment.is_none_or(|environment| environment == wanted))
    };
    let markers = picture.markers.iter().filter(|marker| here(marker.environment.as_deref())).map(Happening::Marker);
    let alerts = picture.alerts.iter().filter(|alert| here(alert.environment.as_deref())).map(Happening::Alert);
    let mut found: Vec<_> = markers.chain(alerts).collect();
    found.sort_by_key(|line| std::cmp::Reverse(line.at()));
    found
}
